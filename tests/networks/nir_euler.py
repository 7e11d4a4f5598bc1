"""What a NIR graph responds, straight from NIR's equations: the value of a node at a step.

Explicit Euler, the current first, then the membrane with the new current, then threshold and reset.
No order of evaluation is chosen: a value asks for the values that it is made of.
"""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import torch

from spikeff.ir.arrays import Array

LEAK_OF_IF = 2.0**-32  # the grade says so


class Euler:
    """One sample of a graph.

    Args:
        inputs: Spikes (steps, channels).
        feedback: Edges whose target hears what the source gave one step before.
        subtract: Whether a spike takes the threshold from the potential.
    """

    def __init__(
        self,
        graph: nir.NIRGraph,
        dt: float,
        inputs: Array,
        feedback: set[Any],
        subtract: bool = False,
    ) -> None:
        self.nodes, self.edges = opened(graph)
        self.subtract = subtract
        self.dt, self.inputs, self.feedback = dt, inputs, feedback
        self.known: dict[tuple[str, int], Any] = {}
        for step in range(len(inputs)):
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
        return 0.0 if step < 0 else self.state(name, step)["y"]

    def arriving(self, name: str, step: int) -> Any:
        """What all sources of a node give it together."""
        return sum(
            self.given(a, step - ((a, b) in self.feedback)) for a, b in self.edges if b == name
        )

    def advance(self, name: str, t: int) -> dict[str, Any]:
        node, dt = self.nodes[name], self.dt
        if isinstance(node, nir.Input):
            return {"y": self.inputs[t].astype(float)}
        if isinstance(node, nir.Delay):
            waits = np.rint(np.asarray(node.delay) / dt).astype(int)
            late = {w: self.arriving(name, t - w) if t >= w else 0.0 for w in set(waits.ravel())}
            return {"y": sum(np.where(waits == w, x, 0.0) for w, x in late.items())}
        x = self.arriving(name, t)
        if isinstance(node, nir.Conv1d | nir.Conv2d | nir.SumPool2d | nir.AvgPool2d):
            return {"y": on_grids(node, x)}
        if isinstance(node, nir.Linear):
            return {"y": node.weight @ x if np.ndim(x) else np.zeros(len(node.weight))}
        if isinstance(node, nir.Affine):
            return {"y": (node.weight @ x if np.ndim(x) else 0.0) + node.bias}
        if isinstance(node, nir.Scale):
            return {"y": node.scale * x}
        if isinstance(node, nir.Flatten | nir.Output):
            return {"y": np.ravel(x)}
        if isinstance(node, nir.Threshold):
            return {"y": (x > node.threshold).astype(float)}
        before = self.state(name, t - 1) if t > 0 else {"i": 0.0, "v": 0.0}
        return self.neuron(node, before["i"], before["v"], x)

    def neuron(self, node: Any, i: Any, v: Any, x: Any) -> dict[str, Any]:
        dt = self.dt
        if isinstance(node, nir.LI):
            i = i + dt / node.tau * (node.v_leak - i + node.r * x)
            return {"y": i, "i": i, "v": v}
        if isinstance(node, nir.I):
            i = i + dt * node.r * x
            return {"y": i, "i": i, "v": v}
        if isinstance(node, nir.CubaLI):
            i = i + dt / node.tau_syn * (node.w_in * x - i)
            v = v + dt / node.tau_mem * (node.v_leak - v + node.r * i)
            return {"y": v, "i": i, "v": v}
        if isinstance(node, nir.CubaLIF):
            i = i + dt / node.tau_syn * (node.w_in * x - i)
            v = v + dt / node.tau_mem * (node.v_leak - v + node.r * i)
        elif isinstance(node, nir.LIF):
            v = v + dt / node.tau * (node.v_leak - v + node.r * x)
        else:
            v = v * (1 - LEAK_OF_IF) + dt * node.r * x
        fired = v > node.v_threshold
        reset = v - node.v_threshold if self.subtract else node.v_reset
        return {"y": fired.astype(float), "i": i, "v": np.where(fired, reset, v)}


def on_grids(node: Any, x: Array) -> Array:
    """A convolution or pooling by torch."""
    y = torch.as_tensor(np.asarray(x, float))[None]
    if isinstance(node, nir.Conv1d | nir.Conv2d):
        rows = () if isinstance(node, nir.Conv1d) else (2,)
        ours = torch.conv1d if isinstance(node, nir.Conv1d) else torch.conv2d

        def steps(value: Any) -> Any:
            return (
                value
                if isinstance(value, str)
                else tuple(np.broadcast_to(value, rows or (1,)).tolist())
            )

        made = ours(
            y,
            torch.as_tensor(node.weight),
            torch.as_tensor(node.bias),
            steps(node.stride),
            steps(node.padding),
            steps(node.dilation),
            node.groups,
        )
        return made[0].numpy()
    pooled = torch.nn.functional.avg_pool2d(
        y, *(tuple(map(int, n)) for n in (node.kernel_size, node.stride, node.padding))
    )
    area = np.prod(node.kernel_size) if isinstance(node, nir.SumPool2d) else 1
    return pooled[0].numpy() * area


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
