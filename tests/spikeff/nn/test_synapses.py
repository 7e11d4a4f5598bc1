"""Synapses in torch against the lists of synapses that their connectivities stand for."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from spikeff.errors import ConfigError, DescriptionError, UnknownNameError
from spikeff.ir.connectivity import (
    CONNECTIVITIES,
    DENSE,
    ONE_TO_ONE,
    AvgPool2d,
    Connectivity,
    Conv2d,
    LocalFields,
    Sparse,
    SumPool2d,
    register_connectivity,
)
from spikeff.nn.graph.projection import Arrival, Projection
from spikeff.nn.neurons import lif as dynamics
from spikeff.nn.spike_events import SpikeEvents
from spikeff.nn.synapses.dense import DenseSynapses
from spikeff.nn.synapses.listed import ListedSynapses
from spikeff.nn.synapses.registry import SYNAPSES, make_synapses, register_synapses

GRID = (4, 7, 6)
WAYS = {"stride": (2, 1), "padding": (3, 1), "dilation": (2, 1)}
POST, PRE = np.array([3, 0, 2, 3, 1]), np.array([8, 1, 0, 2, 8])
KINDS = {
    "dense": (DENSE, 5, 9),
    "one_to_one": (ONE_TO_ONE, 6, 6),
    "sparse": (Sparse(4, 9, POST, PRE), 4, 9),
    "local": (LocalFields(GRID, 3, (3, 2), **WAYS), None, 168),
    "conv2d": (Conv2d(GRID, 6, (3, 2), **WAYS, groups=2), None, 168),
    "sum_pool": (SumPool2d(GRID, (3, 2), (2, 1), (1, 1)), None, 168),
    "avg_pool": (AvgPool2d(GRID, (2, 2), (2, 2)), None, 168),
}


def made(kind, generator):
    connectivity, target, source = KINDS[kind]
    if target is None:
        target = int(np.prod(connectivity.target_shape))
    synapses = make_synapses(connectivity, target, source, generator).double()
    synapses.weight.copy_(torch.randn(synapses.weight.shape, generator=generator))
    return synapses


def drawn(shape, generator, share=0.4):
    return (torch.rand(shape, generator=generator) < share).double()


@pytest.mark.parametrize("kind", KINDS)
def test_drive_and_change_are_those_of_the_listed_synapses(kind, loops):
    generator = torch.Generator().manual_seed(3)
    synapses = made(kind, generator)
    spikes = drawn((5, 3, synapses.source), generator)
    error = torch.randn(5, 3, synapses.target, generator=generator).double()
    weights = synapses.weight.numpy()
    connectivity = synapses.connectivity
    driven = Connectivity.drive(connectivity, weights, spikes.numpy())
    np.testing.assert_allclose(synapses.drive(spikes).numpy(), driven, rtol=1e-12, atol=1e-12)
    step = synapses.drive(spikes[2]).numpy()
    np.testing.assert_allclose(step, driven[2], rtol=1e-12, atol=1e-12)
    wanted = Connectivity.change(connectivity, weights.shape, error.numpy(), spikes.numpy())
    change = synapses.change(error, spikes)
    assert change.shape == synapses.weight.shape
    np.testing.assert_allclose(change.numpy(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("kind", ["dense", "local", "conv2d"])
def test_events_give_what_their_spikes_give(kind, lasting, loops):
    generator = torch.Generator().manual_seed(6)
    synapses = made(kind, generator)
    spikes = drawn((5, 3, synapses.source), generator, 0.1)
    if lasting:
        spikes = spikes.cummax(0).values
    events = SpikeEvents.of(spikes.bool().numpy(), torch.device("cpu"))
    assert events.lasting == lasting
    error = torch.randn(5, 3, synapses.target, generator=generator).double()
    sized = replace(events, size=1.25)
    torch.testing.assert_close(synapses.drive_events(sized), 1.25 * synapses.drive(spikes))
    change = synapses.change_events(error, sized)
    torch.testing.assert_close(change, 1.25 * synapses.change(error, spikes))
    wanted = Connectivity.change(
        synapses.connectivity, synapses.weight_shape, error.numpy(), spikes.numpy()
    )
    np.testing.assert_allclose(change.numpy() / 1.25, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_fields_of_many_channels_onto_few_neurons(share, monkeypatch):
    """Their input is large enough for compiled sums, and what comes out of it is not."""
    generator = torch.Generator().manual_seed(7)
    synapses = made("local", generator)
    monkeypatch.setattr(dynamics, "COMPILED_FROM", 5 * 3 * synapses.source)
    assert synapses.target < synapses.source
    spikes = drawn((5, 3, synapses.source), generator, share)
    error = torch.randn(5, 3, synapses.target, generator=generator).double()
    weights = synapses.weight.numpy()
    wanted = Connectivity.drive(synapses.connectivity, weights, spikes.numpy())
    np.testing.assert_allclose(synapses.drive(spikes).numpy(), wanted, rtol=1e-12, atol=1e-12)
    wanted = Connectivity.change(
        synapses.connectivity, weights.shape, error.numpy(), spikes.numpy()
    )
    change = synapses.change(error, spikes)
    np.testing.assert_allclose(change.numpy(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_also_runs_from_its_list(kind, monkeypatch):
    generator = torch.Generator().manual_seed(4)
    own = made(kind, generator)
    listed = ListedSynapses(own.connectivity, own.target, own.source, generator).double()
    listed.weight.copy_(own.weight)
    monkeypatch.setattr("spikeff.nn.synapses.listed.PRODUCTS", 2 * len(listed.post))
    spikes = drawn((4, 3, own.source), generator)
    error = torch.randn(4, 3, own.target, generator=generator).double()
    torch.testing.assert_close(listed.drive(spikes), own.drive(spikes))
    torch.testing.assert_close(listed.change(error, spikes), own.change(error, spikes))


@pytest.mark.parametrize("kind", KINDS)
def test_a_delay_shifts_drive_and_change(kind):
    generator = torch.Generator().manual_seed(5)
    own = made(kind, generator)
    spikes = drawn((5, 2, own.source), generator)
    error = torch.randn(5, 2, own.target, generator=generator).double()
    for delay in (0, 1, 4, 5, 9):
        arrival = Arrival(Projection("a", "b", own.connectivity, delay), own)
        late = torch.zeros_like(spikes)
        late[delay:] = spikes[: max(0, 5 - delay)]
        torch.testing.assert_close(arrival.drive(spikes), own.drive(late))
        torch.testing.assert_close(arrival.changes(error, spikes)[0], own.change(error, late))
        for step in range(5):
            driven = arrival.drive_at(step, spikes)
            if step < delay:
                assert driven is None
            else:
                torch.testing.assert_close(driven, own.drive(late)[step])


def test_initial_weights_drive_alike_whatever_the_fan_in():
    generator = torch.Generator().manual_seed(0)
    for kind in ("dense", "sparse", "local", "conv2d"):
        connectivity, target, source = KINDS[kind]
        target = target or int(np.prod(connectivity.target_shape))
        weight = make_synapses(connectivity, target, source, generator).weight
        fan_in = connectivity.count(tuple(weight.shape)) / target
        assert 0.4 < weight.std() * fan_in**0.5 < 1.8
    average = make_synapses(KINDS["avg_pool"][0], 36, 168, generator).weight
    assert average.tolist() == [0.25]


def test_dense_weights_of_an_input_lie_together():
    weight = DenseSynapses(DENSE, 5, 9, torch.Generator()).weight
    assert weight.stride() == (1, 5)


def test_a_kind_from_outside_needs_no_torch(monkeypatch):
    monkeypatch.setattr("spikeff.ir.connectivity.registry.CONNECTIVITIES", dict(CONNECTIVITIES))

    @register_connectivity
    @dataclass(frozen=True, eq=False)
    class Reversed(type(ONE_TO_ONE)):
        name: ClassVar[str] = "reversed"

        def synapses(self, shape):
            listed = super().synapses(shape)
            return type(listed)(listed.post, listed.pre[::-1].copy(), listed.weight)

    synapses = make_synapses(Reversed(), 4, 4, torch.Generator())
    assert isinstance(synapses, ListedSynapses)
    synapses.weight.copy_(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert synapses.drive(torch.tensor([[1.0, 0.0, 0.0, 1.0]])).tolist() == [[1.0, 0.0, 0.0, 4.0]]
    monkeypatch.setattr("spikeff.nn.synapses.registry.SYNAPSES", dict(SYNAPSES))
    register_synapses("reversed", ListedSynapses)
    with pytest.raises(ConfigError, match="'reversed' are registered already"):
        register_synapses("reversed", ListedSynapses)
    with pytest.raises(UnknownNameError, match="'gaussian' is unknown"):
        register_synapses("gaussian", ListedSynapses)


def test_what_does_not_fit_is_named():
    generator = torch.Generator()
    with pytest.raises(DescriptionError, match="projection a->b: one_to_one connects"):
        Projection("a", "b", ONE_TO_ONE).synapses(4, 5, generator)
    with pytest.raises(DescriptionError, match=r"weights of shape \(5, 4\).*needs \(4, 5\)"):
        Projection("a", "b", weights=np.ones((5, 4))).synapses(4, 5, generator)
    with pytest.raises(DescriptionError, match="projection a->b: delay = -1"):
        Projection("a", "b", delay=-1)


def test_few_spikes_of_many_are_summed_as_events(monkeypatch):
    monkeypatch.setattr(dynamics, "COMPILED_FROM", 0)
    synapses = DenseSynapses(DENSE, 5, 9, torch.Generator().manual_seed(1))
    spikes = drawn((5, 3, 9), torch.Generator().manual_seed(2), share=0.1).float()
    torch.testing.assert_close(synapses.drive(spikes), spikes @ synapses.weight.t())
