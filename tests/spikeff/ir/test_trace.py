"""Traces: one differing bit of spikes, of u or of v is seen, and told where."""

from dataclasses import replace

import numpy as np
import pytest

from spikeff.errors import DescriptionError
from spikeff.ir.trace import SpikeTrace, compare_traces

SHAPE = (5, 3, 4)  # steps, samples, neurons
SIZES = {"layer1": 4, "layer2": 4}


def trace(simulator="left", states=("u", "v")):
    rng = np.random.default_rng(0)
    spikes = {name: rng.random(SHAPE) < 0.3 for name in SIZES}
    whole = {q: {name: rng.integers(-900, 900, SHAPE) for name in SIZES} for q in ("u", "v")}
    return SpikeTrace(simulator, spikes, **{q: whole[q] for q in states})


@pytest.mark.parametrize("population", SIZES)
@pytest.mark.parametrize("quantity", ["u", "v"])
def test_one_bit_of_a_state_is_seen(quantity, population):
    left, right = trace(), trace("right")
    assert compare_traces(left, right).equal
    states = getattr(right, quantity)[population]
    states[3, 1, 2] ^= 1
    found = compare_traces(left, right)
    assert not found.equal
    assert (found.mismatches, found.state_mismatches) == (0, 1)
    by_layer = {layer.population: layer.state_mismatches for layer in found.layers}
    assert by_layer == {name: int(name == population) for name in SIZES}
    first = found.first_divergence
    place = (first.quantity, first.population, first.sample, first.step, first.neuron)
    assert place == (quantity, population, 1, 3, 2)
    assert (first.left, first.right) == (states[3, 1, 2] ^ 1, states[3, 1, 2])
    largest = max(np.abs(getattr(t, quantity)[population]).max() for t in (left, right))
    assert found.state_error == pytest.approx(1 / largest)


def test_one_spike_is_seen():
    left, right = trace(), trace("right")
    right.spikes["layer2"][4, 0, 3] ^= True
    found = compare_traces(left, right)
    assert (found.equal, found.mismatches, found.state_mismatches) == (False, 1, 0)
    assert [layer.mismatches for layer in found.layers] == [0, 1]
    first = found.first_divergence
    assert (first.quantity, first.population, first.step) == ("spikes", "layer2", 4)


def test_states_of_floats_are_measured_and_not_asked_to_be_equal():
    left, right = trace(), trace("right")
    right.u["layer1"][0, 0, 0] += 90
    found = compare_traces(left, right, exact_states=False)
    assert (found.equal, found.state_mismatches) == (True, None)
    assert found.state_error == pytest.approx(90 / np.abs(right.u["layer1"]).max())
    assert found.first_divergence is None


@pytest.mark.parametrize("states", [("u",), ("v",), ()])
def test_what_only_one_records_is_not_compared(states):
    found = compare_traces(trace(), trace("right", states))
    assert found.compared == states
    assert found.state_mismatches == (0 if states else None)
    assert {layer.compared for layer in found.layers} == {states}


def test_the_earliest_sample_then_the_earliest_step_is_first():
    left, right = trace(), trace("right")
    right.u["layer1"][0, 2, 0] += 1
    right.v["layer2"][4, 1, 0] += 1
    right.spikes["layer1"][3, 1, 1] ^= True
    found = compare_traces(left, right).first_divergence
    assert (found.quantity, found.sample, found.step) == ("spikes", 1, 3)


def test_a_window_cuts_every_record():
    cut = trace().window(2)
    for records in (cut.spikes, cut.u, cut.v):
        assert {array.shape for array in records.values()} == {(2, *SHAPE[1:])}


def test_traces_that_do_not_fit_are_refused():
    left, right = trace(), trace("right")
    with pytest.raises(DescriptionError, match="not comparable"):
        compare_traces(left, replace(right, spikes={"layer1": right.spikes["layer1"]}))
    with pytest.raises(DescriptionError, match="u of 'layer2': shapes"):
        compare_traces(left, replace(right, u=right.u | {"layer2": right.u["layer2"][:4]}))
