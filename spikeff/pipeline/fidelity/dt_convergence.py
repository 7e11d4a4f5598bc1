"""How far a discrete network is from continuous time, and how that shrinks with the step.

The reference is Brian2 with exact integration on a much finer grid. A description of the same
physics in finer steps keeps weights, time constants and the times of spikes; delays keep their
seconds. What a description leaves to the step, such as that a spike crosses a population in the
step in which it arrives, shrinks with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import SpikeTrace
from spikeff.references.spike_distance import van_rossum


@dataclass(frozen=True)
class RefinementPoint:
    """The network in steps of ``dt`` seconds = dt of the description / ``factor``.

    Attributes:
        van_rossum: Mean distance of a neuron's trains in a sample, with the membrane's tau.
        first_spike_error: Mean |difference| of first spikes in seconds, where both spike.
        missed: Number of trains in which only one of the two simulations spikes.
    """

    factor: int
    dt: float
    van_rossum: float
    first_spike_error: float
    missed: int


def refine(description: NetworkDescription, factor: int) -> NetworkDescription:
    """The same physics in steps of ``dt / factor``."""
    code = description.input
    labels = description.labels
    return replace(
        description,
        dt=description.dt / factor,
        steps=description.steps * factor,
        idle_steps=description.idle_steps * factor,
        input=code,
        labels=labels and replace(labels, steps=tuple(step * factor for step in labels.steps)),
        connections=tuple(replace(c, delay=c.delay * factor) for c in description.connections),
    )


def refine_inputs(inputs: Array, factor: int) -> Array:
    """Spikes, bool (steps, samples, channels), at the same times in ``factor`` times the steps."""
    fine = np.zeros((len(inputs) * factor, *inputs.shape[1:]), np.bool_)
    fine[::factor] = inputs
    return fine


def refinement_study(
    description: NetworkDescription, inputs: Array, factors: tuple[int, ...], finest: int
) -> list[RefinementPoint]:
    """Norse at every ``factor`` against Brian2's exact integration at ``finest``.

    Args:
        inputs: bool (steps, samples, channels) in steps of the description.
        finest: Factor of the reference; every one of ``factors`` must divide it.
    """
    from spikeff.references import brian2 as brian2_reference
    from spikeff.references import norse as norse_reference

    reference = brian2_reference.run(
        refine(description, finest), refine_inputs(inputs, finest), exact=True
    )
    points = []
    for factor in factors:
        trace = norse_reference.run(refine(description, factor), refine_inputs(inputs, factor))
        points.append(_point(description, factor, finest, trace, reference))
    return points


def _point(
    description: NetworkDescription,
    factor: int,
    finest: int,
    trace: SpikeTrace,
    reference: SpikeTrace,
) -> RefinementPoint:
    distances, errors, missed = [], [], 0
    for population in description.populations:
        # A step's spike is the crossing found at its end.
        ours = _at_ends(trace.spikes[population.name], finest // factor)
        theirs = reference.spikes[population.name]
        tau = population.tau_mem / description.dt * finest
        distances.append(van_rossum(ours, theirs, tau).ravel())
        both = ours.any(axis=0) & theirs.any(axis=0)
        late = ours.argmax(axis=0)[both] - theirs.argmax(axis=0)[both]
        errors.append(np.abs(late) * description.dt / finest)
        missed += int((ours.any(axis=0) != theirs.any(axis=0)).sum())
    return RefinementPoint(
        factor=factor,
        dt=description.dt / factor,
        van_rossum=float(np.concatenate(distances).mean()),
        first_spike_error=float(np.concatenate(errors).mean()),
        missed=missed,
    )


def _at_ends(spikes: Array, steps: int) -> Array:
    """Place every spike in the last of ``steps`` finer steps."""
    fine = np.zeros((len(spikes) * steps, *spikes.shape[1:]), np.bool_)
    fine[steps - 1 :: steps] = spikes
    return fine
