"""Random NIR graphs: every supported node, biases in front of every other, loops of all kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any

import nir
import numpy as np

from spikeff.ir.arrays import Array

DT = 1e-3
NEURONS = ("LIF", "CubaLIF", "IF", "LI, LIF", "I, LIF", "LI, IF")
BETWEEN = ("Linear", "Affine", "Scale", "Scale of one", "Delay", "Flatten")


@dataclass
class Drawn:
    """A graph, its populations in the order of the longest way, and the edges that are feedback."""

    nodes: dict[str, Any]
    edges: list[tuple[str, str]]
    populations: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    feedback: set[tuple[str, str]] = field(default_factory=set)
    ways: list[tuple[int, int, bool]] = field(default_factory=list)  # source, target, delayed

    @property
    def graph(self) -> nir.NIRGraph:
        return nir.NIRGraph(self.nodes, self.edges, metadata={}, type_check=False)


def constants(rng: np.random.Generator, size: int, low: float, high: float) -> Array:
    """One for each neuron, or one for all."""
    return rng.uniform(low, high, size if rng.random() < 0.7 else 1).repeat(1)


def neuron_nodes(rng: np.random.Generator, kinds: str, size: int) -> list[Any]:
    """Nodes of a population, the membrane last, so that it spikes now and then."""
    one = np.ones(size)
    tau, rise = rng.integers(3, 12) * DT, rng.integers(2, 5) * DT
    r, v_th, leak = (rng.uniform(*span, size) for span in ((0.5, 1.5), (0.7, 1.3), (-0.2, 0.4)))
    ends = {"v_threshold": v_th, "v_reset": 0 * one}
    made = {
        "LIF": lambda: nir.LIF(tau=tau * one, r=r * tau / DT, v_leak=leak, **ends),
        "CubaLIF": lambda: nir.CubaLIF(
            tau_syn=rise * one, tau_mem=tau * one, r=3 * r, v_leak=leak, w_in=3 * one, **ends
        ),
        "IF": lambda: nir.IF(r=0.6 * r / DT, **ends),
        "LI": lambda: nir.LI(tau=rise * one, r=2 * r, v_leak=0 * one),
        "I": lambda: nir.I(r=0.2 * r / DT),
    }
    return [made[kind]() for kind in kinds.split(", ")]


def between(rng: np.random.Generator, kind: str, size: int) -> Any:
    """A linear node of ``size`` channels in and out."""
    if kind == "Linear":
        return nir.Linear(np.eye(size) + rng.normal(0, 0.2, (size, size)))
    if kind == "Affine":
        return nir.Affine(np.eye(size), rng.uniform(-0.05, 0.2, size))
    if kind == "Scale":
        return nir.Scale(rng.uniform(0.7, 1.3, size))
    if kind == "Scale of one":
        return nir.Scale(rng.uniform(0.7, 1.3, 1))
    if kind == "Delay":
        return nir.Delay(np.full(size, rng.integers(1, 4) * DT))
    return nir.Flatten({"input": np.array([size])}, 0)


def add_way(
    drawn: Drawn,
    rng: np.random.Generator,
    source: int,
    target: int,
    kinds: list[str],
) -> None:
    """Nodes from one population to another; ``source`` is -1 for the input."""
    start = "in" if source < 0 else drawn.populations[source]
    rows, columns = drawn.sizes[target], len_of(drawn, source)
    weights = rng.normal(0.35 if source < target else -0.2, 0.5, (rows, columns))
    chain = [nir.Linear(weights), *(between(rng, kind, rows) for kind in kinds)]
    names = [f"w{len(drawn.nodes) + k}" for k in range(len(chain))]
    drawn.nodes |= dict(zip(names, chain, strict=True))
    drawn.edges += pairwise([start, *names, f"entry{target}"])
    drawn.ways.append((source, target, "Delay" in kinds))


def len_of(drawn: Drawn, source: int) -> int:
    """Channels of the input or a population."""
    shape = drawn.nodes["in"].input_type["input"]
    return int(np.prod(shape)) if source < 0 else drawn.sizes[source]


def random_graph(seed: int, loops: bool = True) -> Drawn:
    """Two to five populations in a row, skips, ways back, and all kinds of nodes between them."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 6))
    drawn = Drawn({"in": nir.Input(np.array([4]))}, [])
    drawn.sizes = [int(n) for n in rng.integers(2, 5, count)]
    drawn.populations = [f"p{k}" for k in range(count)]
    for target in range(count):
        kinds = str(rng.choice(NEURONS))
        parts = neuron_nodes(rng, kinds, drawn.sizes[target])
        names = [f"stage{target}", f"p{target}"][-len(parts) :]
        drawn.nodes |= dict(zip(names, parts, strict=True))
        drawn.edges += pairwise(names)
        for source in range(-1, count if loops else target):
            near = source == target - 1
            if not near and rng.random() > (0.3 if source < target else 0.35):
                continue
            several = [str(k) for k in rng.choice(BETWEEN, int(rng.integers(0, 4)))]
            if near:
                several = [k for k in several if k != "Delay"]
            add_way(drawn, rng, source, target, several)
    drawn.nodes["out"] = nir.Output(np.array([drawn.sizes[-1]]))
    drawn.edges.append((drawn.populations[-1], "out"))
    joined_entries(drawn)
    marked_feedback(drawn)
    return drawn


def joined_entries(drawn: Drawn) -> None:
    """What was to end at a population's entry ends at its first node."""

    def entry(name: str) -> str:
        number = name.removeprefix("entry")
        stage = f"stage{number}"
        return name if number == name else stage if stage in drawn.nodes else f"p{number}"

    drawn.edges = [(a, entry(b)) for a, b in drawn.edges]


def marked_feedback(drawn: Drawn) -> None:
    """Ways back without a delay: the last edge of their chain is heard one step later."""
    back = {f"p{a}" for a, b, delayed in drawn.ways if a >= b and not delayed}
    for a, b in drawn.edges:
        if a in back and b.startswith("w"):
            last, end, delayed = ended(drawn, b)
            if int(a[1:]) >= int(end.removeprefix("stage").removeprefix("p")) and not delayed:
                drawn.feedback.add((last, end))


def ended(drawn: Drawn, name: str) -> tuple[str, str, bool]:
    """The last edge of a chain of linear nodes, and whether it has a delay."""
    before, delayed = name, False
    while name.startswith("w"):
        delayed |= isinstance(drawn.nodes[name], nir.Delay)
        before, name = name, next(b for a, b in drawn.edges if a == name)
    return before, name, delayed


def has_one_longest_way(drawn: Drawn) -> bool:
    """Whether one order of the populations alone follows ways from the input to the output."""
    ways = {(a, b) for a, b, delayed in drawn.ways if not delayed}
    last = len(drawn.sizes) - 1
    orders = (
        order
        for order in permutations(range(last))
        if all(way in ways for way in pairwise([-1, *order, last]))
    )
    return len(list(orders)) == 1


def renamed(drawn: Drawn, rng: np.random.Generator, names: dict[str, str]) -> nir.NIRGraph:
    """The same graph under other names, its nodes and edges in another order."""
    nodes = [(names[name], node) for name, node in drawn.nodes.items()]
    edges = [(names[a], names[b]) for a, b in drawn.edges]
    return nir.NIRGraph(
        dict(nodes[k] for k in rng.permutation(len(nodes))),
        [edges[k] for k in rng.permutation(len(edges))],
        metadata={},
        type_check=False,
    )
