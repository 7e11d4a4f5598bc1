"""Our energy against the sanafe package's, on files that we wrote."""

import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from hw_targets.beside import sanafe_run
from hw_targets.beside.sanafe_files import (
    NETWORK,
    SPIKES,
    group_names,
    real_biases,
    write_sanafe_files,
)
from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
from hw_targets.cost.energy import estimate
from hw_targets.cost.latency import inference_steps
from hw_targets.cost.placement import place
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from spikeff.errors import ConfigError, SpikeffError, TargetUnavailableError
from tests.networks import integers, random_description, random_inputs


@pytest.fixture(scope="module")
def setting():
    """70 neurons that spike once, over five cores of two tiles, and 9 behind them on a sixth."""
    rng = np.random.default_rng(5)
    network = quantize(random_description(rng, sizes=(70, 9), one_spike=True), 8)
    placement = place(network)
    first, second = placement.capacity
    placement = replace(
        placement,
        core_of={"layer0": np.arange(70) // 14, "layer1": np.full(9, 5)},
        capacity=(replace(first, cores=5), second),
        chip_of=np.zeros(6, np.int64),
    )
    inputs = random_inputs(rng, network.steps, 3)
    return network, placement, inputs, emulator.run(network, inputs).trace


def ours(setting, table, presentations=3):
    network, placement, inputs, trace = setting
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    counts = count_spikes(network, spikes, active)
    load = traffic(network, placement, spikes, active)
    return estimate(network, placement, counts, load, np.arange(presentations)[np.newaxis], table)


def kept_awake(setting):
    """Updates that SANA-FE makes where ours waits: of potentials other than zero, and biases.

    Its rules on the replayed spikes, on the chip's clock, over all presentations in one stream.
    """
    network, _, inputs, trace = setting
    spikes = source_spikes(network, inputs, trace)
    steps = inference_steps(network, inputs.shape[1])

    def streamed(z, late):
        stream = np.zeros((steps, z.shape[2]), bool)
        flat = z.transpose(1, 0, 2).reshape(-1, z.shape[2])
        stream[late : late + len(flat)] = flat
        return stream

    depths = {p.name: p.depth for p in network.populations}
    ours = theirs = 0
    for p in network.populations:
        fired = streamed(spikes[p.name], p.depth + 1)
        current, potential = np.zeros(p.size), np.zeros(p.size)
        bias = np.array(real_biases(p))
        for step in range(steps):
            driven = np.zeros(p.size, bool)
            current = current * max(4095 - p.du, 0) / 4096
            asleep = (potential == 0) & (bias == 0)
            # Its fixed point: a potential in steps of 1/64, rounded towards zero.
            potential = np.trunc(potential * (4096 - p.dv) / 4096 * 64) / 64
            for c in network.incoming(p.name) if step else ():
                late = depths[p.name] if c.source not in depths else depths[c.source] + 1
                sent = streamed(spikes[c.source], late)[step - 1]
                weights = c.connectivity.matrix(c.weights).astype(float) * 2.0**c.weight_exp
                current = current + weights @ sent
                driven |= (weights != 0) @ sent
            potential = np.where(fired[step], 0.0, potential + current + bias)
            theirs += int((~asleep | driven | fired[step]).sum())
        active = active_updates(network, p.name, spikes)
        ours += int(active.sum())
    return theirs - ours


def joules(estimated, *counted):
    return sum(float(t.joules()[0]) for t in estimated.terms if t.counted in counted)


@pytest.fixture(scope="module")
def files(setting, tmp_path_factory):
    network, placement, inputs, trace = setting
    folder = tmp_path_factory.mktemp("sanafe")
    table = cost_table("loihi1-fitted")
    return write_sanafe_files(folder, network, placement, inputs, trace, table)


def test_energy_equals_sanafes(setting, files):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    found = ours(setting, cost_table("loihi1-fitted"))
    theirs = sanafe_run.run_sanafe(files)
    assert theirs.steps == found.steps
    hops = joules(found, "hops east-west")
    assert hops > 0
    near = pytest.approx
    assert joules(found, "synaptic operations") == near(theirs.synapse_joules, rel=1e-12, abs=0)
    neurons = joules(found, "active updates", "inactive updates", "spikes")
    extra = kept_awake(setting) * (72.8 - 51.2) * 1e-12
    assert extra > 0
    assert neurons + extra == near(theirs.soma_joules, rel=1e-12, abs=0)
    assert joules(found, "messages", "hops north-south") + hops == near(
        theirs.network_joules, rel=1e-12, abs=0
    )
    assert found.total_joules()[0] + extra == near(theirs.total_joules, rel=1e-12, abs=0)


def test_a_neuron_is_kept_awake_by_what_a_spike_leaves_behind(tmp_path):
    """No current lasts here: the potential alone, which leaks by its own decay, wakes it again."""
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    rng = np.random.default_rng(2)
    network = integers(2 * rng.integers(-30, 40, (12, 9)), vth=150, du=4095, dv=3000, steps=8)
    inputs = np.zeros((8, 1, 9), bool)
    inputs[0] = rng.random(9) < 0.4
    trace = emulator.run(network, inputs).trace
    setting = network, place(network), inputs, trace
    table = cost_table("loihi1-fitted")
    theirs = sanafe_run.simulate(write_sanafe_files(tmp_path, *setting, table))
    found, extra = ours(setting, table, presentations=1), kept_awake(setting)
    assert 12 < extra < 8 * 12
    neurons = joules(found, "active updates", "inactive updates", "spikes")
    assert neurons + extra * (72.8 - 51.2) * 1e-12 == pytest.approx(
        theirs.soma_joules, rel=1e-12, abs=0
    )


def test_spikes_that_sanafe_does_not_repeat_are_refused(files, tmp_path):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    for path in files.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    network = tmp_path / NETWORK
    network.write_text(network.read_text().replace("threshold: 16777216.0", "threshold: 1e12"))
    with pytest.raises(SpikeffError, match="is not as in"):
        sanafe_run.run_sanafe(replace(files, folder=tmp_path))


def test_files_hold_every_synapse_and_spike(setting, files):
    network, _, _, trace = setting
    text = (files.folder / NETWORK).read_text()
    stored = sum(int((c.weights != 0).sum()) for c in network.connections)
    weights = [float(found) for found in re.findall(r"\[weight: (.*?)\]", text)]
    assert len(weights) == stored
    real = [
        np.ldexp(c.connectivity.stored(c.weights)[2], c.weight_exp) for c in network.connections
    ]
    assert weights == np.concatenate(real).tolist()
    assert 0.0 not in weights
    spikes = sum(int(z.sum()) for z in trace.spikes.values())
    assert len((files.folder / SPIKES).read_text().splitlines()) == spikes + 1


def test_absent_package_and_tables_without_values(setting, files, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sanafe", None)
    with pytest.raises(TargetUnavailableError, match="pip install"):
        sanafe_run.run_sanafe(files)
    network, placement, inputs, trace = setting
    with pytest.raises(ConfigError, match="bounds only"):
        write_sanafe_files(
            tmp_path, network, placement, inputs, trace, cost_table("loihi2-scenario")
        )


ODD_NAMES = ("cell.lif", "a,b", "[h]", "*h", "%d", "a\nb", "input_0", "a->b", "1", "no", "layer1")


@pytest.mark.parametrize("first", ODD_NAMES)
def test_names_that_mean_something_in_the_files_do_no_harm(first, tmp_path):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    rng = np.random.default_rng(5)
    network = renamed(quantize(random_description(rng, sizes=(6, 4))), (first, "group0"))
    inputs = random_inputs(rng, network.steps, 1)
    trace = emulator.run(network, inputs).trace
    placement, table = place(network), cost_table("loihi1-fitted")
    files = write_sanafe_files(tmp_path, network, placement, inputs, trace, table)
    assert sum(z.sum() for z in trace.spikes.values()) > 0
    in_process = sanafe_run.simulate(files)
    assert in_process.spikes > 0
    found = ours((network, placement, inputs, trace), table, presentations=1)
    assert {term.layer for term in found.terms} <= set(network.sizes)
    synapses = joules(found, "synaptic operations")
    assert synapses == pytest.approx(in_process.synapse_joules, rel=1e-9, abs=0)
    assert synapses > 0


def test_plain_names_are_kept_and_others_numbered():
    names = group_names(["layer1", "layer1.free", "input_0", "group0", "no"], ["input_0"])
    assert names == {
        "layer1": "layer1",
        "layer1.free": "group1",
        "input_0": "group2",
        "group0": "group0",
        "no": "group3",
    }


def renamed(network, names):
    """The populations, in their order, under other names."""
    new = dict(zip([p.name for p in network.populations], names, strict=True))
    return replace(
        network,
        populations=tuple(replace(p, name=new[p.name]) for p in network.populations),
        connections=tuple(
            replace(c, source=new.get(c.source, c.source), target=new[c.target])
            for c in network.connections
        ),
        readout=replace(
            network.readout, populations=tuple(new[p] for p in network.readout.populations)
        ),
        quantization=None,
    )
