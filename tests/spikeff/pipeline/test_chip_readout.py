"""``spikeff export --readout chip`` and what ``spikeff run`` says of it."""

import pytest

from hw_targets import decode_answer as chip_answer


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
