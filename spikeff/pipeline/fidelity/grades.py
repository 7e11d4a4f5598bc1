"""Every step from the trained network to the chip, graded, with the reason."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spikeff.ir.bounds import find_population
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import NetworkDescription, Population
from spikeff.ir.roles import INHIBITION, LEARNED
from spikeff.ir.trace import Comparison
from spikeff.pipeline.fidelity.quantization_loss import Conversion
from spikeff.pipeline.fidelity.trained import FLOAT32_MARGIN, TrainedComparison
from spikeff.pipeline.original import OriginalComparison

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork, IntegerPopulation

FAITHFUL, APPROXIMATE, UNSUPPORTED = "faithful", "approximate", "unsupported"
UNFAITHFUL = "unfaithful"
# Relative errors up to here are those of float64, not of a format.
ROUNDING = 1e-12


@dataclass(frozen=True)
class StepGrade:
    """How faithful one step from training to the chip is.

    Attributes:
        grade: "faithful" (the same network), "approximate", "unfaithful" (another network than the
            one that was trained), or "unsupported" (not run here).
    """

    step: str
    grade: str
    reason: str


def grade_pair(pair: Comparison) -> StepGrade:
    """A pair of simulators of one and the same network."""
    step = f"{pair.left} = {pair.right}"
    if not pair.equal:
        states = f", {pair.state_mismatches} values of u and v" if pair.state_mismatches else ""
        return StepGrade(step, APPROXIMATE, f"{pair.mismatches} spikes{states} differ")
    reason = f"all {pair.spikes} spikes are the same"
    if pair.compared and (pair.state_mismatches == 0 or pair.state_error == 0):
        reason += f", and every {' and '.join(pair.compared)}"
    elif pair.state_error is not None:
        reason += f"; u and v within {pair.state_error:.1g} of their largest value"
    return StepGrade(step, FAITHFUL, reason)


def grade_training(trained: TrainedComparison) -> StepGrade:
    """The network as it was trained against its description."""
    pair, step = trained.pair, f"{trained.pair.left} = {trained.pair.right}"
    if trained.unexplained:
        return StepGrade(
            step,
            UNFAITHFUL,
            f"{pair.mismatches} spikes differ, in {trained.unexplained} presentations by more than "
            f"float32 explains ({FLOAT32_MARGIN:g} of the threshold): not the trained network",
        )
    if pair.mismatches:
        reason = (
            f"{pair.mismatches} spikes differ, first where v is at the threshold but for float32"
        )
        return StepGrade(step, APPROXIMATE, reason)
    return grade_pair(pair)


def grade_conversion(conversion: Conversion) -> list[StepGrade]:
    """Spikes and answers of the integers against those of the floats."""
    total = sum(layer.float_spikes for layer in conversion.layers)
    exact = conversion.mismatches == 0
    same = conversion.label_agreement == 1.0
    return [
        StepGrade(
            "spikes of the integers",
            FAITHFUL if exact else APPROXIMATE,
            f"{conversion.mismatches} spikes differ from {total} in float",
        ),
        StepGrade(
            "answers of the integers",
            FAITHFUL if same else APPROXIMATE,
            f"{conversion.label_agreement:.2%} of {conversion.samples} samples answered alike",
        ),
    ]


def grade_original(original: OriginalComparison) -> StepGrade:
    """Spikes of the integers against those that the network's origin recorded."""
    pair = original.pair
    reason = f"{pair.mismatches} spikes differ from {pair.spikes} of the original"
    if original.same_answers is not None:
        reason += f"; {original.same_answers:.2%} of the samples have the same answer"
    return StepGrade("original = emulator", FAITHFUL if pair.equal else APPROXIMATE, reason)


def grade_quantization(description: NetworkDescription, network: IntegerNetwork) -> list[StepGrade]:
    """Every population and every matrix of the integers against the description's.

    Args:
        description: Blanked as the integers are.
    """
    grades = []
    for integers in network.populations:
        grades += _population(description, find_population(description, integers.name), integers)
    titles = _titles(description.connections)
    pairs = zip(titles, description.connections, strict=True)
    return grades + [_weights(f"{title}: weights", c, network) for title, c in pairs]


def _titles(connections: Sequence[Connection]) -> list[str]:
    """Ends of each connection, with its delay where learned ones differ in that."""
    ends = [(c.source, c.target, c.role) for c in connections]
    several = {each for each, n in Counter(ends).items() if n > 1 and each[2] == LEARNED}
    return [
        f"{c.source}->{c.target}" + (f", {c.delay} steps late" if each in several else "")
        for c, each in zip(connections, ends, strict=True)
    ]


def _population(
    description: NetworkDescription, population: Population, integers: IntegerPopulation
) -> list[StepGrade]:
    from lava_export.quantize.roles import quantizer_of

    exact = quantizer_of(population.role).exact
    if exact is None:
        return _constants(description, population, integers)
    reason = f"{exact}: the same spikes, whatever the data"
    return [StepGrade(f"{population.name}: constants", FAITHFUL, reason)]


def _constants(
    description: NetworkDescription, population: Population, integers: IntegerPopulation
) -> list[StepGrade]:
    from lava_export.chips.limits import DECAY_UNITY, DS_OFFSET, VTH_SHIFT

    dt, name = description.dt, population.name
    share = dt / population.tau_mem
    threshold = (integers.vth << VTH_SHIFT) * share / integers.current_scale
    bias = np.ldexp(integers.bias_mant.astype(np.float64), integers.bias_exp)
    leak_error = np.abs(bias / integers.current_scale - population.v_leak).max()
    tau_syn = dt * DECAY_UNITY / (integers.du + DS_OFFSET)
    tau_mem = dt * DECAY_UNITY / integers.dv if integers.dv else math.inf
    return [
        _graded(f"{name}: threshold", population.v_th, threshold, f"vth = {integers.vth}"),
        _graded(f"{name}: membrane, s", population.tau_mem, tau_mem, f"dv = {integers.dv}"),
        _graded(f"{name}: current, s", population.tau_syn, tau_syn, f"du = {integers.du}"),
        StepGrade(
            f"{name}: bias",
            FAITHFUL if leak_error <= ROUNDING * max(1.0, population.v_th) else APPROXIMATE,
            f"off by {leak_error:.2g} at most, of a threshold of {population.v_th:g}",
        ),
    ]


def _graded(step: str, exact: float, got: float, register: str) -> StepGrade:
    if math.isinf(exact):
        return StepGrade(step, APPROXIMATE, f"no decay becomes {got:g}, {register}: the slowest")
    if abs(got - exact) <= ROUNDING * abs(exact):
        return StepGrade(step, FAITHFUL, f"{exact:g} exactly, {register}")
    error = (got - exact) / exact
    return StepGrade(step, APPROXIMATE, f"{exact:g} becomes {got:.6g} ({error:+.2%}), {register}")


def _weights(step: str, connection: Connection, network: IntegerNetwork) -> StepGrade:
    """A matrix against the sum of the integers in its place."""
    from lava_export.integers.parts import parts_of, realised_weights
    from lava_export.quantize.report import connection_report

    exact, got = connection.weights, realised_weights(network, parts_of(network, connection))
    largest = float(np.abs(exact).max(initial=0.0))
    if np.abs(got - exact).max(initial=0.0) <= ROUNDING * largest:
        return StepGrade(step, FAITHFUL, "every weight is on the grid")
    if connection.role in INHIBITION and (got <= exact).all():
        reason = "inhibition that only has to be strong enough: rounded up"
        return StepGrade(step, FAITHFUL, reason)
    rounding = connection_report(connection, network)
    clipped = round(rounding.clipped * exact.size)
    return StepGrade(
        step,
        APPROXIMATE,
        f"{rounding.bits} bits: rms error {rounding.error:.2%} of the rms weight, "
        f"{clipped} of {exact.size} clipped",
    )
