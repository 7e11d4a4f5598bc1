"""Recordings through the whole job: trained, evaluated, exported, checked, run and priced."""

import pytest

import spikeff
from spikeff.training.checkpoint import read_config
from tests.commands import bad
from tests.spikeff.data.sound.recordings import digits

CONFIG = """
preset = "spoken-digits-once"
network.layers = [100]
network.layer_defaults.column_size = 10
schedule = {epochs = 12, batch_size = 10}
learning.learning_rate = 1e-2
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def held_out(folder, session_cli):
    """A run that never heard bob, with its integers beside it."""
    (folder / "c.toml").write_text(CONFIG)
    line = ("train", "--config", folder / "c.toml", "--data", folder, "--hold-out", "bob")
    assert session_cli(*line, "--out", folder / "run")[0] == 0
    assert session_cli("export", folder / "run", "--out", folder / "run" / "network")[0] == 0
    return folder / "run"


@pytest.mark.slow
def test_a_run_keeps_who_was_held_out(held_out):
    assert read_config(held_out).data.dataset == "spoken-digits@bob"
    assert spikeff.load(held_out / "network").dataset == "spoken-digits@bob"


@pytest.mark.slow
def test_every_command_tests_on_the_speaker_who_was_held_out(held_out):
    in_floats, file = spikeff.eval(held_out), held_out / "network"
    in_integers = spikeff.run(file, target="emulator")
    assert in_floats.samples == in_integers.samples == 20
    assert in_floats.accuracy > 0.5
    assert in_integers.accuracy == pytest.approx(in_floats.accuracy, abs=0.1)
    assert in_floats.shuffled_accuracy < in_floats.accuracy - 0.3


@pytest.mark.slow
def test_the_answer_on_the_chip_is_that_of_the_host_and_is_priced(held_out, tmp_path):
    spikeff.export(held_out, tmp_path / "chip", readout="chip")
    told = spikeff.run(tmp_path / "chip", data=held_out.parent)
    assert told.chip_agreement == 1.0
    assert spikeff.energy(tmp_path / "chip", data=held_out.parent, samples=3).samples == 3


def test_speakers_are_held_out_of_data_sets_that_have_some(folder, session_cli, tmp_path):
    line = ("train", "--preset", "digits", "--hold-out", "bob", "--out", tmp_path / "run")
    assert "data sets of speakers (spoken-digits)" in bad(session_cli, *line)
    resumed = ("train", "--resume", "--hold-out", "bob", "--out", folder / "run")
    assert "a run that is resumed keeps its own" in bad(session_cli, *resumed)
    unknown = ("train", "--preset", "spoken-digits", "--hold-out", "eve", "--data", folder)
    assert "ann, bob" in bad(session_cli, *unknown, "--out", tmp_path / "run")
