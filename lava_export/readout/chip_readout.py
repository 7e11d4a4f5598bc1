"""The readout as neurons: goodness added up, and compared, by the network itself.

Ladders of rungs (``lava_export.readout.ladders``) give the goodness of each column in integers;
the factors of layers and columns are brought to a common denominator. An accumulator is a neuron
whose current lasts one step and whose membrane keeps all (du = 4095, dv = 0): v is 64 times the
sum, exactly.

"all_labels": accumulators hold the goodness of the presentation in v, and never fire; several
where one could overflow. "class_columns": for all classes i < j a duel accumulates the goodness of
i less that of j. In the first idle step the blanking line lifts it by its threshold, so that it
fires where i has as much or more; the one class that wins all its duels fires in
``readout.winner``. As on the host, the lowest of tied labels wins.
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
    rung_population,
)
from spikeff.errors import LimitError
from spikeff.ir import roles
from spikeff.ir.arrays import Array
from spikeff.ir.codes import CLASS_COLUMNS, SOFTMAX, Readout
from spikeff.ir.network import BLANK

GOODNESS, DUELS, WINNER = "readout.goodness", "readout.duels", "readout.winner"
RUNGS, TOTALS = ".rungs", ".totals"
SUM_MAX = limits.STATE_MAX // U_PER_WEIGHT - 1
VOTE = 16  # weight of a duel won, and of the blanking line, in ``readout.winner``


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
    terms = list(_terms(network))
    rungs, synapses, tallies = [], [], []
    for term in terms:
        source = term.source
        if not term.ladder.trivial:
            name = source.name + (TOTALS if term.ladder.lasting else RUNGS)
            source, incoming = rung_population(term.ladder, term.source, name, network.steps)
            rungs.append(source)
            synapses += incoming
        tallies.append(_Tally(source, term))
    judge = _duels if network.readout.kind == CLASS_COLUMNS else _accumulators
    judges, votes = judge(network, tallies)
    return replace(
        network,
        idle_steps=max(network.idle_steps, 1),
        populations=(*network.populations, *rungs, *judges),
        connections=(*network.connections, *synapses, *votes),
        provenance=network.provenance | {"readout": "chip"},
    )


@dataclass(frozen=True, eq=False)
class _Term:
    """One ladder on one population. factors : what each of its columns counts, int (columns,)."""

    source: IntegerPopulation
    ladder: Ladder
    factors: Array


@dataclass(frozen=True, eq=False)
class _Tally:
    """A term and the population whose spikes carry it: rungs, or the neurons themselves."""

    source: IntegerPopulation
    term: _Term

    def weights(self, share: Array) -> Array:
        """Synapses (targets, size) that give target x ``share[x, column]`` of each column."""
        spread = np.repeat(share * self.term.factors, self._groups_per_column, axis=1)
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
    by_name = {p.name: p for p in network.populations}
    found = []
    for name, measure in zip(readout.populations, readout.measures(), strict=True):
        source = by_name[name]
        limit = min(source.spike_limit or network.steps, network.steps)
        parts, scale = ladders(measure, source.column_size, limit, network.steps)
        shares = _column_shares(source, readout)
        found += [(source, part, [scale * share for share in shares]) for part in parts]
    every = [f for _, _, factors in found for f in factors]
    unit = math.lcm(*(f.denominator for f in every))
    common = math.gcd(*(int(f * unit) for f in every))
    for source, part, factors in found:
        yield _Term(source, part, np.array([int(f * unit) // common for f in factors], np.int64))


def _column_shares(source: IntegerPopulation, readout: Readout) -> list[Fraction]:
    """What each column's goodness counts in the mean: of its class, its layer, its polarity."""
    columns = source.size // source.column_size
    if readout.kind == CLASS_COLUMNS:
        return [Fraction(readout.classes, columns)] * columns
    constraints = source.constraint_columns
    signs = [1] * (columns - constraints) + [-1] * constraints
    return [Fraction(sign, signs.count(sign)) for sign in signs]


def _integrator(name: str, size: int, depth: int, vth: int, role: str) -> IntegerPopulation:
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


Judges = tuple[list[IntegerPopulation], list[IntegerConnection]]


def _accumulators(network: IntegerNetwork, tallies: list[_Tally]) -> Judges:
    """As few accumulators as hold every column's worst case, columns in order."""
    bounds = [tally.bounds for tally in tallies]
    places, filled, last = [], 0, 0
    for column_bounds in bounds:
        place: list[int] = []
        for bound in column_bounds:
            _require_room(int(bound), "a column's goodness")
            if filled + bound > SUM_MAX:
                filled, last = 0, last + 1
            filled += int(bound)
            place.append(last)
        places.append(np.array(place))
    depth = 1 + max(tally.source.depth for tally in tallies)
    goodness = _integrator(GOODNESS, last + 1, depth, limits.VTH_MAX, roles.ACCUMULATOR)
    connections = []
    for tally, of_columns in zip(tallies, places, strict=True):
        share = (np.arange(last + 1)[:, np.newaxis] == of_columns).astype(np.int64)
        connections += exact_synapses(tally.source.name, GOODNESS, tally.weights(share))
    return [goodness], connections


def _duels(network: IntegerNetwork, tallies: list[_Tally]) -> Judges:
    """One duel for each pair of classes, and the neurons that count who won all of theirs."""
    classes = network.readout.classes
    first, second = np.triu_indices(classes, k=1)
    sides = np.zeros((len(first), classes), np.int64)
    sides[np.arange(len(first)), first] = 1
    sides[np.arange(len(first)), second] = -1
    depth = 1 + max(tally.source.depth for tally in tallies)
    worst, connections = 0, []
    for tally in tallies:
        share = np.repeat(sides, len(tally.term.factors) // classes, axis=1)
        worst += int((np.abs(share) @ tally.bounds).max())
        connections += exact_synapses(tally.source.name, DUELS, tally.weights(share))
    _require_room(worst, "the difference of two classes")
    lift = ((worst >> limits.WEIGHT_EXP_MAX) + 1) << limits.WEIGHT_EXP_MAX
    duels = _integrator(DUELS, len(first), depth, lift - 1, roles.COMPARATOR)
    connections += exact_synapses(BLANK, DUELS, np.full((len(first), 1), lift))
    winner = replace(
        _integrator(WINNER, classes, depth + 1, 0, roles.WINNER),
        dv=limits.DECAY_MAX,
        bias_mant=_hurdles(classes),
        bias_exp=limits.BIAS_EXP_MAX,
    )
    connections += exact_synapses(DUELS, WINNER, VOTE * sides.T)
    connections += exact_synapses(BLANK, WINNER, np.full((classes, 1), VOTE))
    return [duels, winner], connections


def _hurdles(classes: int) -> Array:
    """Biases that let class i fire with the blanking line and all classes - 1 - i wins, less 1/2.

    A duel (i, j) that fires is a win for i and a loss for j; one that i loses as j leaves i short.
    """
    vote = VOTE * U_PER_WEIGHT >> limits.BIAS_EXP_MAX
    wins = np.arange(classes - 1, -1, -1)
    return vote // 2 - vote * (wins + 1)


def _require_room(bound: int, what: str) -> None:
    if bound > SUM_MAX:
        raise LimitError(
            f"readout: {what} may reach {bound} units, an accumulator of 24 bits holds {SUM_MAX}; "
            f"export with --readout host, or use smaller columns, fewer steps or a spike limit."
        )
