"""Backpropagation through loops and time: torch's own gradient, and where there is none."""

from functools import partial

import numpy as np
import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.ir.connectivity import DENSE, Conv2d, LocalFields, Sparse
from spikeff.learning.objectives.class_columns import ClassColumns
from spikeff.learning.objectives.objective import Shown
from spikeff.learning.phase import Phase
from spikeff.learning.readout import SoftmaxReadout
from spikeff.learning.rules.backprop import Backprop
from spikeff.nn.graph.backward import errors_through_time
from spikeff.nn.graph.projection import Projection
from spikeff.nn.graph.timed_network import TimedNetwork
from tests.networks.timed import SAMPLES, STEPS, lively, population
from tests.spikeff.learning.autograd import SpikeWithSurrogate

KINDS = [DENSE, Conv2d((1, 4, 5), 2, (3, 3)), LocalFields((1, 4, 5), 2, (3, 3))]
SPARSE = Sparse(12, 20, np.arange(12).repeat(2), (np.arange(24) * 7) % 20)


@pytest.mark.parametrize("kind", [*KINDS, SPARSE])
def test_errors_go_back_by_the_weights_that_spikes_came_by(kind):
    layers = {"below": population(20), "above": population(12)}
    projections = [Projection("pixels", "below"), Projection("below", "above", kind, delay=2)]
    generator = torch.Generator().manual_seed(6)
    arrival = TimedNetwork({"pixels": 3}, layers, projections, generator).double().arrivals[1]
    error = torch.randn(5, 4, 12, generator=generator).double()
    torch.testing.assert_close(arrival.error_at(1, error), error[3] @ dense_matrix(arrival))
    assert arrival.error_at(3, error) is None


@pytest.mark.parametrize("up", KINDS)
def test_backprop_through_loops_is_torchs_own_gradient(up):
    network, presented = lively(up=up, sizes=(12, 8))
    runs = {network.learning[r.depth]: r for r in network.walk(presented)}
    generator = torch.Generator().manual_seed(7)
    errors = {
        name: torch.randn(run.spikes.shape, generator=generator).double()
        for name, run in runs.items()
    }
    found = errors_through_time(network, runs, errors)
    weights = [a.synapses.weight for a in network.arrivals if a.projection.learned]
    for weight in weights:
        weight.requires_grad_()
    with torch.enable_grad():
        spikes = unrolled(network, presented)
        total = sum((errors[name] * spikes[name]).sum() for name in runs)
    wanted = iter(torch.autograd.grad(total, weights))
    in_order = {id(w): g for w, g in zip(weights, wanted, strict=True)}
    for name, run in runs.items():
        torch.testing.assert_close(spikes[name].detach(), run.spikes)
        parts = network.weight_parts(run.depth)
        for part, change in zip(parts, network.changes(run, found[name]), strict=True):
            assert change.abs().max() > 1e-3
            torch.testing.assert_close(change, in_order[id(part)])


def unrolled(network, presented):
    """All steps with torch's graph through spikes, projections and time; resets are detached."""
    spikes = {name: list(given) for name, given in presented.items()}
    spikes |= {name: [] for name in network.order}
    states = {}
    for step in range(STEPS):
        for name in network.order:
            layer, c = network.populations[name], network.populations[name].constants
            drive = torch.zeros(SAMPLES, layer.neurons).double()
            for a in network.arriving(name):
                sent = step - a.projection.delay
                if sent >= 0:
                    matrix = dense_matrix(a)
                    drive = drive + spikes[a.projection.source][sent] @ matrix.t()
            current, potential = states.get(name, (0 * drive, 0 * drive))
            current = current + drive
            potential = potential + c.dv * (current - potential)
            z = SpikeWithSurrogate.apply(potential - c.v_th, layer.slope)
            states[name] = current * (1 - c.du), potential * (1 - z.detach())
            spikes[name].append(z)
    return {name: torch.stack(spikes[name]) for name in network.order}


def dense_matrix(arrival):
    """The synapses as a matrix (target, source) that depends on their weights."""
    weight, synapses = arrival.synapses.weight, arrival.synapses
    listed = synapses.connectivity.synapses(tuple(weight.shape))
    matrix = torch.zeros(synapses.target, synapses.source).double()
    place = torch.from_numpy(listed.post.astype(int)), torch.from_numpy(listed.pre.astype(int))
    return matrix.index_put(place, weight.reshape(-1)[torch.from_numpy(listed.weight.astype(int))])


def test_backprop_not_given_the_network_needs_layers_in_a_row():
    network, presented = lively()
    shown = Shown(
        torch.zeros(4).long(), 1, 4, 2, Phase.BOTH, SoftmaxReadout(1, 2, torch.device("cpu"))
    )
    judge = partial(ClassColumns().judge, shown=shown)
    with pytest.raises(ConfigError, match="'backprop': population 2 has no single layer below"):
        list(Backprop().learn(network.walk(presented), judge, 1.0))
