"""Scale, threshold and decays of every population, chosen together from what they do.

Nothing runs here: whoever calls brings ``measure``, which runs integers on calibration data and
says how far they are from the floats. Populations are chosen in their order, each behind those
chosen before it, so that a later one makes good what an earlier one does wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.quantization import Scaling
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.request import incoming_by_role
from lava_export.quantize.roles import quantizer_of
from lava_export.quantize.scaling import candidate_scales, rounded_weights, scale_ceiling
from spikeff.errors import LimitError
from spikeff.ir.bounds import current_decay
from spikeff.ir.connectivity.connection import Connection
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population

# Loss of one population of a network, which may end with that population.
Measure = Callable[[IntegerNetwork, str], float]
# Every ``SHARE_STRIDE``-th clipping share is tried, and these multiples of the unclipped scale with
# exponents by source; of a scale that holds the weights as they are, too: finer membranes.
SHARE_STRIDE = 4
MULTIPLES = (1.0, 1.5, 2.0, 4.0, 8.0, 16.0)
# First change of the threshold that is tried, halved ``HALVINGS`` times.
THRESHOLD_STEP = {1: 0.2, 2: 0.16, 3: 0.08, 4: 0.04, 5: 0.02}
SMALL_STEP = 0.01
HALVINGS = 2
# Relative error of a decay below which its neighbours are not tried.
DECAY_ERROR = 1e-3


@dataclass(frozen=True)
class Step:
    """Loss of one population by its weights alone, and after the choice."""

    population: str
    loss_by_weights: float
    loss: float


def calibrate(
    description: NetworkDescription, bits: int, measure: Measure
) -> tuple[dict[str, Scaling], tuple[Step, ...]]:
    """Choose the scaling of every population; returns them with what the choice gained."""
    chosen = default_scalings(description, bits)
    steps = []
    for population in description.populations:
        if quantizer_of(population.role).exact:
            continue  # the same spikes, whatever the scaling
        loss_of = partial(_loss, description, bits, chosen, population.name, measure)
        start = chosen[population.name]
        before = loss_of(start)
        best, loss = _best_of(_scales(description, population, bits, start), start, before, loss_of)
        best, loss = _best_of(_decays(description, population, best), best, loss, loss_of)
        best, loss = _climb(best, loss, THRESHOLD_STEP.get(bits, SMALL_STEP), loss_of)
        chosen[population.name] = best
        steps.append(Step(population.name, before, loss))
    return chosen, tuple(steps)


def _loss(
    description: NetworkDescription,
    bits: int,
    chosen: dict[str, Scaling],
    name: str,
    measure: Measure,
    scaling: Scaling,
) -> float:
    """Loss of population ``name`` with ``scaling``; infinite where it does not fit."""
    try:
        network = quantize(up_to(description, name), bits, chosen | {name: scaling})
    except LimitError:
        return float("inf")
    return measure(network, name)


def up_to(description: NetworkDescription, name: str) -> NetworkDescription:
    """The description with the populations up to ``name``; whole where later ones feed back."""
    names = [p.name for p in description.populations]
    kept = {INPUT, BLANK, *names[: names.index(name) + 1]}
    if any(c.target in kept and c.source not in kept for c in description.connections):
        return description
    return replace(
        description,
        populations=tuple(p for p in description.populations if p.name in kept),
        connections=tuple(c for c in description.connections if c.target in kept),
    )


def _scales(
    description: NetworkDescription, population: Population, bits: int, start: Scaling
) -> Iterator[Scaling]:
    """Other ends of the grid, clipping what is beyond or giving it exponents by source."""
    streamed = with_blanking(description)
    learned, inhibition = incoming_by_role(streamed, population)
    ceiling, reason = scale_ceiling(streamed, population, inhibition)
    scales = candidate_scales(learned, bits)
    options = [(scale, False) for scale in scales[::SHARE_STRIDE]]
    options += [(scales[0] * multiple, True) for multiple in MULTIPLES if scales]
    if start.by_source and all(_on_grid(c, start.scale, bits) for c in learned):
        options += [(start.scale * multiple, True) for multiple in MULTIPLES]
    tried = {start}
    for scale, by_source in options:
        limited_by = "weights" if scale <= ceiling else reason
        scaling = replace(
            start, scale=min(scale, ceiling), by_source=by_source, limited_by=limited_by
        )
        if scaling not in tried:
            tried.add(scaling)
            yield scaling


def _on_grid(connection: Connection, scale: float, bits: int) -> bool:
    """Whether integers with exponents by source hold the weights as they are."""
    return bool(np.allclose(rounded_weights(connection, scale, bits, True), connection.weights))


def _decays(
    description: NetworkDescription, population: Population, start: Scaling
) -> Iterator[Scaling]:
    """The integers on the other side of decays that no integer comes near."""
    exact = {
        "du": current_decay(description, population) * limits.DECAY_UNITY - limits.DS_OFFSET,
        "dv": description.dt / population.tau_mem * limits.DECAY_UNITY,
    }
    for name, value in exact.items():
        nearest = getattr(start, name)
        other = nearest + (1 if value > nearest else -1)
        if abs(value - nearest) > DECAY_ERROR * value and 0 <= other <= limits.DECAY_MAX:
            yield replace(start, **{name: other})


def _best_of(
    candidates: Iterator[Scaling],
    best: Scaling,
    loss: float,
    loss_of: Callable[[Scaling], float],
) -> tuple[Scaling, float]:
    for scaling in candidates:
        trial = loss_of(scaling)
        if trial < loss:
            best, loss = scaling, trial
    return best, loss


def _climb(
    best: Scaling, loss: float, step: float, loss_of: Callable[[Scaling], float]
) -> tuple[Scaling, float]:
    """Move the threshold as long as it helps, in ever smaller steps."""
    for _ in range(HALVINGS):
        for direction in (1.0 + step, 1.0 / (1.0 + step)):
            while True:
                moved = replace(best, threshold=best.threshold * direction)
                trial = loss_of(moved)
                if not trial < loss:
                    break
                best, loss = moved, trial
        step /= 2
    return best, loss
