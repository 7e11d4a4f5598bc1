"""The readout as neurons: goodness added up, and compared, by the network itself.

Threshold counters (``lava_export.readout.ladders``) give the goodness of each column in integers;
the factors of layers and columns are brought to a common denominator. An accumulator is a neuron
whose current lasts one step and whose membrane does not leak (du = 4095, dv = 0): v is 64 times
the sum, exactly.

"all_labels": accumulators hold the goodness of the presentation in v, and never fire; several
where one could overflow. "class_columns": for all classes i < j a pairwise comparator accumulates
the goodness of i less that of j. In the first idle step the blanking line lifts it by its
threshold, so that it fires where i has as much or more; the one class that wins all its comparisons
fires in ``readout.winner``. Where there are more idle steps, a neuron that fires in the first of
them stands between the blanking line and these, so that they fire once. As on the host, the lowest
of tied labels wins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.readout.ladders import ladders
from lava_export.readout.threshold_counters import (
    U_PER_WEIGHT,
    Ladder,
    exact_synapses,
    once_after_the_sample,
    threshold_counters,
)
from spikeff.errors import LimitError
from spikeff.ir import roles
from spikeff.ir.arrays import Array
from spikeff.ir.codes import CLASS_COLUMNS, SOFTMAX, Readout
from spikeff.ir.network import BLANK

# Names of populations; files of earlier versions hold them.
GOODNESS, COMPARATORS, WINNER = "readout.goodness", "readout.duels", "readout.winner"
SAMPLE_END = "readout.end"
STEP_COUNTERS, SAMPLE_COUNTERS, NEURON_COUNTERS = ".rungs", ".totals", ".counts"
SUM_MAX = limits.STATE_MAX // U_PER_WEIGHT - 1
WIN_WEIGHT = 16  # of a comparison won, and of the blanking line, in ``readout.winner``


def with_chip_readout(network: IntegerNetwork) -> IntegerNetwork:
    """Add the neurons that read ``network`` out; ``network.readout`` stays the host's reference.

    It answers in the step after the sample: a network without idle steps gets one, in which the
    layers may still spike but the readout no longer hears them. Unchanged where it reads itself
    out already.

    Raises:
        LimitError: A goodness cannot be carried exactly; the message says why.
    """
    if any(p.role in roles.READOUT_PARTS for p in network.populations):
        return network
    sources, counters, synapses = counted(network)
    decide = _comparators if network.readout.kind == CLASS_COLUMNS else _accumulators
    deciding, compared = decide(network, sources)
    return replace(
        network,
        idle_steps=max(network.idle_steps, 1),
        populations=(*network.populations, *counters, *deciding),
        connections=(*network.connections, *synapses, *compared),
        provenance=network.provenance | {"readout": "chip"},
    )


def counted(
    network: IntegerNetwork,
) -> tuple[list[TermSource], list[IntegerPopulation], list[IntegerConnection]]:
    """What carries the goodness of each column, and the counters and synapses that takes.

    Raises:
        LimitError: A goodness cannot be carried exactly; the message says why.
    """
    counters: list[IntegerPopulation] = []
    synapses, sources = [], []
    for term in list(_terms(network)):
        source = term.source
        if not term.ladder.trivial:
            name = source.name + _suffix(term.ladder, source.name, counters)
            source, incoming = threshold_counters(term.ladder, term.source, name, network.steps)
            counters.append(source)
            synapses += incoming
        sources.append(TermSource(source, term))
    return sources, counters, synapses


def _suffix(ladder: Ladder, source: str, others: list[IntegerPopulation]) -> str:
    """Of the counters' name: those of neurons stand beside those of columns, or alone."""
    if not ladder.cumulative:
        return STEP_COUNTERS
    taken = any(p.name == source + SAMPLE_COUNTERS for p in others)
    return NEURON_COUNTERS if taken else SAMPLE_COUNTERS


@dataclass(frozen=True, eq=False)
class _Term:
    """One ladder on one population.

    Attributes:
        factors: Weight of each column's goodness, int (columns,).
    """

    source: IntegerPopulation
    ladder: Ladder
    factors: Array


@dataclass(frozen=True, eq=False)
class TermSource:
    """A term and the population whose spikes carry it: its counters, or the neurons themselves."""

    source: IntegerPopulation
    term: _Term

    def weights(self, coefficients: Array) -> Array:
        """Synapses (targets, size) that add ``coefficients[x, column]`` of each column to x."""
        spread = np.repeat(coefficients * self.term.factors, self._groups_per_column, axis=1)
        return np.kron(spread, np.array(self.term.ladder.worth, np.int64)[np.newaxis])

    @property
    def bounds(self) -> Array:
        """Largest magnitude of what each column adds, int64 (columns,)."""
        bounds: Array = np.abs(self.term.factors) * self.term.ladder.bound
        return bounds * self._groups_per_column

    @property
    def _groups_per_column(self) -> int:
        return self.term.source.column_size // self.term.ladder.group


def _terms(network: IntegerNetwork) -> Iterator[_Term]:
    """Ladders of all populations that are read, with integer factors on a common denominator."""
    readout = network.readout
    if readout.kind == SOFTMAX:
        raise LimitError(
            "readout: 'softmax' reads spike counts by a matrix of floats, which integers would "
            "only approach; export it with --readout host."
        )
    if any(steps is not None for steps in readout.collected_steps()):
        raise LimitError(
            f"readout: goodness of steps {readout.steps} alone; counters on the chip count from "
            f"the first step to the last: export it with --readout host."
        )
    by_name = {p.name: p for p in network.populations}
    weighted = []
    for name, measure in zip(readout.populations, readout.measures(), strict=True):
        source = by_name[name]
        limit = min(source.spike_limit or network.steps, network.steps)
        parts, scale = ladders(measure, source.column_size, limit, network.steps)
        means = _mean_factors(source, readout)
        weighted += [(source, part, [scale * factor for factor in means]) for part in parts]
    every = [f for _, _, factors in weighted for f in factors]
    # Whole factors without a common divisor: the smallest integers that keep all ratios.
    unit = math.lcm(*(f.denominator for f in every))
    common = math.gcd(*(int(f * unit) for f in every))
    for source, part, factors in weighted:
        yield _Term(source, part, np.array([int(f * unit) // common for f in factors], np.int64))


def _mean_factors(source: IntegerPopulation, readout: Readout) -> list[Fraction]:
    """Factor of each column in the mean goodness of its class, or of its layer by polarity."""
    columns = source.size // source.column_size
    if readout.kind == CLASS_COLUMNS:
        return [Fraction(readout.classes, columns)] * columns
    constraints = source.constraint_columns
    signs = [1] * (columns - constraints) + [-1] * constraints
    return [Fraction(sign, signs.count(sign)) for sign in signs]


def integrator(name: str, size: int, depth: int, vth: int, role: str) -> IntegerPopulation:
    """Neurons that add up what arrives, exactly."""
    return IntegerPopulation(
        name,
        size,
        depth,
        du=limits.DECAY_MAX,
        dv=0,
        vth=vth,
        bias_mant=np.zeros(size, np.int16),
        bias_exp=0,
        column_size=1,
        current_scale=float(U_PER_WEIGHT),
        role=role,
    )


Decision = tuple[list[IntegerPopulation], list[IntegerConnection]]


def _accumulators(network: IntegerNetwork, sources: list[TermSource]) -> Decision:
    """As few accumulators as hold every column's worst case, columns in order."""
    # Next fit: a column goes to the last accumulator, or opens another where the worst case of
    # all its columns could leave 24 bits; v saturates there, and the sum would be wrong.
    bounds = [source.bounds for source in sources]
    indexes, filled, last = [], 0, 0
    for column_bounds in bounds:
        of_source: list[int] = []
        for bound in column_bounds:
            _require_room(int(bound), "a column's goodness")
            if filled + bound > SUM_MAX:
                filled, last = 0, last + 1
            filled += int(bound)
            of_source.append(last)
        indexes.append(np.array(of_source))
    depth = 1 + max(source.source.depth for source in sources)
    goodness = integrator(GOODNESS, last + 1, depth, limits.VTH_MAX, roles.ACCUMULATOR)
    connections = []
    for source, of_columns in zip(sources, indexes, strict=True):
        one_hot = (np.arange(last + 1)[:, np.newaxis] == of_columns).astype(np.int64)
        connections += exact_synapses(source.source.name, GOODNESS, source.weights(one_hot))
    return [goodness], connections


def _comparators(network: IntegerNetwork, sources: list[TermSource]) -> Decision:
    """A comparator for each pair of classes, and the neurons that find who won all of theirs."""
    classes = network.readout.classes
    first, second = np.triu_indices(classes, k=1)
    signs = np.zeros((len(first), classes), np.int64)
    signs[np.arange(len(first)), first] = 1
    signs[np.arange(len(first)), second] = -1
    depth = 1 + max(source.source.depth for source in sources)
    worst, connections = 0, []
    for source in sources:
        by_column = np.repeat(signs, len(source.term.factors) // classes, axis=1)
        worst += int((np.abs(by_column) @ source.bounds).max())
        connections += exact_synapses(source.source.name, COMPARATORS, source.weights(by_column))
    _require_room(worst, "the difference of two classes")
    # Above every difference, so that none fires before the blanking line adds it, and a multiple of
    # 2^7, so that one weight holds it; the threshold is one less, for v > vth lets a tie fire.
    lift = ((worst >> limits.WEIGHT_EXP_MAX) + 1) << limits.WEIGHT_EXP_MAX
    comparators = integrator(COMPARATORS, len(first), depth, lift - 1, roles.COMPARATOR)
    once, asks, connected = asking(network.idle_steps, depth - 1)
    connections += connected
    connections += exact_synapses(asks, COMPARATORS, np.full((len(first), 1), lift))
    winner = replace(
        integrator(WINNER, classes, depth + 1, 0, roles.WINNER),
        dv=limits.DECAY_MAX,
        bias_mant=_bias_offsets(classes),
        bias_exp=limits.BIAS_EXP_MAX,
    )
    connections += exact_synapses(COMPARATORS, WINNER, WIN_WEIGHT * signs.T)
    connections += exact_synapses(asks, WINNER, np.full((classes, 1), WIN_WEIGHT))
    return [*once, comparators, winner], connections


def asking(
    idle_steps: int, depth: int
) -> tuple[list[IntegerPopulation], str, list[IntegerConnection]]:
    """What asks for the answer: the blanking line, or a neuron that fires once where it does not.

    Returns:
        The populations to add, the name of what asks, and the connections to add.
    """
    if idle_steps <= 1:
        return [], BLANK, []
    neuron, connections = once_after_the_sample(SAMPLE_END, depth, idle_steps)
    return [neuron], SAMPLE_END, connections


def _bias_offsets(classes: int) -> Array:
    """Biases that let class i fire with the blanking line and all classes - 1 - i wins, less 1/2.

    A comparator (i, j) with i < j that fires adds a win to i and takes one from j. So class i must
    win against every later class, and lose to no earlier one: a loss leaves it short of the bias.
    """
    win = WIN_WEIGHT * U_PER_WEIGHT >> limits.BIAS_EXP_MAX
    wins = np.arange(classes - 1, -1, -1)
    return win // 2 - win * (wins + 1)


def _require_room(bound: int, what: str) -> None:
    if bound > SUM_MAX:
        raise LimitError(
            f"readout: {what} may reach {bound} units, an accumulator of 24 bits holds {SUM_MAX}; "
            f"export with --readout host, or use smaller columns, fewer steps or a spike limit."
        )
