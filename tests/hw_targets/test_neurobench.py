"""Our metrics against those of the neurobench package on the same network and the same spikes."""

import importlib
import sys

import numpy as np
import pytest
import torch

from hw_targets.beside.neurobench import footprint, neurobench_metrics
from hw_targets.cost.counts import count_run
from hw_targets.emulator import run as emulator
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from tests.networks import integers, random_inputs

pytest.importorskip("neurobench", reason="the neurobench package is not installed")
pytest.importorskip("snntorch", reason="the snntorch package is not installed")


class Chain(torch.nn.Module):
    """The same integers as a chain of Linear layers and neurons."""

    def __init__(self, network):
        from tests.hw_targets.neurobench_models import FixedPointNeurons

        super().__init__()
        self.weights = torch.nn.ModuleList()
        self.neurons = torch.nn.ModuleList()
        for connection, population in zip(network.connections, network.populations, strict=True):
            assert connection.connectivity == DENSE
            targets, sources = connection.weights.shape
            layer = torch.nn.Linear(sources, targets, bias=False, dtype=torch.float64)
            layer.weight.data = torch.from_numpy(connection.weights.astype(np.float64))
            self.weights.append(layer)
            self.neurons.append(FixedPointNeurons(population))

    def reset(self):
        for layer in self.neurons:
            layer.reset()

    def forward(self, spikes):
        for weights, neurons in zip(self.weights, self.neurons, strict=True):
            spikes, mem = neurons(weights(spikes))
        return spikes, mem


class Stored(torch.nn.Module):
    """The same integers in the types that hold them."""

    def __init__(self, network):
        super().__init__()
        for k, connection in enumerate(network.connections):
            self.register_buffer(f"w{k}", torch.zeros(connection.weights.shape, dtype=torch.int8))
        for k, p in enumerate(network.populations):
            self.register_buffer(f"bias{k}", torch.zeros(p.size, dtype=torch.int16))
            self.register_buffer(f"state{k}", torch.zeros((2, p.size), dtype=torch.int32))


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(3)
    first = rng.integers(-60, 90, (14, 12)) * 2
    second = rng.integers(-60, 90, (6, 14)) * 2
    first[rng.random(first.shape) < 0.3] = 0
    network = integers(first, vth=130, du=1500, dv=600, steps=9, depth_weights=[second])
    inputs = random_inputs(rng, 9, 5, 12)
    trace = emulator.run(network, inputs, record_states=True).trace
    return (
        network,
        inputs,
        trace,
        neurobench_metrics(network, count_run(network, inputs, trace), trace),
    )


def test_workload_metrics_equal_neurobenchs(run):
    from neurobench.metrics.manager.workload_manager import WorkloadMetricManager
    from neurobench.metrics.workload import (
        ActivationSparsity,
        MembraneUpdates,
        SynapticOperations,
    )
    from neurobench.models import SNNTorchModel

    network, inputs, trace, ours = run
    model = SNNTorchModel(Chain(network))
    manager = WorkloadMetricManager([ActivationSparsity, SynapticOperations, MembraneUpdates])
    manager.register_hooks(model)
    manager.initialize_metrics()
    data = torch.from_numpy(inputs.transpose(1, 0, 2).astype(np.float64))
    spikes = model(data)
    top = trace.spikes[network.populations[-1].name]
    assert top.any()
    assert np.array_equal(spikes.numpy() > 0, top.transpose(1, 0, 2))
    theirs = manager.run_metrics(model, spikes, (data, None), len(data), len(data))
    assert ours.activation_sparsity == theirs["ActivationSparsity"]
    assert ours.membrane_updates == theirs["MembraneUpdates"]
    operations = theirs["SynapticOperations"]
    assert ours.effective_acs == operations["Effective_ACs"] > 0
    assert ours.effective_macs == operations["Effective_MACs"]
    assert ours.dense == operations["Dense"]
    manager.cleanup_hooks(model)


def test_static_metrics_equal_neurobenchs(run):
    from neurobench.metrics.static import ConnectionSparsity, Footprint
    from neurobench.models import TorchModel

    network, _, _, ours = run
    assert ours.footprint == Footprint()(TorchModel(Stored(network)))
    theirs = ConnectionSparsity()(TorchModel(Chain(network)))
    assert round(ours.connection_sparsity, 4) == theirs > 0.1


def test_ann_operations_equal_neurobenchs():
    from neurobench.metrics.workload import SynapticOperations
    from neurobench.models import TorchModel

    from spikeff.references.ann import effective_macs

    generator = torch.Generator().manual_seed(0)
    linear = [torch.nn.Linear(9, 7, bias=False), torch.nn.Linear(7, 3, bias=False)]
    linear[0].weight.data[::2, ::3] = 0
    net = torch.nn.Sequential(linear[0], torch.nn.ReLU(), linear[1])
    images = torch.rand((6, 9), generator=generator)
    images[images < 0.3] = 0
    model, metric = TorchModel(net), SynapticOperations()
    model.register_hooks()
    with torch.no_grad():
        theirs = metric(model, model(images), (images, None))
        hidden = torch.relu(linear[0](images))
    weights = [layer.weight.detach().numpy() for layer in linear]
    ours = effective_macs([images.numpy(), hidden.numpy()], weights)
    assert ours == theirs["Effective_MACs"] > 0
    assert theirs["Dense"] == 9 * 7 + 7 * 3
    model.cleanup_hooks()


def test_footprint_counts_weights_biases_and_states(run):
    network = run[0]
    assert network.sizes[INPUT] == 12
    assert footprint(network) == 14 * 12 + 6 * 14 + (14 + 6) * (2 + 2 * 4)


def test_neurobench_needs_no_torchvision(monkeypatch):
    used = ("neurobench.metrics.workload", "neurobench.metrics.static", "neurobench.models")
    for name in used:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "neurobench"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torchvision", None)  # an import of it fails
    for name in used:
        importlib.import_module(name)
