"""Graphs that are given intensities in place of spikes, against their equations step by step."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct
from lava_export.integers.network import IntegerNetwork
from lava_export.mapping.capacity import chip_capacity
from lava_export.nir.currents import with_currents
from lava_export.nir.file import write_nir
from lava_export.nir.importer import import_description
from lava_export.quantize.quantize import quantize
from spikeff.data.spike_trains import load_spike_file
from spikeff.errors import DescriptionError, LimitError, UnknownNameError
from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import compare_traces
from spikeff.pipeline.compile.nir import from_nir
from spikeff.pipeline.presentations import presentations
from spikeff.references import floats

DT, STEPS, SAMPLES, SIDE = 1e-4, 8, 12, 6
BETA = 0.9


def lif(*shape: int) -> Any:
    tau = np.full(shape, DT / (1 - BETA))
    zero = np.zeros(shape)
    return nir.LIF(tau=tau, r=tau / DT, v_leak=zero, v_threshold=zero + 1, v_reset=zero)


def chain(*nodes: Any) -> Any:
    names = ["input", *(f"n{k}" for k in range(len(nodes) - 2)), "output"]
    named = dict(zip(names, nodes, strict=True))
    edges = list(pairwise(names))
    return nir.NIRGraph(named, edges, type_check=False)


def graph(convolved: bool) -> Any:
    """Two layers, the first one dense or convolutional."""
    rng, pixels = np.random.default_rng(0), SIDE * SIDE
    if convolved:
        kernels = rng.normal(0.05, 0.2, (3, 1, 3, 3))
        first = nir.Conv2d((SIDE, SIDE), kernels, 1, 0, 1, 1, rng.normal(0, 0.1, 3))
        hidden, start = (3, 4, 4), nir.Input(np.array([1, SIDE, SIDE]))
    else:
        first = nir.Affine(rng.normal(0.02, 0.1, (48, pixels)), rng.normal(0, 0.1, 48))
        hidden, start = (48,), nir.Input(np.array([pixels]))
    last = nir.Linear(rng.normal(0.05, 0.3, (4, 48)))
    flat = [nir.Flatten({"input": np.array(hidden)}, 0, -1)] if convolved else []
    return chain(start, first, lif(*hidden), *flat, last, lif(4), nir.Output(np.array([4])))


def images() -> Array:
    return np.random.default_rng(1).integers(0, 256, (SAMPLES, SIDE, SIDE), np.uint8)


def opened(convolved: bool, way: str | None = None, bits: int | None = None) -> NetworkDescription:
    read = import_description(
        graph(convolved),
        DT,
        STEPS,
        reset="zero",
        given="currents",
        currents_as=way,
        input_bits=bits,
    )
    assert ("input", "exact") in [(g.item, g.grade) for g in read.grades]
    return read.description


def inputs(network: NetworkDescription, folder: Path) -> Array:
    np.savez(folder / "images.npz", images=images(), labels=np.arange(SAMPLES) % 4)
    split = load_spike_file(folder / "images.npz", 4)
    return presentations(split, network.input, network.labels, network.steps)


def drive_of(convolved: bool, bits: int = 8) -> Array:
    """What the first layer is given in every step, (samples, 48)."""
    levels = 2**bits - 1
    x, node = np.rint(images() / 255 * levels) / levels, graph(convolved).nodes["n0"]
    if not convolved:
        return x.reshape(SAMPLES, -1) @ node.weight.T + node.bias
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    made = np.einsum("nyxij,oij->noyx", windows, node.weight[:, 0])
    return (made + node.bias[:, None, None]).reshape(SAMPLES, -1)


def in_the_equations(convolved: bool, bits: int = 8) -> list[Array]:
    """Spikes of both layers, (steps, samples, neurons)."""
    drive, v, w = drive_of(convolved, bits), np.zeros((SAMPLES, 48)), np.zeros((SAMPLES, 4))
    weight = next(n.weight for n in graph(convolved).nodes.values() if isinstance(n, nir.Linear))
    hidden, last = [], []
    for _ in range(STEPS):
        v = BETA * v + drive
        hidden.append(v > 1)
        v = np.where(hidden[-1], 0, v)
        w = BETA * w + hidden[-1] @ weight.T
        last.append(w > 1)
        w = np.where(last[-1], 0, w)
    return [np.array(hidden), np.array(last)]


@pytest.mark.parametrize("bits", [8, 5, 1])
@pytest.mark.parametrize("way", [None, "planes", "bias"])
@pytest.mark.parametrize("convolved", [False, True])
def test_every_spike_is_that_of_the_equations(
    convolved: bool, way: str | None, bits: int, tmp_path: Path
) -> None:
    network = opened(convolved, way, bits)
    assert network.input.pixels == bits * SIDE * SIDE
    found = floats.run(network, inputs(network, tmp_path)).spikes
    for ours, theirs in zip(found.values(), in_the_equations(convolved, bits), strict=True):
        assert 20 < theirs.sum() < theirs.size / 2
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("convolved", [False, True])
def test_written_biases_are_near_and_lava_runs_the_same(convolved: bool, tmp_path: Path) -> None:
    network = opened(convolved, "bias")
    integers, given = quantize(network), inputs(network, tmp_path)
    first = network.populations[0].name
    assert [h.target for h in integers.host] == [first]
    assert not integers.incoming(first)
    ours = emulator.run(integers, given, record_states=True)
    assert compare_traces(ours.trace, direct.run_integer(integers, given).trace).equal
    rounded = ours.trace.window(STEPS).spikes[first]
    assert (rounded != in_the_equations(convolved)[0]).mean() < 0.005


def test_a_layer_that_outgrows_a_core_fits_by_biases_or_fewer_bits() -> None:
    pixels = 1100
    rng = np.random.default_rng(0)
    wide = chain(
        nir.Input(np.array([pixels])),
        nir.Linear(rng.normal(0.02, 0.1, (20, pixels))),
        lif(20),
        nir.Output(np.array([20])),
    )

    def network(way: str, bits: int) -> IntegerNetwork:
        return quantize(
            import_description(
                wide, DT, STEPS, given="currents", currents_as=way, input_bits=bits
            ).description
        )

    with pytest.raises(LimitError, match="input axons"):
        chip_capacity(network("planes", 5))
    assert chip_capacity(network("planes", 3))[0].input_axons == 3 * pixels
    by_bias = chip_capacity(network("bias", 8))
    assert [(part.cores, part.input_axons, part.synapse_bits) for part in by_bias] == [(1, 0, 0)]


@pytest.mark.parametrize(
    ("reset", "current", "message"),
    [("subtract", 1.0, "subtracts"), ("zero", 2.0, "current that lasts")],
)
def test_what_a_bias_cannot_drive_is_refused(reset: str, current: float, message: str) -> None:
    made = graph(convolved=False)
    node = made.nodes["n1"]
    made.nodes["n1"] = nir.CubaLIF(
        tau_syn=np.full(48, current * DT),
        tau_mem=node.tau,
        r=node.r,
        v_leak=node.v_leak,
        v_threshold=node.v_threshold,
        v_reset=node.v_reset,
    )
    with pytest.raises(DescriptionError, match=message):
        import_description(made, DT, STEPS, reset=reset, given="currents", currents_as="bias")
    read = import_description(made, DT, STEPS, reset=reset, given="currents")
    assert read.description.input.encoder == "bit_planes"


def test_a_late_input_is_no_bias() -> None:
    made = graph(convolved=False)
    late = nir.Delay(np.full(SIDE * SIDE, 2 * DT))
    nodes = {"input": made.nodes["input"], "late": late, **made.nodes}
    edges = [("input", "late"), ("late", "n0"), *[e for e in made.edges if e[0] != "input"]]
    with pytest.raises(DescriptionError, match="2 steps late"):
        import_description(
            nir.NIRGraph(nodes, edges, type_check=False),
            DT,
            STEPS,
            given="currents",
            currents_as="bias",
        )


@pytest.mark.parametrize("convolved", [False, True])
def test_integers_are_near_and_lava_runs_the_same(convolved: bool, tmp_path: Path) -> None:
    network = opened(convolved)
    integers, given = quantize(network), inputs(network, tmp_path)
    ours = emulator.run(integers, given, record_states=True)
    assert compare_traces(ours.trace, direct.run_integer(integers, given).trace).equal
    first = network.populations[0].name
    rounded = ours.trace.window(STEPS).spikes[first]
    wrong = (rounded != in_the_equations(convolved)[0]).mean()
    assert wrong < 0.02
    coarse = quantize(network, bits=3)
    rough = emulator.run(coarse, given).trace.window(STEPS).spikes[first]
    assert (rough != in_the_equations(convolved)[0]).mean() > wrong


@pytest.mark.parametrize("way", ["planes", "bias"])
def test_the_command_reads_images(way: str, tmp_path: Path) -> None:
    write_nir(tmp_path / "net.nir", graph(convolved=False))
    last = in_the_equations(convolved=False)[-1]
    inputs(opened(convolved=False), tmp_path)
    np.savez(tmp_path / "theirs.npz", spikes=np.moveaxis(last, 0, 1))
    result = from_nir(
        tmp_path / "net.nir",
        tmp_path / "out.net",
        dt=DT,
        steps=STEPS,
        reset="zero",
        given="currents",
        currents_as=way,
        spikes=tmp_path / "images.npz",
        expected=tmp_path / "theirs.npz",
    )
    assert result.original is not None
    assert result.original.pair.equal
    assert result.original.pair.spikes == last.sum()


def test_odd_requests_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="spikes"):
        import_description(graph(convolved=False), DT, STEPS, given="analog")
    with pytest.raises(UnknownNameError, match="bias"):
        import_description(
            graph(convolved=False), DT, STEPS, given="currents", currents_as="analog"
        )
    for more in ({"currents_as": "bias"}, {"input_bits": 4}, {"given": "spikes", "input_bits": 4}):
        with pytest.raises(DescriptionError, match="--input currents"):
            import_description(graph(convolved=False), DT, STEPS, **more)
    for bits in (0, 9):
        with pytest.raises(DescriptionError, match="input bits"):
            opened(convolved=False, bits=bits)
    with pytest.raises(DescriptionError, match="'bit_planes'"):
        with_currents(opened(convolved=False))
