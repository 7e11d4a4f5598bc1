"""Graphs that end in a membrane whose potential is read, against their equations step by step."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.nir.export import description_graph, integer_graph
from lava_export.nir.importer import Imported, import_description
from lava_export.nir.integers import import_integers
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.evidence.views import BY_RATE, RECORDED, views_of_time
from spikeff.ir.arrays import Array
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.membrane import Membrane
from spikeff.ir.readout_codes import answers, one_pass_logits
from spikeff.pipeline.run.answers import read_answers
from spikeff.pipeline.run.readings import read
from spikeff.references import floats

DT, STEPS, SAMPLES, CLASSES = 1e-3, 12, 30, 3
TAU, RISE = np.array([3e-3, 4e-3, 6e-3]), np.array([2e-3, 3e-3, 2e-3])
R, LEAK = np.array([2.0, 1.5, 3.0]), np.array([0.1, -0.2, 0.05])
ONE = np.ones(CLASSES)
FIRES = {"v_threshold": 0.1 * ONE, "v_reset": 0 * ONE}
ENDS = {
    "LI": nir.LI(tau=TAU, r=R, v_leak=LEAK),
    "I": nir.I(r=R / DT),
    "CubaLI": nir.CubaLI(tau_syn=RISE, tau_mem=TAU, r=R, v_leak=LEAK, w_in=2 * ONE),
    "LIF": nir.LIF(tau=TAU, r=R, v_leak=LEAK, **FIRES),
    "CubaLIF": nir.CubaLIF(tau_syn=RISE, tau_mem=TAU, r=R, v_leak=LEAK, w_in=2 * ONE, **FIRES),
    "IF": nir.IF(r=R / DT, **FIRES),
}


def graph(end: Any, *between: tuple[str, Any], extra: Any = ()) -> Any:
    """Two kinds of neurons, a matrix with bias, what stands ``between``, and the end.

    A node that ``extra`` edges name stands beside this row.
    """
    rng, taus = np.random.default_rng(0), np.repeat([3e-3, 5e-3], 4)
    balanced = rng.normal(0, 1, (CLASSES, 8))
    balanced -= balanced.mean(1, keepdims=True)
    nodes = {
        "input": nir.Input(np.array([5])),
        "first": nir.Linear(rng.normal(0.3, 1, (8, 5))),
        "hidden": nir.LIF(
            tau=taus, r=taus / DT, v_leak=np.zeros(8), v_threshold=np.ones(8), v_reset=np.zeros(8)
        ),
        "last": nir.Affine(balanced, rng.normal(0, 0.1, CLASSES)),
        **dict(between),
        "end": end,
        "output": nir.Output(np.array([CLASSES])),
    }
    aside = {name for edge in extra for name in edge} - {"end", "hidden", "input"}
    names = [name for name in nodes if name not in aside]
    edges = [*pairwise(names), *extra]
    return nir.NIRGraph(nodes, edges, type_check=False)


def opened(end: Any, readout: str | None, *between: tuple[str, Any], **more: Any) -> Imported:
    made = graph(end, *between, **more)
    return import_description(made, dt=DT, steps=STEPS, reset="zero", readout=readout)


def inputs() -> Array:
    rng = np.random.default_rng(1)
    return rng.random((STEPS, SAMPLES, 5)) < rng.choice([0.05, 0.8], (SAMPLES, 5))


def by_the_equations(node: Any, given: Array) -> Array:
    """Potentials of an end (steps, samples, classes), from NIR's differential equations."""
    i, v, seen = np.zeros(given.shape[1:]), np.zeros(given.shape[1:]), []
    for x in given:
        if hasattr(node, "tau_syn"):
            i = i + DT / node.tau_syn * (node.w_in * x - i)
            v = v + DT / node.tau_mem * (node.v_leak - v + node.r * i)
        elif hasattr(node, "tau"):
            v = v + DT / node.tau * (node.v_leak - v + node.r * x)
        else:
            v = v + DT * node.r * x
        seen.append(v)
    return np.array(seen)


def hidden_spikes(given: Array) -> Array:
    node, weights = graph(ENDS["LI"]).nodes["hidden"], graph(ENDS["LI"]).nodes["first"].weight
    v, seen = np.zeros((given.shape[1], 8)), []
    for x in given:
        v = v + DT / node.tau * (node.r * (x @ weights.T) - v)
        seen.append(v > 1)
        v = np.where(seen[-1], 0, v)
    return np.array(seen)


def expected(end: Any, hidden: Array) -> Array:
    last = graph(end).nodes["last"]
    return by_the_equations(end, hidden @ last.weight.T + last.bias)


@pytest.mark.parametrize("kind", ENDS)
def test_the_potential_is_that_of_the_equations(kind: str) -> None:
    for readout, taken in (("last-membrane", -1), ("largest-membrane", None)):
        network = opened(ENDS[kind], readout).description
        spikes = floats.run(network, inputs()).spikes
        seen = expected(ENDS[kind], hidden_spikes(inputs()))
        wanted = seen.max(0) if taken is None else seen[taken]
        found = one_pass_logits(spikes, network.readout)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
        guesses = answers(spikes, network.readout, network.populations)
        np.testing.assert_array_equal(guesses, wanted.argmax(1))
        assert len(set(guesses)) > 1


def test_a_current_in_front_of_the_membrane_is_part_of_it() -> None:
    stage = nir.LI(tau=RISE, r=R, v_leak=LEAK)
    network = opened(ENDS["LIF"], "last-membrane", ("stage", stage)).description
    spikes = floats.run(network, inputs()).spikes
    current = expected(stage, hidden_spikes(inputs()))
    wanted = by_the_equations(ENDS["LIF"], current)[-1]
    np.testing.assert_allclose(one_pass_logits(spikes, network.readout), wanted, rtol=1e-5)


@pytest.mark.parametrize("kind", ENDS)
def test_what_is_left_out_is_said(kind: str) -> None:
    grades = {g.item: g.grade for g in opened(ENDS[kind], "last-membrane").grades}
    left_out = kind in ("LIF", "CubaLIF", "IF")
    assert grades["end: last-membrane"] == ("assumed" if left_out else "exact")
    assert "readout" not in grades


@pytest.mark.parametrize("kind", ["LI", "I", "CubaLI"])
def test_a_potential_is_never_read_unasked(kind: str) -> None:
    with pytest.raises(DescriptionError, match="--readout last-membrane or largest-membrane"):
        opened(ENDS[kind], None)
    with pytest.raises(DescriptionError, match="--readout last-membrane or largest-membrane"):
        opened(ENDS[kind], "counts")


BACK = ("back", nir.Linear(np.ones((8, CLASSES))))
SKIP = ("skip", nir.Linear(np.ones((CLASSES, 5))))
WAITS = ("wait", nir.Delay(np.full(CLASSES, 2 * DT)))


def test_ends_that_no_host_can_read_are_refused() -> None:
    for match, end, between in (
        ("a Delay of 0.002 s", ENDS["LI"], [WAITS]),
        ("a Threshold; a potential is read of LI", nir.Threshold(ONE), []),
    ):
        with pytest.raises(DescriptionError, match=match):
            opened(end, "last-membrane", *between)
    with pytest.raises(DescriptionError, match="'back' hears it too"):
        opened(ENDS["LI"], "last-membrane", BACK, extra=[("end", "back"), ("back", "hidden")])
    with pytest.raises(DescriptionError, match="it hears the input"):
        opened(ENDS["LI"], "last-membrane", SKIP, extra=[("input", "skip"), ("skip", "end")])
    with pytest.raises(UnknownNameError, match="largest-membrane"):
        opened(ENDS["LI"], "membrane")


def test_files_keep_the_membrane(tmp_path: Path) -> None:
    network = opened(ENDS["CubaLI"], "largest-membrane").description
    integers = quantize(network)
    save_description(tmp_path / "floats", network)
    save_integer_network(tmp_path / "integers", integers)
    same = [
        load_description(tmp_path / "floats"),
        load_integer_network(tmp_path / "integers"),
        import_description(description_graph(network)[0]).description,
        import_integers(integer_graph(integers)[0]),
    ]
    for found in same:
        assert found.readout.membrane is not None
        assert found.readout.membrane.take == "largest"
        for name in ("current_leak", "leak", "drift"):
            ours = getattr(network.readout.membrane, name)
            np.testing.assert_array_equal(getattr(found.readout.membrane, name), ours)


def test_the_integers_are_read_by_the_same_membrane() -> None:
    network = opened(ENDS["LI"], "last-membrane").description
    integers = quantize(network)
    spikes = emulator.run(integers, inputs()).trace.window(STEPS).spikes
    hidden = np.zeros((STEPS, SAMPLES, 8), np.bool_)
    hidden[..., :4], hidden[..., 4:] = spikes["hidden.1"], spikes["hidden.0"]
    wanted = expected(ENDS["LI"], hidden)[-1]
    labels = wanted.argmax(1)
    found = read_answers(spikes, integers.readout, integers.populations, labels)
    assert found.measure == "membrane_potential"
    assert found.right == SAMPLES
    np.testing.assert_allclose(found.scores, wanted, rtol=1e-5, atol=1e-6)
    readings = read(spikes, integers.readout, integers.populations, labels).all
    assert [r.name for r in readings] == ["last membrane potential"]
    assert readings[0].right.all()


def test_evidence_reads_perturbed_potentials_and_counts_as_the_rate() -> None:
    readout = opened(ENDS["LI"], "last-membrane").description.readout
    spikes = floats.run(opened(ENDS["LI"], "last-membrane").description, inputs()).spikes
    recorded, by_rate, shuffled = views_of_time(readout, seed=0, draws=1)
    assert (recorded.kind, by_rate.kind) == (RECORDED, BY_RATE)
    logits = one_pass_logits(spikes, readout)
    seen = {
        view: view.scores(view.changed(spikes), (), logits)
        for view in (recorded, by_rate, shuffled)
    }
    np.testing.assert_array_equal(seen[recorded], logits)
    counts = one_pass_logits(spikes, replace(readout, membrane=None))
    np.testing.assert_array_equal(seen[by_rate], counts)
    assert not np.allclose(seen[shuffled], logits)
    assert not np.allclose(counts, logits)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"take": "mean"}, "must be one of"),
        ({"leak": [0.5, 1.5, 0.5]}, "lies in 0 to 1"),
        ({"drift": [0.0, np.inf, 0.0]}, "not finite"),
        ({"leak": [0.5]}, "one number for each class"),
    ],
)
def test_odd_membranes_are_refused(change: dict[str, Any], match: str) -> None:
    fields = {"take": "last", "current_leak": ONE, "leak": ONE / 2, "drift": 0 * ONE} | change
    with pytest.raises(DescriptionError, match=match):
        Membrane(**fields)


def test_a_membrane_fits_its_readout() -> None:
    readout = opened(ENDS["LI"], "last-membrane").description.readout
    with pytest.raises(DescriptionError, match="one integrator for each class"):
        replace(readout, kind="class_columns")
    with pytest.raises(DescriptionError, match="one integrator for each class"):
        replace(readout, classes=4)
