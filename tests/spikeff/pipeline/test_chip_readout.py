"""``spikeff export --readout chip`` and what ``spikeff run`` says of it."""

import pytest

import spikeff
from hw_targets import decode_answer as chip_answer
from lava_export.integers.file import load_integer_network
from spikeff.errors import UnknownNameError


@pytest.fixture(scope="module")
def answering_file(run_directory, session_json):
    file = run_directory.parent / "answering.safetensors"
    code, result = session_json("export", run_directory, "--out", file, "--readout", "chip")
    assert code == 0
    names = [p["name"] for p in result["populations"]]
    assert names == ["layer1", "layer1.rungs", "layer1.totals", "readout.goodness"]
    return file


def test_chip_and_host_agree(answering_file, network_file, session_json):
    code, result = session_json("run", answering_file)
    assert code == 0
    assert result["chip_agreement"] == 1.0
    assert result["chip_accuracy"] == result["accuracy"]
    plain = session_json("run", network_file)[1]
    assert plain["accuracy"] == result["accuracy"]
    assert not {"chip_accuracy", "chip_agreement"} & plain.keys()
    assert plain["spikes_per_sample"] < result["spikes_per_sample"]


@pytest.mark.slow
@pytest.mark.lava
def test_lava_answers_as_well(answering_file, session_json):
    code, result = session_json("run", answering_file, "--target", "lava", "--samples", 1)
    assert code == 0
    assert result["identical_to_emulator"] is True
    assert result["chip_agreement"] == 1.0


def test_a_disagreement_fails(answering_file, session_cli, monkeypatch):
    honest = chip_answer.chip_answers
    monkeypatch.setattr(chip_answer, "chip_answers", lambda *args: honest(*args) ^ 1)
    code, out, err = session_cli("run", answering_file, "--samples", 5)
    assert code == 1
    assert err == ""
    assert "0.00 %" in out


def test_unknown_readouts_are_named(run_directory, session_cli, tmp_path):
    code, _, err = session_cli("export", run_directory, "--out", tmp_path / "n", "--readout", "cip")
    assert code == 2
    assert "'cip' is not one of 'host', 'chip'" in err
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def frugal_run(tmp_path_factory):
    """Class columns, one spike per neuron, goodness excess, as in ``mnist-frugal``."""
    run = tmp_path_factory.mktemp("frugal") / "run"
    network = {"layers": [100], "layer_defaults": {"column_size": 10}}
    spikeff.train(
        run,
        "mnist-frugal",
        network=network,
        **{"data.dataset": "digits", "data.shift": 0, "data.steps": 8, "schedule.epochs": 1},
    )
    return run


@pytest.mark.parametrize(("period", "steps"), [("shortest", 9), ("power-of-two", 16)])
@pytest.mark.slow
def test_the_frugal_net_answers_on_a_chip_that_clears_itself(frugal_run, tmp_path, period, steps):
    file = tmp_path / "frugal.safetensors"
    made = spikeff.export(frugal_run, file, chip="loihi2", readout="chip", period=period)
    assert made.period == steps
    assert load_integer_network(file).period == steps
    ran = spikeff.run(file, samples=60)
    assert (ran.chip_agreement, ran.chip_accuracy) == (1.0, ran.accuracy)
    assert ran.accuracy > 0.15


def test_unknown_periods_are_named(run_directory, tmp_path):
    with pytest.raises(UnknownNameError, match="power-of-two, shortest"):
        spikeff.export(run_directory, tmp_path / "n", period="16")
    assert not list(tmp_path.iterdir())
