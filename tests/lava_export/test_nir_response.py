"""What an imported NIR graph responds: as its equations say, whatever its nodes are called."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir
import numpy as np
import pytest

from lava_export.nir.importer import Imported, import_description
from spikeff.ir.arrays import Array
from spikeff.references import norse as norse_reference
from tests.networks.nir_euler import Euler
from tests.networks.nir_graphs import (
    BETWEEN,
    DT,
    NEURONS,
    Drawn,
    add_way,
    has_one_longest_way,
    joined_entries,
    neuron_nodes,
    random_graph,
    renamed,
)

STEPS = 24
ODD_NAMES = ["input", "blank", "a->b", "a,b", "[x]", "*", "%d", "0", "a.b", " ", "output", "ü\n"]


def drive(seed: int, channels: int = 4) -> Array:
    return np.random.default_rng(seed).random((STEPS, channels)) < 0.4


def responses(read: Imported, inputs: Array) -> dict[str, Array]:
    spikes = norse_reference.run(read.description, inputs[:, np.newaxis]).spikes
    return {name: z[:, 0] for name, z in spikes.items()}


def require_equations(drawn: Drawn, seed: int) -> int:
    """Every population spikes as by NIR's equations; returns how often the last one does."""
    inputs = drive(seed)
    read = import_description(drawn.graph, DT, STEPS)
    ours = responses(read, inputs)
    euler = Euler(drawn.graph, DT, inputs, drawn.feedback)
    for name in drawn.populations:
        np.testing.assert_array_equal(ours[name], euler.spikes(name), err_msg=name)
    feedback = sum(g.item.endswith("feedback") for g in read.grades)
    assert bool(feedback) == bool(drawn.feedback)
    return int(ours[drawn.populations[-1]].sum())


def test_random_graphs_respond_as_their_equations_say() -> None:
    fired = []
    for seed in range(36):
        drawn = random_graph(seed)
        if has_one_longest_way(drawn):
            fired.append(require_equations(drawn, seed))
    assert len(fired) > 15
    assert np.mean([n > 2 for n in fired]) > 0.7


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("node", BETWEEN)
def test_a_bias_passes_every_node(node: str, neuron: str) -> None:
    """Affine, the node, another of its kind, neurons; then a population that hears these."""
    rng = np.random.default_rng(sum(map(ord, node + neuron)))
    drawn = Drawn({"in": nir.Input(np.array([4]))}, [], ["p0", "p1"], [3, 2])
    for target, kinds in enumerate((neuron, "LIF")):
        parts = neuron_nodes(rng, kinds, drawn.sizes[target])
        names = [f"stage{target}", f"p{target}"][-len(parts) :]
        drawn.nodes |= dict(zip(names, parts, strict=True))
        drawn.edges += pairwise(names)
    add_way(drawn, rng, -1, 0, ["Affine", node, "Linear", node])
    add_way(drawn, rng, 0, 1, [])
    joined_entries(drawn)
    drawn.nodes["out"] = nir.Output(np.array([2]))
    drawn.edges.append(("p1", "out"))
    require_equations(drawn, 3)
    made = import_description(drawn.graph, DT, STEPS).description
    first = next(p for p in made.populations if p.name == "p0")
    through_synapses = any(c.source == "every_step" for c in made.incoming("p0"))
    assert through_synapses or (first.v_leak != v_leak_of(drawn.nodes["p0"])).any()


def v_leak_of(node: Any) -> Array:
    return np.asarray(getattr(node, "v_leak", np.zeros(np.size(node.v_threshold))))


def test_neither_names_nor_the_order_of_nodes_change_the_response() -> None:
    loops = 0
    for seed in range(24):
        drawn, rng = random_graph(seed), np.random.default_rng(seed)
        loops += bool(drawn.feedback)
        inputs = drive(seed)
        ours = responses(import_description(drawn.graph, DT, STEPS), inputs)
        for _ in range(2):
            odd = [*ODD_NAMES, *(f"n{k}" for k in range(len(drawn.nodes)))]
            chosen = [odd[k] for k in rng.permutation(len(odd))]
            names = dict(zip(drawn.nodes, chosen, strict=False))
            read = import_description(renamed(drawn, rng, names), DT, STEPS)
            theirs = responses(read, inputs)
            for name in drawn.populations:
                np.testing.assert_array_equal(ours[name], theirs[population(names[name], theirs)])
    assert loops > 12


def population(node: str, spikes: dict[str, Any]) -> str:
    """Nodes called as the input or the blanking line is called here get another name."""
    return node if node in spikes else next(n for n in spikes if n.rstrip("_") == node)
