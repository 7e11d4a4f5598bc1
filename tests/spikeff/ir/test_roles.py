"""Roles: stored, lifted from older files, and asked for by whoever needs them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spikeff
from hw_targets.cost.counts import count_run
from hw_targets.emulator import run as emulator
from lava_export.integers.file import KIND as INTEGERS
from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from lava_export.nir.export import description_graph, integer_graph
from lava_export.nir.file import KEY
from lava_export.nir.importer import import_description
from lava_export.nir.integers import import_integers
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import quantize
from lava_export.quantize.report import quantization_report
from lava_export.quantize.roles import RoleQuantizer, quantizer_of, register_quantizer
from lava_export.readout.chip_readout import with_chip_readout
from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.ir import roles
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, LabelCode, Readout
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.io.description import KIND as FLOATS
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.io.sealed import load_sealed, save_sealed
from spikeff.ir.network import BLANK, NetworkDescription
from spikeff.pipeline.energy.ann import layer_sizes
from spikeff.pipeline.fidelity.grades import APPROXIMATE, FAITHFUL, grade_quantization
from tests import networks
from tests.networks import (
    Layer,
    on_chip,
    random_description,
    random_inputs,
    relays,
    with_budget,
    with_gates,
)
from tests.paths import WRITTEN_BY_0_1


def limited_once(**options: Any) -> NetworkDescription:
    """A layer of ``tests.networks`` whose neurons spike once."""
    free = networks.description(**options)
    once = replace(free, populations=(replace(free.populations[0], spike_limit=1),))
    inhibition = self_inhibition(once, "layer1")
    return replace(once, connections=(*once.connections, inhibition))


def chain() -> NetworkDescription:
    """Two layers with gates, and a budget behind the first."""
    gated = with_gates(random_description(np.random.default_rng(3), (12, 9)), 2)
    readout = Readout(ALL_LABELS, "pairs", 0.0, 3, ("layer1",), np.zeros((3, 9)), np.zeros(3))
    code = replace(gated.input, encoder="spikes")
    return replace(with_budget(gated, 5, behind=1), readout=readout, input=code, dataset="")


NETWORKS = {
    "gates and a budget": chain(),
    "gates, blanked": with_blanking(with_gates(networks.repeaters(8), 3)),
    "self-inhibition, blanked": with_blanking(limited_once()),
    "learned from itself": replace(
        networks.description(),
        connections=(
            *networks.description().connections,
            Connection("layer1", "layer1", ONE_TO_ONE, np.ones(20), delay=2),
        ),
    ),
}
COUNTED = [Layer(12, 4, limit=2), Layer(15, 5)]


def read_by(kind: str, goodness: str) -> NetworkDescription:
    """Relays; where labels are read, the last channels are theirs."""
    made = relays(COUNTED, 6, goodness, kind=kind)
    if kind != ALL_LABELS:
        return made
    code = replace(made.input, pixels=made.input.pixels - made.readout.classes)
    return replace(made, input=code, labels=LabelCode(made.readout.classes, 1, (0,)))


CHIPS = {
    f"{kind} {goodness}": on_chip(read_by(kind, goodness))
    for kind in (ALL_LABELS, CLASS_COLUMNS)
    for goodness in ("synchrony", "rate")
}
QUANTIZED = {name: quantize(network) for name, network in NETWORKS.items()}


def roles_of(network: NetworkDescription | IntegerNetwork) -> tuple[list[Any], list[Any]]:
    connections: tuple[Connection | IntegerConnection, ...] = network.connections
    return (
        [(p.name, p.role) for p in network.populations],
        [(c.source, c.target, c.delay, c.role) for c in connections],
    )


def without_roles(table: dict[str, Any]) -> dict[str, Any]:
    """A table as it was before there were roles."""
    old = json.loads(json.dumps(table))
    for part in (*old["populations"], *old["connections"]):
        del part["role"]
    return old


def test_makers_say_what_they_make() -> None:
    populations, connections = roles_of(NETWORKS["gates and a budget"])
    assert populations == [
        ("layer0.free", "free"),
        ("layer0", "limit_gate"),
        ("layer0.budget", "budget_counter"),
        ("layer0.passed", "budget_gate"),
        ("layer1.free", "free"),
        ("layer1", "limit_gate"),
    ]
    assert {(source, target) for source, target, _, role in connections if role == "learned"} == {
        ("input", "layer0.free"),
        ("layer0.passed", "layer1.free"),
    }
    assert [c[:3] for c in connections if c[3] == "self_inhibition"] == [
        ("layer0.budget", "layer0.budget", 1)
    ]
    assert sum(role == "fixed" for *_, role in connections) == 4 + 4


@pytest.mark.parametrize("name", NETWORKS)
def test_descriptions_of_version_1_are_lifted(name: str, tmp_path: Path) -> None:
    save_description(tmp_path / "new", NETWORKS[name])
    table, arrays = load_sealed(tmp_path / "new", FLOATS, 2)
    save_sealed(tmp_path / "old", FLOATS, 1, without_roles(table), arrays)
    expected = roles_of(NETWORKS[name])
    assert roles_of(load_description(tmp_path / "new")) == expected
    assert roles_of(load_description(tmp_path / "old")) == expected


@pytest.mark.parametrize("name", [*QUANTIZED, *CHIPS])
def test_integers_of_version_2_are_lifted(name: str, tmp_path: Path) -> None:
    network = (QUANTIZED | CHIPS)[name]
    save_integer_network(tmp_path / "new", network)
    table, arrays = load_sealed(tmp_path / "new", INTEGERS, 3)
    old = without_roles(table)
    old["provenance"] |= old.pop("quantization")
    save_sealed(tmp_path / "old", INTEGERS, 2, old, arrays)
    for file in ("new", "old"):
        found = load_integer_network(tmp_path / file)
        assert roles_of(found) == roles_of(network)
        assert found.quantization == network.quantization is not None


@pytest.mark.parametrize("name", ["gates and a budget", "learned from itself"])
@pytest.mark.parametrize("old", [False, True])
def test_roles_pass_through_nir(name: str, old: bool) -> None:
    def seen(graph: Any) -> Any:
        if old:
            table = json.loads(graph.metadata[KEY])
            del table["version"]
            table["network"] = without_roles(table["network"])
            graph.metadata[KEY] = json.dumps(table)
        return graph

    made = import_description(seen(description_graph(NETWORKS[name])[0])).description
    by_name = dict(roles_of(NETWORKS[name])[0])
    assert dict(roles_of(made)[0]) == by_name
    assert sorted(roles_of(made)[1]) == sorted(roles_of(NETWORKS[name])[1])
    assert roles_of(import_integers(seen(integer_graph(QUANTIZED[name])[0]))) == roles_of(
        QUANTIZED[name]
    )


def test_only_what_is_learned_is_charged_as_learning() -> None:
    """Every synapse of a learned matrix whose source spiked; none of gate, counter and budget."""
    network = QUANTIZED["gates and a budget"]
    inputs = random_inputs(np.random.default_rng(1), network.steps, 3)
    trace = emulator.run(network, inputs).trace
    learning = count_run(network, inputs, trace).learning
    passed = trace.spikes["layer0.passed"]
    assert set(learning) == {"input->layer0.free", "layer0.passed->layer1.free"}
    np.testing.assert_array_equal(
        learning["input->layer0.free"], inputs.any(axis=0).sum(axis=1) * 12
    )
    np.testing.assert_array_equal(
        learning["layer0.passed->layer1.free"], passed.any(axis=0).sum(axis=1) * 9
    )
    assert passed.any()


def test_learned_matrices_of_other_delays_learn_each() -> None:
    network = QUANTIZED["learned from itself"]
    later = replace(network.connections[0], delay=1)
    both = replace(network, connections=(*network.connections, later))
    inputs = np.zeros((6, 1, network.input_size), np.bool_)
    inputs[0] = True
    once, twice = (
        count_run(n, inputs, emulator.run(n, inputs).trace).learning for n in (network, both)
    )
    assert once["input->layer1"].tolist() == [20 * network.input_size]
    assert twice["input->layer1"].tolist() == [2 * 20 * network.input_size]
    assert 0 < once["layer1->layer1"][0] <= 20


@pytest.mark.parametrize("bits", [8, 9])
def test_grades_are_those_of_the_whole_matrix(bits: int) -> None:
    """Weights of very unlike sources lie in several integer connections, which are one matrix."""
    weights = np.random.default_rng(4).normal(0, 0.2, (20, 15)) * np.geomspace(0.05, 4, 15)
    network = networks.description(pixels=15, weights=weights, labels=None)
    scaling = quantize(network, bits).quantization
    assert scaling is not None
    apart = {"layer1": replace(scaling.of("layer1"), scale=1600.0, by_source=True)}
    made = quantize(network, bits, apart)
    assert len(made.connections) > 1
    (found,) = quantization_report(network, made)[0].connections
    (grade,) = [g for g in grade_quantization(network, made) if g.step.endswith("weights")]
    realised = sum(np.ldexp(c.weights, c.weight_exp) for c in made.connections) / 1600.0
    error = float(np.sqrt(((realised - weights) ** 2).mean() / (weights**2).mean()))
    assert error < 0.02
    assert grade.grade == APPROXIMATE
    assert found.error == pytest.approx(error)
    assert f"{bits} bits: rms error {error:.2%} of the rms weight, 0 of 300 clipped" == grade.reason


def test_gates_and_counters_are_graded_as_what_they_promise() -> None:
    description = with_blanking(NETWORKS["gates and a budget"])
    grades = {g.step: g for g in grade_quantization(description, quantize(description))}
    for name in ("layer0", "layer0.budget", "layer0.passed", "layer1"):
        assert grades[f"{name}: constants"].grade == FAITHFUL
        assert f"{name}: threshold" not in grades
    assert grades["layer0.free: threshold"].grade == APPROXIMATE
    for step, grade in grades.items():
        if step.endswith("weights"):
            learned = step.startswith(("input->", "layer0.passed->"))
            assert grade.grade == (APPROXIMATE if learned else FAITHFUL), step


def test_a_trained_network_loses_what_its_export_says() -> None:
    """Written by 0.1: two layers with gates, a budget between them, exponents by source."""
    case = WRITTEN_BY_0_1 / "labels"
    description = with_blanking(load_description(case / "description.safetensors"))
    network = load_integer_network(case / "integers.safetensors")
    errors = {
        c.name: c.error for p in quantization_report(description, network) for c in p.connections
    }
    graded = {g.step: g.reason for g in grade_quantization(description, network)}
    for name in ("input->layer1.free", "layer1.passed->layer2.free"):
        assert f"rms error {errors[name]:.2%} of" in graded[f"{name}: weights"]
        assert 0 < errors[name] < 0.02


def test_no_number_depends_on_provenance(tmp_path: Path) -> None:
    description = NETWORKS["gates and a budget"]
    description = replace(description, provenance={"seed": 3, "epochs": 1})
    bare = replace(description, provenance={})
    network = quantize(description)
    forgotten = replace(network, provenance={})
    assert network.provenance == description.provenance
    assert quantization_report(bare, forgotten) == quantization_report(description, network)
    assert grade_quantization(bare, forgotten) == grade_quantization(description, network)
    inputs = random_inputs(np.random.default_rng(1), network.steps, 6, channels=30)
    np.savez(tmp_path / "s.npz", spikes=inputs.transpose(1, 0, 2), labels=np.arange(6) % 3)
    told = []
    for name, each in (("with", network), ("without", forgotten)):
        save_integer_network(tmp_path / name, each)
        ran = asdict(spikeff.run(tmp_path / name, spikes=tmp_path / "s.npz"))
        cost = asdict(spikeff.energy(tmp_path / name, spikes=tmp_path / "s.npz"))
        told.append([ran | {"seconds": 0, "file": ""}, cost | {"file": ""}])
    assert json.dumps(told[0], default=str) == json.dumps(told[1], default=str)


def test_an_ann_has_the_layers_and_no_gates() -> None:
    assert layer_sizes(QUANTIZED["gates and a budget"]) == (12, 9)
    assert layer_sizes(next(iter(CHIPS.values()))) == (12, 15)


def test_a_network_that_reads_itself_out_stays_as_it_is() -> None:
    for network in CHIPS.values():
        assert with_chip_readout(network) is network


@pytest.mark.parametrize(
    ("role", "source", "message"),
    [
        ("nothing", "input", "choose one of"),
        ("learned", BLANK, "must be one of"),
        ("blanking", "input", "must be one of"),
        ("self_inhibition", "input", "between two populations"),
    ],
)
def test_roles_fit_their_ends(role: str, source: str, message: str) -> None:
    base = networks.description()
    weights = -np.ones((20, base.sizes[source]))
    with pytest.raises(DescriptionError, match=message):
        replace(base, connections=(Connection(source, "layer1", DENSE, weights, role=role),))


def test_a_role_of_ones_own_brings_its_quantiser() -> None:
    with pytest.raises(UnknownNameError, match="budget_gate"):
        quantizer_of("relay")
    layer = quantizer_of(roles.LAYER)
    roles.register_population_role("relay")
    register_quantizer("relay", RoleQuantizer(layer.make, exact="it repeats"))
    base = networks.repeaters(8)
    network = replace(base, populations=(replace(base.populations[0], role="relay"),))
    made = quantize(network)
    assert made.populations[0].role == "relay"
    assert grade_quantization(network, made)[0].reason.startswith("it repeats")
