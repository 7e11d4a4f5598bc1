"""Every kind of connectivity against torch, against its own list of synapses, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch.nn import functional

from spikeff.errors import ConfigError, DescriptionError, UnknownNameError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import (
    CONNECTIVITIES,
    DENSE,
    ONE_TO_ONE,
    AvgPool2d,
    Connection,
    Connectivity,
    Conv2d,
    Dense,
    LocalFields,
    Sparse,
    SumPool2d,
    SynapseList,
    get_connectivity,
    register_connectivity,
)
from tests.networks.connectivities import KINDS, conv2d, local_fields, shape_of, sparse, weights_of

SEEDS = range(12)
LEADING = (3, 2)


def spikes_for(rng: np.random.Generator, kind: Connectivity, shape: tuple[int, ...]) -> Array:
    return rng.random((*LEADING, kind.ends(shape)[1])) < 0.4


def by_the_list(kind: Connectivity, weights: Array) -> Array:
    """The matrix (target, source), one synapse after the other."""
    listed = kind.synapses(weights.shape)
    made = np.zeros(kind.ends(weights.shape))
    for post, pre, place in zip(listed.post, listed.pre, listed.weight, strict=True):
        made[post, pre] += weights.flat[place]
    return made


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KINDS)
def test_all_follows_from_the_list_of_synapses(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind, shape = KINDS[name](rng)
    weights = weights_of(rng, shape)
    matrix, spikes = by_the_list(kind, weights), spikes_for(rng, kind, shape)
    stored, listed = matrix != 0, kind.synapses(shape)
    assert np.allclose(kind.matrix(weights), matrix)
    assert np.allclose(kind.drive(weights, spikes), spikes @ matrix.T)
    assert np.allclose(kind.drive(weights, spikes[0, 0]), matrix @ spikes[0, 0])
    assert kind.count(shape) == len(listed.post) == len({*zip(listed.post, listed.pre)})  # noqa: B905
    assert (np.diff(listed.post) >= 0).all()
    assert kind.fan_out(weights != 0).tolist() == stored.sum(axis=0).tolist()
    assert kind.fan_in(weights != 0).tolist() == stored.sum(axis=1).tolist()
    post, pre, values = kind.stored(weights)
    assert np.array_equal([post, pre], np.nonzero(matrix))
    assert np.array_equal(values, matrix[post, pre])
    integers = np.rint(weights * 5).astype(np.int16)
    assert kind.row_bound(integers) == np.abs(by_the_list(kind, integers)).sum(axis=1).max()
    group = rng.integers(0, 3, len(matrix))
    apart = [stored[group == k].sum(axis=0) for k in range(3)]
    found = np.zeros((3, len(apart[0])))
    source, reached, synapses = kind.axons(weights != 0, group, 3)
    found[reached, source] = synapses
    assert found.tolist() == np.array(apart).tolist()
    assert (synapses > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KINDS)
def test_the_change_is_the_adjoint_of_the_drive(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind, shape = KINDS[name](rng)
    weights, spikes = weights_of(rng, shape), spikes_for(rng, kind, shape)
    error = rng.normal(size=(*LEADING, kind.ends(shape)[0]))
    change = kind.change(shape, error, spikes)
    assert change.shape == shape
    assert np.isclose((error * kind.drive(weights, spikes)).sum(), (change * weights).sum())
    general = Connectivity.change(kind, shape, error, spikes)
    assert np.allclose(change, general)


def in_torch(kind: Conv2d, weights: Array, spikes: Array) -> Array:
    grids = torch.from_numpy(spikes.astype(np.float64).reshape(-1, *kind.source_shape))
    made = functional.conv2d(
        grids,
        torch.from_numpy(weights),
        stride=kind.stride,
        padding=kind.padding,
        dilation=kind.dilation,
        groups=kind.groups,
    )
    assert made.shape[1:] == kind.target_shape
    return made.numpy().reshape(*spikes.shape[:-1], -1)


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_is_that_of_torch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = conv2d(rng)
    weights, spikes = weights_of(rng, shape_of(kind)), spikes_for(rng, kind, shape_of(kind))
    expected = in_torch(kind, weights, spikes)
    assert np.allclose(kind.drive(weights, spikes), expected)
    assert np.allclose(spikes @ by_the_list(kind, weights).T, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_local_fields_with_equal_weights_are_a_convolution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    local = local_fields(rng)
    conv = Conv2d(
        local.source_shape,
        local.out_channels,
        local.kernel,
        local.stride,
        local.padding,
        local.dilation,
    )
    weights = weights_of(rng, shape_of(conv))
    spread = np.broadcast_to(weights[:, np.newaxis, np.newaxis], shape_of(local))
    spikes = spikes_for(rng, conv, weights.shape)
    assert np.allclose(local.drive(spread, spikes), in_torch(conv, weights, spikes))


@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_weights_stand_in_the_order_of_their_ends(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = sparse(rng)
    weights = rng.normal(size=len(kind.post))
    matrix = np.zeros((kind.target_size, kind.source_size))
    matrix[kind.post, kind.pre] = weights
    np.testing.assert_array_equal(kind.matrix(weights), matrix)
    spikes = spikes_for(rng, kind, weights.shape)
    assert np.allclose(kind.drive(weights, spikes), spikes @ matrix.T)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["sum_pool2d", "avg_pool2d"])
def test_pooling_is_that_of_torch(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind, shape = KINDS[name](rng)
    assert isinstance(kind, SumPool2d)
    spikes = rng.random((4, kind.ends(shape)[1])) < 0.4
    grids = torch.from_numpy(spikes.astype(np.float64).reshape(4, *kind.source_shape))
    unfolded = functional.unfold(
        grids.reshape(-1, 1, *kind.source_shape[1:]),
        kind.kernel,
        padding=kind.padding,
        stride=kind.stride,
    )
    pooled = unfolded.sum(1) if name == "sum_pool2d" else unfolded.mean(1)
    assert np.allclose(kind.drive(kind.weights(), spikes), pooled.numpy().reshape(4, -1))
    if name == "avg_pool2d" and all(
        2 * p <= k for p, k in zip(kind.padding, kind.kernel, strict=True)
    ):
        averaged = functional.avg_pool2d(grids, kind.kernel, kind.stride, kind.padding)
        assert np.allclose(pooled.numpy().ravel(), averaged.numpy().ravel())


@pytest.mark.parametrize("name", KINDS)
def test_equal_fields_are_equal_values(name: str) -> None:
    kind, _ = KINDS[name](np.random.default_rng(0))
    again, _ = KINDS[name](np.random.default_rng(0))
    assert kind == again
    assert hash(kind) == hash(again)
    assert get_connectivity(name) is type(kind)
    assert kind != (ONE_TO_ONE if name == "dense" else DENSE)


def test_other_fields_are_other_values() -> None:
    drawn = sparse(np.random.default_rng(0))
    assert drawn != replace(drawn, post=drawn.post[::-1], pre=drawn.pre[::-1])
    conv = Conv2d((1, 5, 5), 2, (3, 3))
    assert conv != replace(conv, stride=(2, 2))
    assert SumPool2d((1, 4, 4), (2, 2), (2, 2)) != AvgPool2d((1, 4, 4), (2, 2), (2, 2))


CONV = {"source_shape": (2, 8, 8), "out_channels": 4, "kernel": (3, 3)}
Refusal = tuple[Callable[[], object], str]
REFUSED: dict[str, Refusal] = {
    "no patch fits": (lambda: Conv2d((1, 4, 4), 1, (5, 1)), "a patch must fit"),
    "padding of a whole patch": (
        lambda: Conv2d((1, 4, 4), 1, (2, 2), padding=(2, 0)),
        "padding be smaller",
    ),
    "stride 0": (lambda: Conv2d(**CONV, stride=(0, 1)), r"stride = \(0, 1\)"),
    "negative padding": (lambda: Conv2d(**CONV, padding=(0, -1)), r"padding = \(0, -1\)"),
    "half a row": (lambda: Conv2d((1, 4.5, 4), 1, (1, 1)), "source_shape"),  # type: ignore[arg-type]
    "one number for two": (lambda: LocalFields((1, 4, 4), 1, 3), "kernel = 3"),  # type: ignore[arg-type]
    "true for one": (lambda: Conv2d((True, 4, 4), 1, (1, 1)), "source_shape"),
    "no channel": (lambda: Conv2d((2, 8, 8), 0, (3, 3)), "out_channels"),
    "groups of other channels": (lambda: Conv2d(**CONV, groups=3), "must divide"),
    "groups of other outputs": (lambda: Conv2d((4, 8, 8), 3, (3, 3), groups=2), "must divide"),
    "no group": (lambda: Conv2d(**CONV, groups=0), "groups"),
    "a huge grid": (lambda: SumPool2d((2**20, 2**20, 1), (1, 1), (1, 1)), "neurons; at most"),
    "huge padding": (
        lambda: Conv2d((1, 1, 1), 1, (2, 1), (2**40, 1), (2**40, 0), (2**40, 1)),
        "neurons; at most",
    ),
    "a huge number of targets": (lambda: Conv2d((1, 1, 1), 2**60, (1, 1)), "neurons; at most"),
    "a huge number of synapses": (
        lambda: Conv2d((2**12, 1, 1), 2**20, (1, 1)),
        "synapses; at most",
    ),
    "huge fields": (lambda: LocalFields((1, 2**11, 2**11), 1, (2**10, 2**10)), "synapses; at"),
    "huge pools": (lambda: SumPool2d((1, 2**11, 2**11), (2**10, 2**10), (1, 1)), "synapses; at"),
    "a huge sparse": (lambda: Sparse(2**60, 1, np.zeros(0), np.zeros(0)), "neurons; at most"),
    "no target": (lambda: Sparse(2, 2, np.array([2]), np.array([0])), "post from 2 to 2"),
    "before the first": (lambda: Sparse(2, 2, np.array([0]), np.array([-1])), "pre from -1"),
    "of no neurons": (lambda: Sparse(0, 2, np.zeros(0), np.zeros(0)), "among 0 neurons"),
    "an end too few": (lambda: Sparse(2, 2, np.array([0, 1]), np.array([0])), "2 targets for 1"),
    "half an index": (lambda: Sparse(2, 2, np.array([0.5]), np.array([0])), "whole numbers"),
    "joined twice": (lambda: Sparse(2, 2, np.array([0, 0]), np.array([1, 1])), "joined already"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_name(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(DescriptionError, match=message):
        make()


@pytest.mark.parametrize("name", KINDS)
def test_weights_of_another_shape_are_refused(name: str) -> None:
    kind, shape = KINDS[name](np.random.default_rng(3))
    with pytest.raises(DescriptionError, match=f"connection a->b: weights of shape .* in {name}"):
        Connection("a", "b", kind, np.ones((2, *shape)))
    target, source = kind.ends(shape)
    assert kind.weight_shape(target, source) == shape
    if name != "dense":
        with pytest.raises(DescriptionError, match=name):
            kind.weight_shape(target + 1, source)


def test_a_name_is_no_connectivity() -> None:
    with pytest.raises(DescriptionError, match="such as DENSE"):
        Connection("a", "b", "dense", np.ones((2, 2)))  # type: ignore[arg-type]


def test_a_kind_of_ones_own_joins_by_its_name() -> None:
    @dataclass(frozen=True, eq=False)
    class Mirrored(Dense):
        name: ClassVar[str] = "mirrored"

        def synapses(self, shape: tuple[int, ...]) -> SynapseList:
            return super().synapses(shape)

    try:
        assert register_connectivity(Mirrored) is Mirrored
        assert get_connectivity("mirrored") is Mirrored
        with pytest.raises(ConfigError, match="registered already"):
            register_connectivity(Mirrored)
    finally:
        del CONNECTIVITIES["mirrored"]
    with pytest.raises(UnknownNameError, match="avg_pool2d, conv2d, dense, local_fields, one_to_"):
        get_connectivity("mirrored")
