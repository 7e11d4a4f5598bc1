"""What NIR's nodes and edges mean as populations and connections, and what is refused by name."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import nir
import numpy as np
import pytest

from lava_export.nir.feedback import feedback_edges
from lava_export.nir.file import APPROXIMATE, ASSUMED, EXACT
from lava_export.nir.importer import Imported, import_description
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError
from spikeff.references import norse as norse_reference
from tests.networks.nir_euler import Euler

DT = 1e-3


def lif(size: int, tau: float = 0.01, threshold: float = 1.0) -> nir.LIF:
    one = np.ones(size)
    return nir.LIF(tau=tau * one, r=10 * one, v_leak=0 * one, v_threshold=threshold * one)


def graph(nodes: dict[str, Any], edges: list[tuple[str, str]], inputs: Any = 4) -> nir.NIRGraph:
    shape = np.atleast_1d(inputs)
    ends = {"input": nir.Input(shape), "output": nir.Output(np.array([3]))}
    return nir.NIRGraph(ends | nodes, edges, metadata={}, type_check=False)


def chain(*nodes: Any, inputs: Any = 4) -> nir.NIRGraph:
    """Input, the nodes one behind the other, output."""
    named = {f"n{k}": node for k, node in enumerate(nodes)}
    return graph(named, list(pairwise(["input", *named, "output"])), inputs)


W = np.full((3, 4), 0.6)


def read(made: nir.NIRGraph, **options: Any) -> Imported:
    return import_description(made, DT, 20, **options)


# Loops -------------------------------------------------------------------------------------------

CUTS = {
    "a loop of two": ("ab ba", "", "a", "b", "ba"),
    "with a skip from the input": ("ab ba", "", "ab", "b", "ba"),
    "with a skip to the output": ("ab bc ca", "", "a", "ac", "ca"),
    "with both": ("ab bc ca", "", "ac", "ac", "ca"),
    "with a skip across": ("ab bc ac ca", "", "a", "c", "ca"),
    "a loop on itself": ("ab aa", "", "a", "b", "aa"),
    "a loop in a loop": ("ab bc cb cd da", "", "a", "d", "cb da"),
    "two in a row": ("ab ba bc cd dc", "", "a", "d", "ba dc"),
    "a loop that is entered by a skip": ("ab bc cb cd ac", "", "a", "d", "cb"),
    "the longer way on decides": ("ab ba bc cd ad", "", "ab", "d", "ba"),
    "the longer way in decides": ("ab bc cd dc ad", "", "a", "cd", "dc"),
    "a delay on the way back": ("ab", "ba", "a", "b", ""),
    "a delay on the way on": ("ba", "ab", "a", "b", ""),
    "what nothing tells apart": ("ab ba", "", "ab", "ab", "ab ba"),
    "nothing from the input": ("ab ba", "", "", "", "ab ba"),
}


def pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((word[0], word[1]) for word in text.split())


@pytest.mark.parametrize("case", CUTS)
@pytest.mark.parametrize("names", ["abcd", "dcba", "bdac"])
def test_feedback_runs_against_the_longest_way(case: str, names: str) -> None:
    under = str.maketrans("abcd", names)
    edges, late, heard, read_, cut = (part.translate(under) for part in CUTS[case])
    assert feedback_edges(pairs(edges), pairs(late), heard, read_) == pairs(cut)


def test_a_loop_with_too_many_ways_is_cut_by_the_shortest() -> None:
    names = [f"p{k}" for k in range(24)]
    edges = frozenset((a, b) for a in names for b in names if a != b)
    cut = feedback_edges(edges, frozenset(), names[:2], ["p1"])
    assert {b for _, b in cut} == set(names) - {"p1"}


def test_a_loop_that_has_a_delay_needs_no_other_step() -> None:
    rng = np.random.default_rng(5)
    wait = nir.Delay(np.full(3, 2 * DT))
    nodes = {
        "w1": nir.Linear(rng.normal(0.2, 0.5, (3, 4))),
        "z": lif(3),
        "w2": nir.Linear(rng.normal(0.3, 0.8, (3, 3))),
        "b": lif(3),
        "back": nir.Linear(rng.normal(0, 0.8, (3, 3))),
        "wait": wait,
    }
    on_the_way_back = list(pairwise(["input", "w1", "z", "w2", "b", "back", "wait", "z"]))
    on_the_way_on = list(pairwise(["input", "w1", "z", "w2", "wait", "b", "back", "z"]))
    inputs = rng.random((20, 1, 4)) < 0.4
    for edges in (on_the_way_back, on_the_way_on):
        made = graph(nodes, [*edges, ("b", "output")])
        found = read(made)
        assert not [g for g in found.grades if g.grade == APPROXIMATE]
        euler = Euler(made, DT, inputs[:, 0], set())
        for name, spikes in norse_reference.run(found.description, inputs).spikes.items():
            np.testing.assert_array_equal(spikes[:, 0], euler.spikes(name))
            assert spikes.sum() > 5
        quantize(found.description)


def test_a_delay_beside_feedback_keeps_its_steps() -> None:
    rows = {"w": nir.Linear(W), "a": lif(3), "go": nir.Scale(np.ones(3)), "b": lif(3)}
    back = {"back": nir.Scale(np.full(3, -0.3)), "wait": nir.Delay(np.full(3, 2 * DT))}
    edges = [*pairwise(["input", *rows, "output"]), ("b", "back"), ("back", "a")]
    made = graph(rows | back, [*edges, ("b", "wait"), ("wait", "a")])
    delays = [c.delay for c in read(made).description.connections if c.source == "b"]
    assert sorted(delays) == [1, 2]


# Biases ------------------------------------------------------------------------------------------


def test_whole_jumps_hold_for_a_bias_as_for_weights() -> None:
    """Norse's cell: i + x in every step, of which dt / tau_syn is then lost."""
    steps, size = 60, 5
    rng = np.random.default_rng(4)
    weights, bias = rng.normal(0.05, 0.1, (size, 4)), np.linspace(0.2, 0.6, size)
    one = np.ones(size)
    cell = nir.CubaLIF(5 * DT * one, 10 * DT * one, one, 0 * one, one)
    made = chain(nir.Affine(weights, bias), cell)
    made.nodes["output"] = nir.Output(np.array([size]))
    found = import_description(made, DT, steps, unit_jumps=True).description
    inputs = rng.random((steps, 1, 4)) < 0.2
    i, v, wanted = np.zeros(size), np.zeros(size), []
    for spikes in inputs[:, 0]:
        i = i + weights @ spikes + bias
        v = v + 0.1 * (i - v)
        wanted.append(v > 1)
        v[wanted[-1]] = 0
        i = i * (1 - 1 / 5)
    assert np.sum(wanted) > 30
    ours = norse_reference.run(found, inputs).spikes["n1"][:, 0]
    np.testing.assert_array_equal(ours, np.array(wanted))


def test_a_bias_before_a_delay_acts_as_late() -> None:
    waits = nir.Delay(np.full(3, 3 * DT))
    bias = nir.Affine(0 * W, np.array([0.3, 0.6, 1.2]))
    made = chain(bias, waits, nir.Scale(np.full(3, 2.0)), lif(3))
    found = read(made)
    silent = np.zeros((20, 1, 4), bool)
    spikes = norse_reference.run(found.description, silent).spikes["n3"][:, 0]
    assert spikes[:3].sum() == 0
    np.testing.assert_array_equal(spikes, Euler(made, DT, silent[:, 0], set()).spikes("n3"))
    assert spikes.any(0).all()
    assert APPROXIMATE not in {g.grade for g in found.grades}


def test_neurons_that_reset_take_a_bias_without_leaking() -> None:
    """An IF adds its bias in every step, up to its reset."""
    cell = nir.IF(r=np.full(3, 1 / DT), v_threshold=np.ones(3))
    made = chain(nir.Affine(0 * W, np.array([0.21, 0.34, 1.5])), cell)
    found = import_description(made, DT, 20).description
    silent = np.zeros((20, 1, 4), bool)
    counts = norse_reference.run(found, silent).spikes["n1"].sum((0, 1))
    assert counts.tolist() == [4, 6, 20]
    assert [p.bias_mant.any() for p in quantize(found).populations] == [True]


# Shapes ------------------------------------------------------------------------------------------


def lower(node: Any) -> Any:
    return read(node).description.connections[0].weights


def test_one_factor_for_all_is_a_scale() -> None:
    np.testing.assert_allclose(lower(chain(nir.Linear(W), nir.Scale(np.array([0.5])), lif(3))), 3.0)


def test_planes_are_scaled_and_flattened() -> None:
    plane = np.array([[1.0, 2], [3, 4]])
    flat = nir.Flatten({"input": np.array([2, 2])}, 0, -1)
    made = chain(nir.Scale(plane), flat, nir.Linear(W), lif(3), inputs=[2, 2])
    np.testing.assert_allclose(lower(made)[0], 6.0 * plane.ravel())


def test_what_only_passes_on_may_stand_before_the_output() -> None:
    through = nir.NIRGraph(
        {"a": nir.Input(np.array([3])), "cell": lif(3), "b": nir.Output(np.array([3]))},
        [("a", "cell"), ("cell", "b")],
        metadata={},
    )
    ends = [nir.Flatten({"input": np.array([3])}, 0), nir.Scale(np.ones(3))]
    assert read(chain(nir.Linear(W), lif(3), *ends)).description.readout.populations == ("n1",)
    assert read(chain(nir.Linear(W), through)).description.readout.populations == ("n1.cell",)
    late = read(chain(nir.Linear(W), lif(3), nir.Delay(np.full(3, DT))))
    assert "n1: output" in [g.item for g in late.grades if g.grade == APPROXIMATE]


def two_populations(*heard: str) -> nir.NIRGraph:
    nodes = {"wa": nir.Linear(W), "a": lif(3), "wb": nir.Linear(W), "b": lif(3)}
    edges = [("input", "wa"), ("wa", "a"), ("input", "wb"), ("wb", "b")]
    return graph(nodes, edges + [(name, "output") for name in heard])


def two_outputs() -> nir.NIRGraph:
    made = two_populations("a")
    made.nodes["second"] = nir.Output(np.array([3]))
    made.edges.append(("b", "second"))
    return made


def without_output() -> nir.NIRGraph:
    made = two_populations()
    del made.nodes["output"]
    return made


def twice() -> nir.NIRGraph:
    made = chain(nir.Linear(W), lif(3))
    made.edges.append(made.edges[0])
    return made


def to_nowhere() -> nir.NIRGraph:
    made = chain(nir.Linear(W), lif(3))
    made.edges.append(("n1", "n9"))
    return made


REFUSED = {
    "'a' and 'b', 2 ways whose spikes add up": lambda: two_populations("a", "b"),
    "outputs 'output', 'second'": two_outputs,
    "'a', 'b' all stand last; add an Output": without_output,
    "'input' -> 'n0': 4 channels meet 1": lambda: chain(nir.Linear(np.ones((3, 1))), lif(3)),
    "'n1' -> 'output': 5 channels meet 3": lambda: chain(nir.Linear(np.ones((5, 4))), lif(5)),
    "'n0' -> 'n1': 3 channels meet 2": lambda: chain(nir.Linear(W), nir.Scale(np.ones(2)), lif(3)),
    "'input' -> 'n0': 1 channels meet 3": lambda: chain(lif(3), inputs=1),
    "'input' -> 'n0' is given 2 times": twice,
    "there is no node 'n9'": to_nowhere,
    "'n1' through weights or a bias": lambda: chain(
        nir.Linear(W), lif(3), nir.Scale(np.full(3, 0.5))
    ),
    "'n2' is a LI whose graded output is used": lambda: chain(
        *(nir.Linear(W), lif(3)), nir.LI(tau=np.ones(3), r=np.ones(3), v_leak=np.zeros(3))
    ),
    "shape (1500000000,); a node has 1 to": lambda: chain(lif(1), inputs=1_500_000_000),
    "'n0': 2 biases for 3 channels": lambda: chain(nir.Affine(W, np.zeros(2)), lif(3)),
    "loop without a neuron": lambda: graph(
        {"a": nir.Scale(np.ones(4)), "b": nir.Scale(np.ones(4)), "c": lif(3), "w": nir.Linear(W)},
        [*pairwise(["input", "a", "b", "a"]), *pairwise(["b", "w", "c", "output"])],
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_refused_by_name(message: str) -> None:
    with pytest.raises(DescriptionError, match=re.escape(message)):
        read(REFUSED[message]())


# Sizes, numbers and names ------------------------------------------------------------------------


def test_long_chains_are_read() -> None:
    scales = [nir.Scale(np.full(4, 1.0)) for _ in range(1500)]
    assert len(read(chain(*scales, nir.Linear(W), lif(3))).description.populations) == 1
    row = [node for _ in range(300) for node in (nir.Linear(0.6 * np.eye(3)), lif(3))]
    found = read(chain(nir.Linear(W), *row)).description.populations
    assert [p.depth for p in found] == list(range(300))


def test_ways_that_part_and_join_are_added_up_once() -> None:
    """Forty pairs of scales side by side are 2^40 ways."""
    nodes: dict[str, Any] = {"s": nir.Scale(np.ones(4))}
    edges, last = [("input", "s")], "s"
    for k in range(40):
        for side in "ab":
            nodes[f"{side}{k}"] = nir.Scale(np.full(4, 0.5))
            edges.append((last, f"{side}{k}"))
        last = f"join{k}"
        nodes[last] = nir.Scale(np.ones(4))
        edges += [(f"a{k}", last), (f"b{k}", last)]
    nodes |= {"w": nir.Linear(W), "lif": lif(3)}
    edges += pairwise([last, "w", "lif", "output"])
    np.testing.assert_allclose(lower(graph(nodes, edges)), 6.0)


def test_numbers_rounded_to_single_precision_are_taken() -> None:
    dt = 1e-4
    single = nir.LIF(*(np.full(3, x, np.float32) for x in (dt, 1, 0, 1)), np.full(3, 1e-9))
    waits = nir.Delay(np.array([30 * dt, 30 * dt, np.float32(30 * dt)]))
    assert single.tau[0] < dt
    found = import_description(chain(nir.Linear(W), waits, single), dt, 20)
    assert [g.grade for g in found.grades] == [EXACT, ASSUMED, ASSUMED]
    assert found.description.populations[0].tau_mem == dt
    assert found.description.connections[0].delay == 30


@pytest.mark.parametrize("steps", [np.int64(20), np.uint8(20), 20])
@pytest.mark.parametrize("dt", [np.float32(DT), np.float64(DT), DT])
def test_numbers_of_every_type_are_taken(dt: Any, steps: Any) -> None:
    found = import_description(chain(nir.Linear(W), lif(3)), dt, steps).description
    assert (type(found.dt), type(found.steps), found.steps) == (float, int, 20)


@pytest.mark.parametrize(("dt", "steps"), [(True, 20), (DT, True), (DT, 20.0), ("1", 20), (0, 20)])
def test_what_is_no_number_is_refused(dt: Any, steps: Any) -> None:
    with pytest.raises(DescriptionError, match=r"dt = |steps = "):
        import_description(chain(nir.Linear(W), lif(3)), dt, steps)


def test_names_that_mean_something_here_are_changed() -> None:
    nodes = {"w": nir.Linear(W), "blank": lif(3), "v": nir.Linear(np.eye(3)), "blank_": lif(3)}
    ends = {"in": nir.Input(np.array([4])), "out": nir.Output(np.array([3]))}
    edges = list(pairwise(["in", "w", "blank", "v", "blank_", "out"]))
    made = nir.NIRGraph(ends | nodes, edges, metadata={}, type_check=False)
    assert [p.name for p in read(made).description.populations] == ["blank__", "blank_"]


def test_reset_is_what_nir_says_and_said_so() -> None:
    told, other = [g for g in read(chain(nir.Linear(W), lif(3))).grades if g.grade == ASSUMED]
    assert other.item == "readout"
    assert "subtracts the threshold" in told.reason


def test_whole_jumps_without_a_cell_that_has_them_are_refused() -> None:
    with pytest.raises(DescriptionError, match="no node is a CubaLIF: leave --unit-jumps out"):
        read(chain(nir.Linear(W), lif(3)), unit_jumps=True)
