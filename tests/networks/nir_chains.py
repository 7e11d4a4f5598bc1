"""Chains of NIR nodes, and what they must respond: NIR's own equations in every simulator."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir
import numpy as np

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct
from lava_export.nir.importer import Imported, import_description
from lava_export.quantize.quantize import quantize
from spikeff.ir.arrays import Array
from spikeff.ir.trace import compare_traces
from spikeff.references import floats
from spikeff.references import norse as norse_reference
from tests.networks.nir_euler import Euler

DT = 1e-3
STEPS = 30
RNG = np.random.default_rng


def chain(inputs: Any, *nodes: Any, outputs: Any = None) -> nir.NIRGraph:
    """Input, the nodes one behind the other, Output."""
    named = {f"n{k}": node for k, node in enumerate(nodes)}
    ends = {"input": nir.Input(np.atleast_1d(inputs))}
    size = np.shape(getattr(nodes[-1], "v_threshold", getattr(nodes[-1], "threshold", 0)))
    last = {"output": nir.Output(np.array(outputs if outputs is not None else size))}
    nodes_ = ends | named | last
    return nir.NIRGraph(nodes_, list(pairwise(nodes_)), metadata={}, type_check=False)


def spiking(shape: Any, **changes: Any) -> nir.LIF:
    one = np.ones(shape)
    fields = {"tau": 6 * DT * one, "r": 6 * one, "v_leak": 0 * one, "v_threshold": one}
    return nir.LIF(**(fields | {"v_reset": 0 * one} | changes))


def integrate(shape: Any) -> nir.IF:
    one = np.ones(shape)
    return nir.IF(r=one / DT, v_threshold=one, v_reset=0 * one)


def cuba(shape: Any, **changes: Any) -> nir.CubaLIF:
    one = np.ones(shape)
    fields = {"tau_syn": 2 * DT * one, "tau_mem": 5 * DT * one, "r": 5 * one, "w_in": 2 * one}
    fields |= {"v_leak": 0 * one, "v_threshold": one, "v_reset": 0 * one}
    return nir.CubaLIF(**(fields | changes))


def drive(shape: Any, seed: int = 0, rate: float = 0.35) -> Array:
    return RNG(seed).random((STEPS, *np.atleast_1d(shape))) < rate


def require_equations(graph: nir.NIRGraph, inputs: Array, **options: Any) -> Imported:
    """The population that answers spikes as by NIR's equations, in NumPy and in Norse."""
    read = import_description(graph, DT, STEPS, **options)
    subtract = options.get("reset") == "subtract"
    last = list(graph.nodes)[-2]
    wanted = Euler(graph, DT, inputs, set(), subtract).spikes(last).reshape(STEPS, -1)
    assert 5 < wanted.sum() < 0.95 * wanted.size
    flat = inputs.reshape(STEPS, 1, -1)
    answering = read.description.readout.populations[0]
    for simulator in (floats, norse_reference):
        ours = simulator.run(read.description, flat).spikes[answering]
        np.testing.assert_array_equal(ours[:, 0], wanted)
    return read


def on_chip(read: Imported, inputs: Array) -> None:
    """Emulator and Lava agree in u, v and spikes."""
    made = quantize(read.description)
    few = np.stack([inputs.reshape(STEPS, -1), inputs[::-1].reshape(STEPS, -1)], axis=1)
    ours = emulator.run(made, few, record_states=True).trace
    lava = direct.run_integer(made, few).trace
    assert compare_traces(ours, lava).equal
    assert sum(int(z.sum()) for z in ours.spikes.values()) > 20


def pool(kind: Any, kernel: int, stride: int, padding: int = 0) -> Any:
    return kind(*(np.array([n, n]) for n in (kernel, stride, padding)))


def shape_behind(shape: tuple[int, ...], nodes: list[Any]) -> tuple[int, ...]:
    """By running the chain once."""
    made = chain(shape, *nodes, spiking(1))
    return np.shape(
        Euler(made, DT, np.ones((1, *shape)), set()).state(f"n{len(nodes) - 1}", 0)["y"]
    )
