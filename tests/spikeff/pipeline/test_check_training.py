"""The check of training: the description must be the network that was trained, but for float32."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hw_targets.registry import get_target
from lava_export.quantize.quantize import quantize
from spikeff.data.registry import load_split
from spikeff.ir.trace import SpikeTrace, compare_traces
from spikeff.lowering import describe
from spikeff.pipeline.fidelity import check as checking
from spikeff.pipeline.fidelity.grades import (
    APPROXIMATE,
    FAITHFUL,
    UNFAITHFUL,
    grade_pair,
    grade_training,
)
from spikeff.pipeline.fidelity.membrane import float_membrane, integer_membrane, with_margins
from spikeff.pipeline.fidelity.trained import compare_trained
from spikeff.pipeline.presentations import presentations
from spikeff.references import norse as norse_reference
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer
from tests.networks import random_description, random_inputs

REGIMES = {
    "label in the input": {},
    "class columns": {"objective": "class_columns", "layers": [100]},
    "two spikes, behind a gate": {"spike_limit": 2, "layers": [60, 40]},
    "a budget": {"layers": [60, 40], "spike_budget": 20},
    "four bits": {"weight_bits": 4},
    "a layer that is not read": {"layers": [60, {"neurons": 40, "read": False}]},
}


@cache
def calibrated(regime):
    fields = {"layers": [60], "column_size": 10} | REGIMES[regime]
    config = make_config(with_fields(preset_table("digits"), fields), "test")
    trainer = Trainer(config, load_split("digits", "train", None).head(8), torch.device("cpu"))
    trainer.calibrate()
    return trainer.model, describe(trainer.model)


@pytest.fixture
def trained(request):
    return calibrated(request.param)


def compared(model, description, split, samples=4):
    inputs = presentations(
        split.head(samples), description.input, description.labels, description.steps
    )
    trace = norse_reference.run(description, inputs, record_states=True)
    membrane = float_membrane(description, trace)
    return compare_trained(model, description, inputs, trace, membrane)


@pytest.mark.parametrize("trained", REGIMES, indirect=True)
def test_the_trained_network_is_its_description(trained, small_digits):
    found = compared(*trained, small_digits)
    assert found.unexplained == 0
    assert found.pair.spikes > 50
    # Gains are found by bisection, so that a neuron may stand at its threshold but for rounding.
    assert found.pair.mismatches <= 1
    grade = APPROXIMATE if found.pair.mismatches else FAITHFUL
    assert grade_training(found).grade == grade


def with_weights(description, changed):
    first, *others = description.connections
    return replace(description, connections=(changed(first), *others))


def smaller(connection):
    return replace(connection, weights=connection.weights * 0.9)


def one_column_larger(connection):
    weights = connection.weights.copy()
    weights[:10] *= 1.25
    return replace(connection, weights=weights)


@pytest.mark.parametrize("trained", REGIMES, indirect=True)
@pytest.mark.parametrize("change", [smaller, one_column_larger])
def test_other_weights_are_not_the_trained_network(trained, change, small_digits):
    model, description = trained
    found = compared(model, with_weights(description, change), small_digits, samples=6)
    assert found.unexplained > 0
    assert grade_training(found).grade == UNFAITHFUL


@pytest.mark.parametrize("trained", ["label in the input"], indirect=True)
def test_swapped_labels_are_not_the_trained_network(trained, small_digits):
    model, description = trained
    code, pixels = description.labels, description.input.pixels

    def swapped(connection):
        weights = connection.weights.copy()
        first, second = (pixels + code.neurons * k + np.arange(code.neurons) for k in (2, 5))
        weights[:, [*first, *second]] = weights[:, [*second, *first]]
        return replace(connection, weights=weights)

    found = compared(model, with_weights(description, swapped), small_digits)
    assert 0 < found.unexplained <= 2 * 4  # only presentations of the two labels


@pytest.mark.parametrize(
    "trained", ["label in the input", "two spikes, behind a gate"], indirect=True
)
def test_a_spike_at_the_threshold_is_explained(trained, small_digits):
    """The threshold moved to a millionth above the lowest potential that had crossed it.

    Behind a gate it is the potential of the neuron that counts, not that of the gate.
    """
    model, description = trained
    neurons, *others = description.populations
    inputs = presentations(
        small_digits.head(4), description.input, description.labels, description.steps
    )
    trace = norse_reference.run(description, inputs, record_states=True)
    v = trace.v[neurons.name]
    before = np.concatenate([np.zeros_like(v[:1]), v[:-1]])
    reached = before + description.dt / neurons.tau_mem * (trace.u[neurons.name] - before)
    lowest = reached[trace.spikes["layer1"]].min()
    moved = replace(neurons, v_th=float(lowest * (1 + 1e-6)))
    found = compared(model, replace(description, populations=(moved, *others)), small_digits)
    assert found.pair.mismatches >= 1
    assert found.unexplained == 0
    assert grade_training(found).grade == APPROXIMATE
    if not others:
        first = found.pair.first_divergence
        assert (first.left_v, first.left_threshold) == (None, None)
        assert first.right_v == pytest.approx(first.right_threshold, rel=1e-5)


@pytest.mark.parametrize("factor", [1.0, 0.9])
def test_check_fails_where_the_description_is_another_network(factor, monkeypatch):
    def floats(description, inputs, traces, report):
        trace = norse_reference.run(description, inputs, record_states=True)
        traces.floats["norse"] = trace
        traces.membranes["norse"] = float_membrane(description, trace)

    def integers(network, inputs, traces, report):
        traces.integers["emulator"] = get_target("emulator").run(network, inputs, True).trace

    model, description = calibrated("label in the input")
    described = with_weights(description, lambda c: replace(c, weights=c.weights * factor))
    monkeypatch.setattr(checking, "run_floats", floats)
    monkeypatch.setattr(checking, "run_integers", integers)
    monkeypatch.setattr(
        checking, "saved", lambda run: SimpleNamespace(is_integers=False, model=lambda: model)
    )
    monkeypatch.setattr(checking, "describe", lambda model: described)
    monkeypatch.setattr(checking, "calibration_inputs", lambda description, data: None)
    report = checking.check("run", samples=2)
    result = report.as_dict()
    assert report.equal == result["equal"] == (factor == 1.0)
    assert (result["training"]["unexplained"] > 0) == (factor != 1.0)
    assert (result["training"]["mismatches"] > 0) == (factor != 1.0)
    assert report.grades[0].grade == (FAITHFUL if factor == 1.0 else UNFAITHFUL)


@pytest.mark.parametrize("kept", [("v",), ("u",), ()])
def test_a_target_that_records_less_is_compared_in_what_it_records(kept):
    rng = np.random.default_rng(0)
    network = quantize(random_description(rng), 8)
    inputs = random_inputs(rng, network.steps, 2)
    whole = get_target("emulator").run(network, inputs, record_states=True).trace
    states = {q: dict(getattr(whole, q)) if q in kept else {} for q in ("u", "v")}
    part = SpikeTrace("board", dict(whole.spikes), **states)
    pair = compare_traces(whole, part)
    assert (pair.equal, pair.compared) == (True, kept)
    assert ("every" in grade_pair(pair).reason) == bool(kept)
    part.spikes["layer0"] = ~whole.spikes["layer0"]
    membranes = [integer_membrane(network, trace) for trace in (whole, part)]
    first = with_margins(compare_traces(whole, part), *membranes).first_divergence
    assert first.left_v is not None
    assert (first.right_v, first.right_threshold) == (None, None)
