"""The neurobench package on the networks of the zoo, matrices as a user has them."""

from functools import cache

import numpy as np
import pytest
import torch

from hw_targets.beside.neurobench import neurobench_metrics
from hw_targets.cost.counts import count_run
from hw_targets.emulator import run as emulator
from lava_export.integers.parts import place_of
from spikeff.ir.network import BLANK, INPUT
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.saved import saved
from spikeff.zoo import PREFIX
from tests.markers import slow_but

pytest.importorskip("neurobench", reason="the neurobench package is not installed")
pytest.importorskip("snntorch", reason="the snntorch package is not installed")

# One of each wiring: those left out have that of one of these, and more neurons.
NAMES = (
    *("digits", "digits-synchrony", "yin-yang", "context", "context-feedforward", "relation"),
    *("mnist", "mnist-frugal", "mnist-once", "mnist-columns", "mnist-topdown"),
)
FEW = 2  # presentations
SHARE = 0.08  # of channels that spike in a step
# Networks whose samples hold fewer silent channels fall silent at that.
DENSER = dict.fromkeys(("context", "context-feedforward", "relation", "mnist-topdown"), 0.3)


@cache
def network_of(name):
    return integers_of(saved(PREFIX + name), None)


def stored_weights(network):
    """float64 weights of every matrix in the form that they are stored in, parts put together."""
    whole = {}
    for c in network.connections:
        weights = c.weights.astype(np.float64) * 2.0**c.weight_exp
        whole[place_of(c)] = whole.get(place_of(c), 0.0) + weights
    return list(whole.values())


def matrices(network):
    """Ends, delay and float64 weights (targets, sources) of every matrix, parts put together."""
    parts = {}
    for c in network.connections:
        weights = c.connectivity.matrix(c.weights).astype(np.float64) * 2.0**c.weight_exp
        first, whole = parts.get(place_of(c), (c, 0.0))
        parts[place_of(c)] = first, whole + weights
    return [(c.source, c.target, c.delay, whole) for c, whole in parts.values()]


def linear(weights):
    layer = torch.nn.Linear(weights.shape[1], weights.shape[0], bias=False, dtype=torch.float64)
    layer.weight.data = torch.from_numpy(np.ascontiguousarray(weights))
    return layer


class Wired(torch.nn.Module):
    """A network of any wiring with one Linear layer for each of its matrices."""

    def __init__(self, network):
        from tests.hw_targets.neurobench_models import FixedPointNeurons

        super().__init__()
        self.network, self.wiring = network, matrices(network)
        self.weights = torch.nn.ModuleList(linear(weights) for *_, weights in self.wiring)
        self.neurons = torch.nn.ModuleList(FixedPointNeurons(p) for p in network.populations)
        self.reset()

    def reset(self):
        self.past = []
        for layer in self.neurons:
            layer.reset()

    def forward(self, given):
        blank = torch.ones(len(given), 1, dtype=torch.float64)
        now = {INPUT: given, BLANK: blank * (len(self.past) >= self.network.steps)}
        self.past.append(now)
        for p, neurons in zip(self.network.populations, self.neurons, strict=True):
            drive = torch.zeros(len(given), p.size, dtype=torch.float64)
            for (source, target, delay, _), layer in zip(self.wiring, self.weights, strict=True):
                if target == p.name and len(self.past) > delay:
                    drive = drive + layer(self.past[-1 - delay][source])
            now[p.name], mem = neurons(drive)
        return now[p.name], mem


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_static_metrics_of_the_zoo_equal_neurobenchs(name):
    """One byte a weight, whatever exponents its integers are stored with."""
    from neurobench.metrics.static import ConnectionSparsity
    from neurobench.models import TorchModel

    network = network_of(name)
    inputs = np.zeros((network.steps, 1, network.input_size), bool)
    trace = emulator.run(network, inputs, record_states=True).trace
    ours = neurobench_metrics(network, count_run(network, inputs, trace), trace)
    columns = [weights.reshape(len(weights), -1) for weights in stored_weights(network)]
    model = torch.nn.Sequential(*(linear(each) for each in columns))
    assert round(ours.connection_sparsity, 4) == ConnectionSparsity()(TorchModel(model))
    ends = {place_of(c): c.weights.size for c in network.connections}
    neurons = sum(p.size for p in network.populations)
    assert ours.footprint == sum(ends.values()) + neurons * (2 + 2 * 4)


@pytest.mark.parametrize("name", slow_but(NAMES, "digits", "mnist-frugal"))
def test_workload_metrics_of_the_zoo_equal_neurobenchs(name):
    from neurobench.metrics.manager.workload_manager import WorkloadMetricManager
    from neurobench.metrics.workload import (
        ActivationSparsity,
        MembraneUpdates,
        SynapticOperations,
    )
    from neurobench.models import SNNTorchModel

    network = network_of(name)
    rng = np.random.default_rng(1)
    inputs = rng.random((network.steps, FEW, network.input_size)) < DENSER.get(name, SHARE)
    trace = emulator.run(network, inputs, record_states=True).trace
    ours = neurobench_metrics(network, count_run(network, inputs, trace), trace)
    model = SNNTorchModel(Wired(network))
    manager = WorkloadMetricManager([ActivationSparsity, SynapticOperations, MembraneUpdates])
    manager.register_hooks(model)
    manager.initialize_metrics()
    idle = np.zeros((network.idle_steps, FEW, network.input_size))
    data = torch.from_numpy(np.concatenate([inputs, idle]).transpose(1, 0, 2).astype(np.float64))
    spikes = model(data)
    assert np.array_equal(
        spikes.numpy() > 0, trace.spikes[network.populations[-1].name].transpose(1, 0, 2)
    )
    theirs = manager.run_metrics(model, spikes, (data, None), FEW, FEW)
    manager.cleanup_hooks(model)
    assert sum(int(z.sum()) for z in trace.spikes.values()) > 0
    assert ours.activation_sparsity == pytest.approx(theirs["ActivationSparsity"], abs=1e-12)
    assert ours.membrane_updates == theirs["MembraneUpdates"]
    assert ours.effective_acs == theirs["SynapticOperations"]["Effective_ACs"] > 0
