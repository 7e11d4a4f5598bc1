"""Every kind of connectivity in NIR: nodes that compute the same, grids, and the way back."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import torch
from torch.nn import functional

from lava_export.nir.export import description_graph, integer_graph
from lava_export.nir.file import read_nir, write_nir
from lava_export.nir.importer import import_description
from lava_export.nir.integers import import_integers
from lava_export.quantize.quantize import quantize
from spikeff.ir.arrays import Array
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.ir.connectivity import (
    DENSE,
    ONE_TO_ONE,
    AvgPool2d,
    Connection,
    Connectivity,
    Conv2d,
    SumPool2d,
)
from spikeff.ir.network import INPUT, NetworkDescription, Population
from spikeff.references import norse as norse_reference
from tests.networks import DT, random_description, random_inputs
from tests.networks.connectivities import KINDS, fitting, shape_of
from tests.networks.nir_chains import chain

IMAGE = Conv2d((1, 6, 5), 4, (3, 2), (1, 2), (1, 0), groups=1)
GROUPED = Conv2d(IMAGE.target_shape, 2, (2, 2), dilation=(2, 1), groups=2)
POOLED = SumPool2d(GROUPED.target_shape, (2, 1), (2, 1), (1, 0))
AVERAGED = AvgPool2d(POOLED.target_shape, (1, 1), (1, 1))


def population(name: str, size: int, depth: int) -> Population:
    return Population(name, size, depth, math.inf, 4 * DT, 0.5, np.zeros(size), 1)


def grids() -> NetworkDescription:
    """Grid to grid with a loop, then a row of neurons."""
    rng = np.random.default_rng(0)
    chain = [IMAGE, GROUPED, POOLED, AVERAGED]
    names = [INPUT, "a", "b", "c", "d"]
    sizes = [math.prod(kind.target_shape) for kind in chain]
    weights = [
        k.weights() if isinstance(k, SumPool2d) else rng.normal(0.3, 1, shape_of(k)) for k in chain
    ]
    weights[3] = np.array([0.7])
    links = [
        Connection(*ends, kind, w)
        for *ends, kind, w in zip(names[:-1], names[1:], chain, weights, strict=True)
    ]
    brake = Connection("a", "a", ONE_TO_ONE, -rng.random(sizes[0]), delay=1)
    last = Connection("d", "e", DENSE, rng.normal(0, 1, (3, sizes[3])), delay=2)
    base = random_description(rng, (3,))
    return replace(
        base,
        input=replace(base.input, pixels=30),
        labels=None,
        populations=tuple(
            population(n, s, k) for k, (n, s) in enumerate(zip("abcde", [*sizes, 3], strict=True))
        ),
        connections=(*links, brake, last),
        readout=replace(base.readout, kind=CLASS_COLUMNS, populations=("e",)),
    )


def given_by(node: Any, spikes: Array) -> Array:
    """What a node gives, by torch and by its own fields."""
    x = torch.from_numpy(spikes.astype(np.float64))
    if isinstance(node, nir.Conv2d):
        settings = node.stride, node.padding, node.dilation, node.groups
        return functional.conv2d(x, torch.tensor(node.weight), None, *settings).numpy()
    if isinstance(node, nir.Scale):
        return np.asarray(spikes * node.scale)
    pad = tuple(int(p) for p in node.padding)
    kernel, stride = [tuple(int(n) for n in f) for f in (node.kernel_size, node.stride)]
    mean = functional.avg_pool2d(x, kernel, stride, pad).numpy()
    return np.asarray(mean * (math.prod(kernel) if isinstance(node, nir.SumPool2d) else 1.0))


def test_grids_keep_their_nodes_and_these_compute_the_same() -> None:
    description = grids()
    graph, grades = description_graph(description)
    assert not [g for g in grades if "connectivity" in g.item]
    kinds = [type(graph.nodes[f"synapses_{k}"]) for k in range(6)]
    expected = [nir.Conv2d, nir.Conv2d, nir.SumPool2d, nir.AvgPool2d, nir.Scale, nir.Linear]
    assert kinds == expected
    assert [c for c in ("flatten_5", "delay_5", "delay_4", "gain_3") if c not in graph.nodes] == []
    assert "gain_2" not in graph.nodes
    assert graph.nodes["a"].v_threshold.shape == IMAGE.target_shape
    rng = np.random.default_rng(1)
    for index, c in enumerate(description.connections[:4]):
        grid = c.connectivity.source_shape  # type: ignore[attr-defined]
        spikes = rng.random((3, *grid)) < 0.4
        node = graph.nodes[f"synapses_{index}"]
        found = given_by(node, spikes)
        found = given_by(graph.nodes["gain_3"], found) if index == 3 else found
        assert found.shape[1:] == tuple(node.output_type["output"])
        drive = c.connectivity.drive(c.weights, spikes.reshape(3, -1))
        assert np.allclose(found.reshape(3, -1), drive)


def test_grids_come_back_as_the_same_integers(tmp_path: Path) -> None:
    network = quantize(grids())
    path = tmp_path / "grids.nir"
    write_nir(path, integer_graph(network)[0])
    back = import_integers(read_nir(path))
    for ours, theirs in zip(network.connections, back.connections, strict=True):
        assert ours.connectivity == theirs.connectivity
        assert np.array_equal(ours.weights, theirs.weights)


def in_a_row(kind: Connectivity, shape: tuple[int, ...]) -> NetworkDescription:
    """The kind between two populations, and beside it a list of synapses two steps late."""
    rng = np.random.default_rng(5)
    target, source = kind.ends(shape)
    chain = random_description(rng, (source, target))
    ahead = Connection("layer0", "layer1", kind, np.abs(rng.normal(0.2, 1, shape)))
    listed = fitting(rng, "sparse", target, source)
    weights = rng.normal(0, 0.3, listed.weight_shape(target, source))
    late = Connection("layer0", "layer1", listed, weights, delay=2)
    return replace(chain, connections=(chain.connections[0], ahead, late))


@pytest.mark.parametrize("name", KINDS)
def test_neurons_in_a_row_hear_a_matrix_that_says_the_same(name: str, tmp_path: Path) -> None:
    kind, shape = KINDS[name](np.random.default_rng(2))
    description = in_a_row(kind, shape)
    graph, grades = description_graph(description)
    path = tmp_path / "row.nir"
    write_nir(path, graph)
    back = import_description(read_nir(path)).description
    inputs = random_inputs(np.random.default_rng(3), description.steps, 5)
    ours = norse_reference.run(description, inputs).spikes
    theirs = norse_reference.run(back, inputs).spikes
    for population, spikes in ours.items():
        assert spikes.any()
        np.testing.assert_array_equal(spikes, theirs[population])
    told = next(g.item for g in grades if g.item.startswith("connectivity"))
    assert (name in told) == (name not in ("dense", "one_to_one"))
    integers = quantize(description)
    write_nir(path, integer_graph(integers)[0])
    for made, found in zip(
        integers.connections, import_integers(read_nir(path)).connections, strict=True
    ):
        assert made.connectivity == found.connectivity
        assert np.array_equal(made.weights, found.weights)


def same_response(description: NetworkDescription, path: Path) -> NetworkDescription:
    """The description through a file: every population spikes as before."""
    write_nir(path, description_graph(description)[0])
    back = import_description(read_nir(path)).description
    inputs = np.random.default_rng(3).random((description.steps, 4, description.input_size)) < 0.4
    ours = norse_reference.run(description, inputs).spikes
    theirs = norse_reference.run(back, inputs).spikes
    assert ours.keys() == theirs.keys()
    for population, spikes in ours.items():
        assert spikes.any()
        np.testing.assert_array_equal(spikes, theirs[population])
    return back


def test_grids_come_back_as_the_same_description(tmp_path: Path) -> None:
    description = grids()
    back = same_response(description, tmp_path / "grids.nir")
    kinds = {(c.source, c.target, c.delay): c.connectivity for c in description.connections}
    assert {(c.source, c.target, c.delay): c.connectivity for c in back.connections} == kinds


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_what_was_imported_goes_out_and_comes_back(reset: str, tmp_path: Path) -> None:
    """Convolution, pooling, biases behind currents, resets by subtraction, time constants."""
    taus = np.array([4.0, 9, 4, 9]) * DT
    one = np.ones((2, 3, 3))
    graph = chain(
        (1, 6, 6),
        nir.Conv2d((6, 6), np.full((2, 1, 3, 3), 0.3), 1, 1, 1, 1, np.array([0.1, -0.2])),
        nir.LIF(tau=5 * DT * np.ones((2, 6, 6)), **leaky(np.ones((2, 6, 6)))),
        nir.AvgPool2d(*(np.array([n, n]) for n in (2, 2, 0))),
        nir.CubaLIF(tau_syn=2 * DT * one, tau_mem=4 * DT * one, w_in=3 * one, **leaky(one)),
        nir.Flatten({"input": np.array([2, 3, 3])}, 0, -1),
        nir.Affine(np.random.default_rng(0).normal(0.3, 0.4, (4, 18)), np.full(4, 0.2)),
        nir.LIF(tau=taus, **leaky(np.ones(4))),
    )
    description = import_description(graph, DT, 12, reset=reset).description
    same_response(description, tmp_path / "again.nir")
    network = quantize(description)
    write_nir(tmp_path / "integers.nir", integer_graph(network)[0])
    back = import_integers(read_nir(tmp_path / "integers.nir"))
    for made, found in zip(network.connections, back.connections, strict=True):
        assert (made.connectivity, made.role) == (found.connectivity, found.role)
        np.testing.assert_array_equal(made.weights, found.weights)


def leaky(one: Array) -> dict[str, Array]:
    return {"r": 4 * one, "v_leak": 0 * one, "v_threshold": one, "v_reset": 0 * one}
