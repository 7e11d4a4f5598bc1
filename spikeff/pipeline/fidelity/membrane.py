"""What a neuron's membrane was before its reset, next to its threshold: why a spike differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from spikeff.ir.arrays import Array
from spikeff.ir.bounds import find_population
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import Comparison, Divergence, LayerComparison, SpikeTrace

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork

# (population, sample, step, neuron) -> v before the reset and the threshold; None where u or v was
# not recorded.
Membrane = Callable[[Divergence], tuple[float, float] | None]


def float_membrane(description: NetworkDescription, trace: SpikeTrace) -> Membrane:
    """v of a float simulator, in units of the description, from its recorded u and v."""

    def at(place: Divergence) -> tuple[float, float] | None:
        if not _is_recorded(trace, place):
            return None
        population = find_population(description, place.population)
        u, before = _recorded(trace, place)
        leak = float(population.v_leak[place.neuron])
        share = description.dt / population.tau_mem
        return before + share * (leak - before + u), population.v_th

    return at


def integer_membrane(
    network: IntegerNetwork,
    trace: SpikeTrace,
    units: NetworkDescription | None = None,
    inputs: Array | None = None,
) -> Membrane:
    """v of an integer simulator, in integers or, with ``units``, in those of the description.

    Args:
        inputs: Of the run, where a host writes biases for each sample.
    """
    from lava_export.chips.limits import DECAY_UNITY, STATE_MAX, VTH_SHIFT
    from lava_export.integers.host_bias import written_biases

    populations = {p.name: p for p in network.populations}
    written = {} if inputs is None else written_biases(network, inputs)
    unknown = {h.target for h in network.host} - written.keys()

    def at(place: Divergence) -> tuple[float, float] | None:
        if not _is_recorded(trace, place) or place.population in unknown:
            return None
        population = populations[place.population]
        u, before = (int(x) for x in _recorded(trace, place))
        kept = abs(before) * (DECAY_UNITY - population.dv) // DECAY_UNITY
        mantissas = population.bias_mant
        if place.population in written:
            mantissas = written[place.population][place.sample]
        bias = int(mantissas[place.neuron]) << population.bias_exp
        v = (kept if before > 0 else -kept) + u + bias
        v = min(max(v, 1 - STATE_MAX), STATE_MAX - 1)
        unit = 1.0
        if units is not None:
            share = units.dt / find_population(units, place.population).tau_mem
            unit = share / population.current_scale
        return v * unit, (population.vth << VTH_SHIFT) * unit

    return at


def _is_recorded(trace: SpikeTrace, place: Divergence) -> bool:
    return place.population in trace.u and place.population in trace.v


def _recorded(trace: SpikeTrace, place: Divergence) -> tuple[float, float]:
    """The current of the step and the potential that the step before it left."""
    u = trace.u[place.population][place.step, place.sample, place.neuron]
    v = trace.v[place.population]
    return float(u), float(v[place.step - 1, place.sample, place.neuron]) if place.step else 0.0


def with_margins(
    comparison: Comparison, left: Membrane | None, right: Membrane | None
) -> Comparison:
    """Add v and threshold of both sides to the first divergence of every population.

    Args:
        left: Of the left trace; None where its membranes are not known, as for the right one.
    """

    def explained(layer: LayerComparison) -> LayerComparison:
        place = layer.first_divergence
        if place is None:
            return layer
        left_v, left_threshold = _known(left, place)
        right_v, right_threshold = _known(right, place)
        return replace(
            layer,
            first_divergence=replace(
                place,
                left_v=left_v,
                left_threshold=left_threshold,
                right_v=right_v,
                right_threshold=right_threshold,
            ),
        )

    return replace(comparison, layers=tuple(explained(layer) for layer in comparison.layers))


def _known(membrane: Membrane | None, place: Divergence) -> tuple[float, float] | tuple[None, None]:
    found = None if membrane is None else membrane(place)
    return (None, None) if found is None else found
