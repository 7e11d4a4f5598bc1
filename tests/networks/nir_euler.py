"""What a NIR graph responds, straight from NIR's equations: the value of a node at a step.

Explicit Euler, the current first, then the membrane with the new current, then threshold and reset.
No order of evaluation is chosen: a value asks for the values that it is made of.
"""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from spikeff.ir.arrays import Array

LEAK_OF_IF = 2.0**-16  # the grade says so


class Euler:
    """One sample of a graph.

    Args:
        inputs: Spikes (steps, channels).
        feedback: Edges whose target hears what the source gave one step before.
        settle: Steps before the sample in which no neuron fires while constants spread.
    """

    def __init__(
        self, graph: nir.NIRGraph, dt: float, inputs: Array, feedback: set[Any], settle: int = 0
    ) -> None:
        self.nodes, self.edges = opened(graph)
        self.dt, self.inputs, self.feedback, self.settle = dt, inputs, feedback, settle
        self.known: dict[tuple[str, int], Any] = {}
        for step in range(-settle, len(inputs)):
            for name in self.nodes:
                self.state(name, step)

    def spikes(self, name: str) -> Array:
        """Of a population, bool (steps, neurons)."""
        return np.array([self.given(name, t) for t in range(len(self.inputs))]) > 0

    def state(self, name: str, step: int) -> dict[str, Any]:
        """What the node ``name`` holds and gives after ``step``."""
        if (name, step) not in self.known:
            self.known[name, step] = self.advance(name, step)
        return self.known[name, step]

    def given(self, name: str, step: int) -> Any:
        return 0.0 if step < -self.settle else self.state(name, step)["y"]

    def arriving(self, name: str, step: int) -> Any:
        """What all sources of a node give it together."""
        return sum(
            self.given(a, step - ((a, b) in self.feedback)) for a, b in self.edges if b == name
        )

    def advance(self, name: str, t: int) -> dict[str, Any]:
        node, dt = self.nodes[name], self.dt
        if isinstance(node, nir.Input):
            silent = np.zeros(self.inputs.shape[1:])
            return {"y": silent if t < 0 else self.inputs[t].astype(float)}
        if isinstance(node, nir.Delay):
            wait = round(float(np.ravel(node.delay)[0]) / dt)
            return {"y": self.arriving(name, t - wait) if t - wait >= -self.settle else 0.0}
        x = self.arriving(name, t)
        if isinstance(node, nir.Linear):
            return {"y": node.weight @ x if np.ndim(x) else np.zeros(len(node.weight))}
        if isinstance(node, nir.Affine):
            return {"y": (node.weight @ x if np.ndim(x) else 0.0) + node.bias}
        if isinstance(node, nir.Scale):
            return {"y": node.scale * x}
        if isinstance(node, nir.Flatten | nir.Output):
            return {"y": x}
        before = self.state(name, t - 1) if t > -self.settle else {"i": 0.0, "v": 0.0}
        return self.neuron(node, before["i"], before["v"], x, t)

    def neuron(self, node: Any, i: Any, v: Any, x: Any, t: int) -> dict[str, Any]:
        dt = self.dt
        if isinstance(node, nir.LI):
            i = i + dt / node.tau * (node.v_leak - i + node.r * x)
            return {"y": i, "i": i, "v": v}
        if isinstance(node, nir.I):
            i = i + dt * node.r * x
            return {"y": i, "i": i, "v": v}
        if isinstance(node, nir.CubaLIF):
            i = i + dt / node.tau_syn * (node.w_in * x - i)
            v = v + dt / node.tau_mem * (node.v_leak - v + node.r * i)
        elif isinstance(node, nir.LIF):
            v = v + dt / node.tau * (node.v_leak - v + node.r * x)
        else:
            v = v * (1 - LEAK_OF_IF) + dt * node.r * x
        if t < 0:
            v = np.zeros_like(v)
        fired = v > node.v_threshold
        return {"y": fired.astype(float), "i": i, "v": np.where(fired, node.v_reset, v)}


def opened(graph: nir.NIRGraph) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Nodes and edges with graphs inside the graph opened, whose ends become Flattens."""
    nodes: dict[str, Any] = {}
    edges = list(graph.edges)
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.NIRGraph):
            nodes[name] = node
            continue
        inner, inner_edges = opened(node)
        ends = {kind: next(k for k, n in inner.items() if isinstance(n, kind)) for kind in ENDS}
        through = nir.Flatten({"input": None}, 0)
        nodes |= {f"{name}.{k}": through if type(n) in ENDS else n for k, n in inner.items()}
        edges = [
            (
                f"{name}.{ends[nir.Output]}" if a == name else a,
                f"{name}.{ends[nir.Input]}" if b == name else b,
            )
            for a, b in edges
        ]
        edges += [(f"{name}.{a}", f"{name}.{b}") for a, b in inner_edges]
    return nodes, edges


ENDS = (nir.Input, nir.Output)
