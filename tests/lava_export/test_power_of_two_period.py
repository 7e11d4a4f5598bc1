"""Samples that last 2^k steps, which Loihi 2 needs to clear neurons by itself."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.counts import count_run
from hw_targets.cost.latency import inference_steps
from hw_targets.decode_answer import chip_answers, states_read
from hw_targets.emulator import run as emulator
from lava_export.quantize.blanking import with_blanking, with_power_of_two_period
from lava_export.quantize.quantize import quantize
from lava_export.readout.chip_readout import COMPARATORS, SAMPLE_END, WINNER, with_chip_readout
from spikeff.errors import LimitError
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS
from spikeff.ir.network import BLANK
from spikeff.ir.readout_codes import answers
from tests.networks import Layer, random_description, relays, with_self_inhibition


def exported(description, idle_steps=1):
    return with_chip_readout(quantize(with_power_of_two_period(description, idle_steps)))


def random_spikes(network, samples, seed):
    rng = np.random.default_rng(seed)
    density = rng.uniform(0.05, 0.9, (1, samples, 1))
    return rng.random((network.steps, samples, network.input_size)) < density


@pytest.mark.parametrize(
    ("steps", "idle_steps", "period"),
    [(1, 0, 1), (1, 1, 2), (7, 1, 8), (7, 2, 16), (8, 0, 8), (8, 1, 16), (9, 0, 16), (129, 1, 256)],
)
def test_the_period_is_the_next_power_of_two(steps, idle_steps, period):
    description = relays([Layer(8, 4)], steps, "pairs")
    assert with_power_of_two_period(description, idle_steps).period == period


def test_delays_take_their_idle_steps_within_it():
    """Eight steps are a power of two, and yet a spike one step late needs a ninth."""
    plain = replace(random_description(np.random.default_rng(0)), steps=8)
    assert with_power_of_two_period(plain).period == 8
    late = with_self_inhibition(plain)
    assert with_blanking(late).period == 9
    assert with_power_of_two_period(late).period == 16


def test_what_is_no_longer_needed_is_no_longer_blanked_twice():
    padded = with_power_of_two_period(relays([Layer(8, 4)], 5, "pairs"))
    assert with_blanking(padded) is padded
    assert with_power_of_two_period(padded).connections == padded.connections
    assert len([c for c in padded.connections if c.source == BLANK]) == 1


def test_a_period_beyond_what_can_be_run_is_refused():
    with pytest.raises(LimitError, match="idle_steps = 257"):
        exported(relays([Layer(8, 4)], 255, "pairs"), idle_steps=2)


@pytest.mark.parametrize("steps", [3, 5, 6])
def test_no_neuron_fires_for_a_sample_that_is_over(steps):
    network = exported(relays([Layer(24, 4)], steps, "excess"))
    assert network.period == 8 or steps == 3
    run = emulator.run(network, random_spikes(network, 60, steps))
    assert run.trace.spikes["layer1"][:steps].any()
    assert not run.trace.spikes["layer1"][steps:].any()


@pytest.mark.parametrize("steps", [3, 5, 6])
def test_the_winner_fires_once_in_the_step_after_the_sample(steps):
    network = exported(relays([Layer(24, 4, limit=1)], steps, "excess"))
    inputs = random_spikes(network, 100, steps)
    run = emulator.run(network, inputs)
    wins = run.trace.spikes[WINNER]
    assert (wins.sum(axis=(0, 2)) == 1).all()
    assert (wins[steps].sum(axis=1) == 1).all()
    assert not run.trace.spikes[COMPARATORS][np.arange(network.period) != steps].any()
    assert (SAMPLE_END in network.sizes) == (network.idle_steps > 1)
    host = answers(run.trace.window(steps).spikes, network.readout, network.populations)
    np.testing.assert_array_equal(chip_answers(network, run), host)
    assert len(set(host.tolist())) == 3


def random_case(seed):
    """Layers, steps and kind of readout as they come."""
    rng = np.random.default_rng(seed)
    kind = (ALL_LABELS, CLASS_COLUMNS)[seed % 2]
    limits = [None, 1, 2, 3]
    layers = []
    for _ in range(rng.integers(1, 3)):
        size, columns = int(rng.integers(2, 7)), 3 * int(rng.integers(1, 4))
        signs = int(rng.integers(0, columns + 1)) if kind == ALL_LABELS else 0
        layers.append(Layer(size * columns, size, signs, limits[rng.integers(len(limits))]))
    return relays(layers, int(rng.integers(2, 12)), "excess", kind=kind)


@pytest.mark.parametrize("seed", range(8))
def test_the_excess_on_the_chip_is_the_hosts_in_random_networks(seed):
    description = random_case(seed)
    shortest = with_chip_readout(quantize(description))
    padded = exported(description)
    assert padded.period & (padded.period - 1) == 0
    inputs = random_spikes(padded, 60, seed)
    found = {}
    for network in (shortest, padded):
        run = emulator.run(network, inputs, states_read(network))
        host = answers(run.trace.window(network.steps).spikes, network.readout, network.populations)
        np.testing.assert_array_equal(chip_answers(network, run), host)
        found[network.period] = host.tolist()
    assert len({tuple(labels) for labels in found.values()}) == 1


def test_idle_steps_are_counted():
    description = relays([Layer(24, 4, limit=1)], 5, "excess")
    shortest, padded = with_chip_readout(quantize(description)), exported(description)
    inputs = random_spikes(padded, 20, 0)
    updates = []
    for network in (shortest, padded):
        counts = count_run(network, inputs, emulator.run(network, inputs).trace)
        name = "layer1"
        updates.append(int((counts.active[name] + counts.inactive[name]).sum()))
        assert updates[-1] == 20 * network.period * network.sizes[name]
        assert 1 < inference_steps(network, 20) - 20 * network.period < 6
    assert updates[1] * shortest.period == updates[0] * padded.period
