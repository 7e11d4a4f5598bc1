"""What quantising a network does to its spikes, its goodness and its answers, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.goodness import collected, get_goodness, in_columns
from spikeff.ir.network import NetworkDescription, Population
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import Comparison, Divergence, LayerComparison, SpikeTrace, compare_traces
from spikeff.pipeline.fidelity.membrane import float_membrane, integer_membrane, with_margins
from spikeff.references.spike_distance import van_rossum, victor_purpura

if TYPE_CHECKING:
    from hw_targets.target import Saturation
    from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class LayerConversion:
    """One population in floats and in integers, over all presentations.

    Attributes:
        tau: Time constant of the distances in steps: that of the membrane.
        van_rossum: Mean distance of a neuron's trains in a presentation.
        victor_purpura: The same; moving a spike by one step costs 1 / tau.
        relative_distance: Mean van Rossum distance over that of the float trains to silence.
        goodness: Mean goodness of the float columns.
        goodness_error: Mean |difference| of a column's goodness.
        u_wraps: How often the integer current was too large for its register.
        v_clips: How often the integer potential was too large for its register.
    """

    population: str
    float_spikes: int
    integer_spikes: int
    mismatches: int
    tau: float
    van_rossum: float
    relative_distance: float
    victor_purpura: float
    goodness: float
    goodness_error: float
    u_wraps: int
    v_clips: int
    first_divergence: Divergence | None


@dataclass(frozen=True)
class Conversion:
    """Float against integer. label_agreement : share of samples that both answer alike."""

    left: str
    right: str
    layers: tuple[LayerConversion, ...]
    samples: int
    label_agreement: float
    float_accuracy: float
    integer_accuracy: float

    @property
    def mismatches(self) -> int:
        """Spikes that differ, in all populations."""
        return sum(layer.mismatches for layer in self.layers)


def convert(
    description: NetworkDescription,
    network: IntegerNetwork,
    floats: SpikeTrace,
    integers: SpikeTrace,
    saturation: Mapping[str, Saturation],
    labels: Array,
) -> Conversion:
    """Compare a float trace with an integer one of the same inputs.

    Args:
        labels: (samples,), the right answers.
    """
    window = integers.window(description.steps)
    comparison = with_margins(
        compare_traces(floats, window, exact_states=False),
        float_membrane(description, floats),
        integer_membrane(network, window, units=description),
    )
    layers = tuple(
        _layer(description, population, comparison, floats, window, saturation)
        for population in description.populations
    )
    ours = answers(floats.spikes, description.readout, description.populations)
    theirs = answers(window.spikes, description.readout, description.populations)
    return Conversion(
        left=floats.simulator,
        right=integers.simulator,
        layers=layers,
        samples=len(labels),
        label_agreement=float((ours == theirs).mean()),
        float_accuracy=float((ours == labels).mean()),
        integer_accuracy=float((theirs == labels).mean()),
    )


def _layer(
    description: NetworkDescription,
    population: Population,
    comparison: Comparison,
    floats: SpikeTrace,
    integers: SpikeTrace,
    saturation: Mapping[str, Saturation],
) -> LayerConversion:
    layer: LayerComparison = next(x for x in comparison.layers if x.population == population.name)
    ours, theirs = floats.spikes[population.name], integers.spikes[population.name]
    tau = population.tau_mem / description.dt
    distance = float(van_rossum(ours, theirs, tau).mean())
    to_silence = float(van_rossum(ours, np.zeros_like(ours), tau).mean())
    before, after = (_goodness(description, population, z) for z in (ours, theirs))
    counters = saturation.get(population.name)
    return LayerConversion(
        population=population.name,
        float_spikes=layer.left_spikes,
        integer_spikes=layer.right_spikes,
        mismatches=layer.mismatches,
        tau=tau,
        van_rossum=distance,
        relative_distance=distance / to_silence if to_silence else float(distance > 0),
        victor_purpura=float(victor_purpura(ours, theirs, 1.0 / tau).mean()),
        goodness=float(before.mean()),
        goodness_error=float(np.abs(after - before).mean()),
        u_wraps=counters.u_wraps if counters else 0,
        v_clips=counters.v_clips if counters else 0,
        first_divergence=layer.first_divergence,
    )


def _goodness(description: NetworkDescription, population: Population, spikes: Array) -> Array:
    """Goodness of every column, (presentations, columns), by the readout's function."""
    readout = description.readout
    # A population that is not read, such as a gate's, by what the first one is read by.
    read = population.name in readout.populations
    place = readout.populations.index(population.name) if read else 0
    name, beta = readout.measures()[place]
    counted = collected(spikes, readout.collected_steps()[place]).astype(np.float64)
    columns = in_columns(counted, population.column_size)
    return np.asarray(get_goodness(name).value(columns, beta))
