"""The network as it was trained beside its description: is it the same one?

Training runs in float32, the description in float64. A spike may differ where the potential is at
the threshold but for rounding, and from then on whatever hears it may. So of each presentation the
first difference counts: it must be one that float32 explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from spikeff.ir.arrays import Array
from spikeff.ir.bounds import find_population
from spikeff.ir.network import NetworkDescription
from spikeff.ir.roles import LIMIT_GATE
from spikeff.ir.trace import Comparison, Divergence, SpikeTrace, compare_traces
from spikeff.nn.connection_settings import layer_name
from spikeff.pipeline.fidelity.membrane import Membrane, with_margins
from spikeff.training.model import Model

# Distance to the threshold, relative to it, that sums in float32 may bridge. They are off by some
# 1e-7 of their largest part, and hundreds of spikes arrive in a step.
FLOAT32_MARGIN = 1e-4


@dataclass(frozen=True)
class TrainedComparison:
    """The trained network against Norse on its description.

    Attributes:
        pair: Spikes of the populations that training knows.
        unexplained: Presentations whose first difference is farther from the threshold than
            ``FLOAT32_MARGIN`` of it.
    """

    pair: Comparison
    unexplained: int


def compare_trained(
    model: Model,
    description: NetworkDescription,
    inputs: Array,
    reference: SpikeTrace,
    membrane: Membrane,
) -> TrainedComparison:
    """Run ``model`` and compare its spikes with those of its description.

    Args:
        inputs: bool (steps, presentations, channels).
        reference: Norse's trace of the same inputs, with u and v.
        membrane: Of that trace.
    """
    ours = _trained_spikes(model, inputs)
    theirs = SpikeTrace(
        reference.simulator,
        *(
            {name: getattr(reference, q)[name] for name in ours.spikes}
            for q in ("spikes", "u", "v")
        ),
    )
    far = {
        place.sample
        for place in _first_differences(ours, theirs)
        if not _at_threshold(_where_it_fired(description, place), membrane)
    }
    return TrainedComparison(with_margins(compare_traces(ours, theirs), None, membrane), len(far))


def _trained_spikes(model: Model, inputs: Array) -> SpikeTrace:
    with torch.no_grad():
        layers = model.network.run_channels(torch.from_numpy(inputs).to(model.weight))
    spikes = {layer_name(depth): z.cpu().numpy() > 0 for depth, z in enumerate(layers)}
    return SpikeTrace("training", spikes)


def _first_differences(ours: SpikeTrace, theirs: SpikeTrace) -> Iterator[Divergence]:
    """Of each presentation all differences in the first step and population that have any."""
    differ = {name: z != theirs.spikes[name] for name, z in ours.spikes.items()}
    steps = np.logical_or.reduce([z.any(axis=2) for z in differ.values()])
    for sample in np.flatnonzero(steps.any(axis=0)).tolist():
        step = int(steps[:, sample].argmax())
        name = next(name for name, z in differ.items() if z[step, sample].any())
        for neuron in np.flatnonzero(differ[name][step, sample]).tolist():
            values = (float(t.spikes[name][step, sample, neuron]) for t in (ours, theirs))
            yield Divergence("spikes", name, sample, step, neuron, *values)


def _where_it_fired(description: NetworkDescription, place: Divergence) -> Divergence:
    """The same neuron in front of its gate, where the layer has one that limits its spikes."""
    if find_population(description, place.population).role != LIMIT_GATE:
        return place
    return replace(place, population=description.incoming(place.population)[0].source)


def _at_threshold(place: Divergence, membrane: Membrane) -> bool:
    known = membrane(place)
    return known is not None and abs(known[0] - known[1]) <= FLOAT32_MARGIN * known[1]
