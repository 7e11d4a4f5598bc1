"""Synapses with a delay each: what they drive, how weights and delays change."""

import numpy as np
import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.ir.connectivity import DENSE, Conv2d, Sparse
from spikeff.lowering import describe_timed
from spikeff.nn.delay_settings import DelaySettings
from spikeff.nn.graph.projection import Projection
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.spike_events import SpikeEvents
from spikeff.nn.synapses.delayed import DelayedSynapses
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from tests.networks.timed import codes, drawn, population, two_layers

STEPS, SAMPLES, MOST = 8, 3, 5
KINDS = {
    "dense": (DENSE, 4, 6),
    "sparse": (Sparse(4, 9, np.array([3, 0, 2, 3]), np.array([8, 1, 0, 2])), 4, 9),
    "shared weights": (Conv2d((1, 3, 4), 2, (2, 2)), 12, 12),
}


def made(kind="dense", seed=0, **settings):
    connectivity, target, source = KINDS[kind]
    generator = torch.Generator().manual_seed(seed)
    settings = DelaySettings(**({"max_delay": MOST} | settings))
    synapses = DelayedSynapses(connectivity, target, source, generator, settings).double()
    synapses.delay.add_(0.3 * torch.rand(synapses.delay.shape, generator=generator).double())
    return synapses.double()


def shown(synapses, seed=1):
    generator = torch.Generator().manual_seed(seed)
    spikes = torch.rand(STEPS, SAMPLES, synapses.source, generator=generator) < 0.3
    error = torch.randn(STEPS, SAMPLES, synapses.target, generator=generator).double()
    return spikes.double(), error


def listed(synapses):
    """Target, source, index of the weight and whole steps of every synapse."""
    found = synapses.connectivity.synapses(synapses.weight_shape)
    steps = np.rint(synapses.delay.numpy()).astype(int).reshape(-1)
    return zip(found.post, found.pre, found.weight, steps[found.weight], strict=True)


def driven_by_hand(synapses, spikes):
    current = np.zeros((STEPS, SAMPLES, synapses.target))
    weights = synapses.weight.numpy().reshape(-1)
    for post, pre, place, delay in listed(synapses):
        for step in range(delay, STEPS):
            current[step, :, post] += weights[place] * spikes[step - delay, :, pre].numpy()
    return current


def correlation(error, spikes, post, pre, lag):
    """Sum of the target's error times the source's spikes of ``lag`` steps ago."""
    return sum(
        float((error[t, :, post] * spikes[t - lag, :, pre]).sum()) for t in range(lag, STEPS)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_synapse_delays_its_spikes(kind):
    synapses = made(kind)
    spikes, _ = shown(synapses)
    wanted = driven_by_hand(synapses, spikes)
    np.testing.assert_allclose(synapses.drive(spikes).numpy(), wanted, atol=1e-12)
    for step in range(STEPS):
        np.testing.assert_allclose(synapses.drive_at(step, spikes), wanted[step], atol=1e-12)


@pytest.mark.parametrize("lasting", [False, True])
def test_events_of_data_drive_alike(lasting):
    synapses = made()
    spikes, error = shown(synapses)
    if lasting:
        spikes = spikes.cummax(0).values
    events = SpikeEvents.of(spikes.numpy() > 0, torch.device("cpu"))
    assert events.lasting is lasting
    np.testing.assert_allclose(
        synapses.double().drive_events(events).numpy(), driven_by_hand(synapses, spikes), atol=1e-6
    )
    of_events, of_spikes = (synapses.changes(error, x) for x in (events, spikes))
    for ours, theirs in zip(of_events, of_spikes, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_change_by_what_arrives_and_delays_by_what_comes_beside_it(kind):
    synapses = made(kind, reach=2)
    spikes, error = shown(synapses)
    weight, delay = np.zeros(synapses.weight.numel()), np.zeros(synapses.weight.numel())
    for post, pre, place, steps in listed(synapses):
        at = {k: min(max(steps + k, 0), MOST) for k in range(-2, 3)}
        c = {k: correlation(error, spikes, post, pre, lag) for k, lag in at.items()}
        weight[place] += c[0]
        delay[place] += (c[1] - c[-1]) / 2 + (c[2] - c[-2]) / 4
    delay *= synapses.weight.numpy().reshape(-1)
    of_weight, of_delay = synapses.changes(error, spikes)
    assert of_weight.shape == of_delay.shape == synapses.weight.shape
    np.testing.assert_allclose(of_weight.numpy().reshape(-1), weight, atol=1e-12)
    np.testing.assert_allclose(of_delay.numpy().reshape(-1), delay, atol=1e-12)


def test_errors_go_back_as_much_earlier_as_spikes_came_late():
    synapses = made()
    spikes, error = shown(synapses)
    with torch.enable_grad():
        spikes.requires_grad_()
        (error * (_through(synapses, spikes))).sum().backward()
    for step in range(STEPS):
        torch.testing.assert_close(synapses.error_at(step, error), spikes.grad[step])


def _through(synapses, spikes):
    """The same drive as a graph: one product for each number of steps."""
    steps = synapses.delay.round()
    total = torch.zeros(STEPS, SAMPLES, synapses.target).double()
    for lag in range(MOST + 1):
        arrived = torch.nn.functional.pad(spikes, (0, 0, 0, 0, lag, 0))[:STEPS]
        total = total + arrived @ (synapses.weight * (steps == lag)).t()
    return total


def test_spikes_learn_to_arrive_together():
    """An early input waits for a late one, by the error of a neuron that only both can drive."""
    early, late, steps = 1, 4, 10
    settings = DelaySettings(max_delay=6, initial="zero")
    wiring = [Projection("in", "a", delays=settings)]
    network = TimedNetwork({"in": 2}, {"a": population(1)}, wiring, torch.Generator()).double()
    (arrival,) = network.arrivals
    arrival.synapses.weight.fill_(1.0)
    spikes = torch.zeros(steps, 1, 2).double()
    spikes[early, 0, 0] = spikes[late, 0, 1] = 1.0
    distance = (torch.arange(steps) - late).abs().double()
    wanted = (1.0 - distance / steps).reshape(-1, 1, 1)
    (delays,) = network.delay_parts(0)
    for _ in range(100):
        (run,) = network.walk({"in": spikes})
        delays.steps.add_(0.5 * network.changes(run, wanted)[1])
        delays.confine_()
    assert delays.steps.round().tolist() == [[late - early, 0]]


def test_fixed_delays_stay_and_initial_ones_fill_the_range():
    fixed = made(learned=False)
    assert fixed.learned_delays == []
    spikes, error = shown(fixed)
    assert len(fixed.changes(error, spikes)) == 1
    assert not made(initial="zero").steps.any()
    generator = torch.Generator().manual_seed(0)
    many = DelayedSynapses(DENSE, 40, 40, generator, DelaySettings(max_delay=3))
    assert np.bincount(many.steps.flatten()).tolist() == pytest.approx([400] * 4, abs=60)


def test_weights_are_drawn_as_without_delays():
    generators = [torch.Generator().manual_seed(0) for _ in range(2)]
    projections = [
        Projection("a", "b", DENSE, delays=d) for d in (None, DelaySettings(max_delay=3))
    ]
    pairs = zip(projections, generators, strict=True)
    plain, delayed = (p.synapses(5, 7, generator) for p, generator in pairs)
    torch.testing.assert_close(plain.weight, delayed.weight, rtol=0, atol=0)


def test_a_description_has_every_synapse_once_with_its_delay():
    network = two_layers(delays=DelaySettings(max_delay=4)).double()
    description = describe_timed(network, **codes(20, STEPS, ("layer1",)))
    synapses = network.arrivals[0].synapses
    own = [c for c in description.connections if (c.source, c.target) == ("input", "layer1")]
    assert [c.delay for c in own] == [0, 1, 2, 3, 4]
    found = np.full((12, 20), -1)
    for c in own:
        post, pre, values = c.connectivity.stored(c.weights)
        assert (found[post, pre] == -1).all()
        found[post, pre] = c.delay
        np.testing.assert_array_equal(values, synapses.weight.numpy()[post, pre])
    np.testing.assert_array_equal(found, synapses.steps.numpy())
    back = [
        c.delay for c in description.connections if c.source == "layer2" and c.target == "layer1"
    ]
    assert min(back) == 2
    assert max(back) == 6


def test_synapses_of_one_delay_stay_a_matrix():
    network = two_layers(delays=DelaySettings(max_delay=4, initial="zero"))
    network.arrivals[0].synapses.delay.fill_(2.4)
    first = describe_timed(network, **codes(20, STEPS, ("layer1",))).connections[0]
    assert (first.connectivity, first.delay) == (DENSE, 2)


@pytest.mark.parametrize("most", [0, 63])
def test_delays_beyond_the_chip_are_refused(most):
    table = with_fields(preset_table("two-ears"), {})
    table["network"]["layer_defaults"]["delays"] = most
    with pytest.raises(ConfigError, match="max_delay"):
        make_config(table, "test")


def test_a_network_runs_whole_samples_as_it_runs_step_by_step():
    network = two_layers(delays=DelaySettings(max_delay=4)).double()
    presented = drawn(network, STEPS, SAMPLES, seed=2)
    network.calibrate(presented, 0.2)
    found = network(presented)
    clamped = network(presented | {"layer2": found["layer2"]})
    assert found["layer1"].sum() > 10
    assert torch.equal(clamped["layer1"], found["layer1"])
