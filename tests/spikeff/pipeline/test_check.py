"""The fidelity report: what it says of a faithful network, and of a network made unfaithful."""

import numpy as np
import pytest

from spikeff.errors import LimitError

FLOATS = {"norse/brian2", "norse/lava-float", "brian2/lava-float"}
INTEGERS = {"emulator/lava", "emulator/brian2-integers", "lava/brian2-integers"}


def grade(result, step):
    return next(g["grade"] for g in result["grades"] if g["step"] == step)


def reason(result, step):
    return next(g["reason"] for g in result["grades"] if g["step"] == step)


@pytest.mark.slow
@pytest.mark.lava
def test_a_faithful_network(run_directory, session_json):
    code, result = session_json("check", run_directory, "--samples", 1)
    assert code == 0
    assert result["equal"] is True
    assert set(result["pairs"]) == FLOATS | INTEGERS
    for name, pair in result["pairs"].items():
        assert pair["spikes"] > 100
        assert pair["mismatches"] == 0
        assert pair["first_divergence"] is None
        assert pair["state_mismatches"] == (None if name in FLOATS else 0)
        assert pair["state_error"] < 1e-12
        assert [layer["population"] for layer in pair["layers"]] == ["layer1"]
        assert grade(result, name.replace("/", " = ")) == "faithful"
    assert result["delays"] == {"layer1": 1}
    assert grade(result, "training = norse") == "faithful"
    assert grade(result, "layer1->layer1: weights") == "faithful"
    assert grade(result, "layer1: current, s") == "approximate"
    assert "no decay becomes 4.096" in reason(result, "layer1: current, s")
    assert grade(result, "Loihi 2 board") == "unsupported"
    assert "INRC" in reason(result, "Loihi 2 board")


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_what_quantising_did(run_directory, session_json):
    _, coarse = session_json("check", run_directory, "--samples", 1, "--bits", 2)
    _, fine = session_json("check", run_directory, "--samples", 1, "--bits", 8)
    layers = [result["conversion"]["layers"][0] for result in (coarse, fine)]
    for name in ("mismatches", "van_rossum", "victor_purpura", "goodness_error"):
        assert layers[0][name] > layers[1][name] > 0, name
    assert 0 < layers[1]["relative_distance"] < layers[0]["relative_distance"]
    assert layers[1]["victor_purpura"] * 10 * 100 <= layers[1]["mismatches"]
    first = layers[1]["first_divergence"]
    spiked = first["left_v"] > first["left_threshold"], first["right_v"] > first["right_threshold"]
    assert spiked == (bool(first["left"]), bool(first["right"]))
    assert layers[1]["u_wraps"] == layers[1]["v_clips"] == 0
    assert 0 <= fine["conversion"]["label_agreement"] <= 1
    assert grade(fine, "spikes of the integers") == "approximate"
    assert "2 bits: rms error" in reason(coarse, "input->layer1: weights")


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_a_differing_spike_is_found_and_explained(run_directory, session_json, monkeypatch):
    from spikeff.references import brian2 as brian2_reference

    honest = brian2_reference.run

    def one_spike_off(*arguments, **options):
        trace = honest(*arguments, **options)
        trace.spikes["layer1"][2, 1, 7] ^= True
        return trace

    monkeypatch.setattr(brian2_reference, "run", one_spike_off)
    code, result = session_json("check", run_directory, "--samples", 1)
    assert code == 1
    assert result["equal"] is False
    pair = result["pairs"]["norse/brian2"]
    assert pair["mismatches"] == 1
    first = pair["first_divergence"]
    place = [first[key] for key in ("population", "sample", "step", "neuron")]
    assert place == ["layer1", 1, 2, 7]
    assert first["left_v"] == pytest.approx(first["right_v"])
    assert (first["left_v"] > first["left_threshold"]) == bool(first["left"])
    assert grade(result, "norse = brian2") == "approximate"
    assert result["pairs"]["norse/lava-float"]["mismatches"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_one_differing_bit_of_v_is_found(run_directory, session_json, monkeypatch):
    from spikeff.references import brian2_integers

    honest = brian2_integers.run

    def one_bit_off(*arguments, **options):
        trace = honest(*arguments, **options)
        trace.v["layer1"][3, 2, 5] += 1
        return trace

    monkeypatch.setattr(brian2_integers, "run", one_bit_off)
    code, result = session_json("check", run_directory, "--samples", 1)
    assert code == 1
    pair = result["pairs"]["emulator/brian2-integers"]
    assert (pair["mismatches"], pair["state_mismatches"]) == (0, 1)
    first = pair["first_divergence"]
    assert (first["quantity"], first["sample"], first["step"], first["neuron"]) == ("v", 2, 3, 5)
    assert first["right"] - first["left"] == 1


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_what_cannot_run_is_unsupported_by_name(run_directory, session_cli, monkeypatch):
    from hw_targets.emulator import run as emulator

    honest = emulator.run

    def refuse(network, inputs, record_states=False):
        if not record_states:  # it is calibration that asks
            return honest(network, inputs)
        raise LimitError("population 'layer1': too loud")

    monkeypatch.setattr(emulator, "run", refuse)
    code, out, _ = session_cli("check", run_directory, "--samples", 1)
    assert code == 1
    assert "unsupported" in out
    assert "too loud" in out


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_a_network_that_no_integers_hold(run_directory, session_json, monkeypatch):
    from spikeff.pipeline.fidelity import check as step

    described = step.describe

    def too_strong(trainer):
        trainer.network.stack[0].weight[0, 0] = 1e30
        return described(trainer)

    monkeypatch.setattr(step, "describe", too_strong)
    code, result = session_json("check", run_directory, "--samples", 1)
    assert code == 1
    assert set(result["pairs"]) == FLOATS
    assert result["conversion"] is None
    assert "layer1" in result["unsupported"]["lava"]
    assert np.all([grade(result, name) == "unsupported" for name in ("emulator", "lava")])
