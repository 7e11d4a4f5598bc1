"""Each mistake: a message that names it, a non-zero exit code, no traceback, nothing lost."""

import json
import os
import shutil
import signal
import time

import pytest
import torch

from spikeff.training.checkpoint import load_model, load_trainer
from spikeff.training.run_folder import CHECKPOINT
from tests import forked
from tests.commands import TINY, bad


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--preset", "digts", "--out", "x"], "Did you mean 'digits'?"),
        (["train", "--out", "x"], "give --preset NAME or --config FILE.toml"),
        (["train", "--preset", "mnist", "--out", "x"], "pass --data DIR"),
        (["train", "--preset", "mnist", "--out", "x", "--data", "nowhere"], "does not exist"),
        (["train", "--preset", "digits", "--out", "x", "--epochs", "0"], "epochs"),
        (
            ["train", "--preset", "digits", "--out", "x", "--device", "tpu"],
            "Choose one of: cpu, cuda, cuda:0",
        ),
        (["train", "--config", "no.toml", "--out", "x"], "no.toml does not exist"),
        (["train", "--out", "x", "--resume"], "is not a run directory"),
        (["eval", "nowhere"], "is not a run directory"),
        (["run", "nowhere"], "is not a run directory, and no file of that name exists"),
        (["run", "digits"], "The trained network is called 'zoo:digits'"),
        (["run", "zoo:digit"], "Did you mean 'digits'?"),
        (["eval", "mnist-hybrid"], "`spikeff train --preset mnist-hybrid --out DIR`"),
        (["export", "nowhere", "--out", "y"], "is not a run directory"),
    ],
)
def test_mistakes_are_named(arguments, message, session_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message in bad(session_cli, *arguments)
    assert not list(tmp_path.iterdir())


def test_usage_mistakes(session_cli):
    assert "--preest" in bad(session_cli, "train", "--preest", "digits")
    assert "eval" in bad(session_cli, "evl", "x")


def test_json_reports_errors_too(session_json):
    code, result = session_json("eval", "nowhere")
    assert code == 1
    assert "is not a run directory" in result["error"]
    code, result = session_json("train")
    assert code == 2
    assert "--out" in result["error"]


def test_unknown_names_in_files_and_options(network_file, session_cli):
    assert "emulator, lava, loihi2" in bad(session_cli, "run", network_file, "--target", "loihi9")
    assert "INRC" in bad(session_cli, "run", network_file, "--target", "loihi2")
    assert "is not one of 'ann'" in bad(session_cli, "energy", network_file, "--compare", "gpu")
    assert "loihi1" in bad(session_cli, "energy", network_file, "--table", "loihi9")
    assert "1 to 360" in bad(session_cli, "run", network_file, "--samples", 361)


def test_damaged_and_foreign_files(network_file, run_directory, session_cli, tmp_path):
    broken = tmp_path / "broken"
    whole = network_file.read_bytes()
    broken.write_bytes(whole[:-7])
    assert "broken" in bad(session_cli, "run", broken)
    flipped = bytearray(whole)
    flipped[-5] ^= 4
    broken.write_bytes(bytes(flipped))
    assert "is damaged" in bad(session_cli, "energy", broken)
    said = bad(session_cli, "bundle", run_directory / CHECKPOINT, "--out", tmp_path / "job.zip")
    assert f"spikeff export {run_directory / CHECKPOINT}" in " ".join(said.split())
    run = tmp_path / "run"
    shutil.copytree(run_directory, run)
    (run / CHECKPOINT).write_bytes((run / CHECKPOINT).read_bytes()[:1000])
    for arguments in (["eval", run], ["train", "--out", run, "--resume"], ["check", run]):
        assert CHECKPOINT in bad(session_cli, *arguments)


def test_newer_versions(run_directory, session_cli, tmp_path):
    from spikeff.ir.io.sealed import load_sealed, save_sealed
    from spikeff.training import checkpoint

    run = tmp_path / "run"
    shutil.copytree(run_directory, run)
    meta, arrays = load_sealed(run / CHECKPOINT, checkpoint.KIND, checkpoint.VERSION)
    save_sealed(run / CHECKPOINT, checkpoint.KIND, checkpoint.VERSION + 1, meta, arrays)
    assert "upgrade spikeff" in bad(session_cli, "eval", run)


def test_weights_that_do_not_fit_leave_no_file(run_directory, session_cli, tmp_path):
    from spikeff.training.checkpoint import save_checkpoint

    run = tmp_path / "run"
    trainer = load_trainer(run_directory, None, torch.device("cpu"))
    trainer.network.stack[0].weight[0, 0] = float("nan")
    save_checkpoint(run, trainer)
    assert "weights are not finite" in bad(session_cli, "export", run, "--out", tmp_path / "n")
    trainer.network.stack[0].weight[0, 0] = 1e30
    save_checkpoint(run, trainer)
    assert "'layer1'" in bad(session_cli, "export", run, "--out", tmp_path / "n")
    assert not (tmp_path / "n").exists()


def test_a_run_is_never_overwritten_by_accident(run_directory, session_cli):
    before = (run_directory / CHECKPOINT).read_bytes()
    assert "already holds a run" in bad(
        session_cli, "train", "--preset", "digits", "--out", run_directory
    )
    err = bad(session_cli, "train", "--out", run_directory, "--resume", "--seed", 9)
    assert "seed: 3 in the run, 9 asked for" in err
    err = bad(session_cli, "train", "--out", run_directory, "--resume", "--epochs", 3)
    assert "has learned 4 epochs already" in err
    assert (run_directory / CHECKPOINT).read_bytes() == before


EPOCHS = 5


def training(folder):
    config = folder / "c.toml"
    config.write_text(TINY.format(preset="digits", epochs=EPOCHS))
    return ["train", "--config", str(config), "--out", str(folder / "run")]


@pytest.fixture(scope="module")
def unhindered(tmp_path_factory, session_cli):
    """The checkpoint of a training that nothing interrupts."""
    folder = tmp_path_factory.mktemp("unhindered")
    assert session_cli(*training(folder))[0] == 0
    return (folder / "run" / CHECKPOINT).read_bytes()


def wait_for_epoch(run):
    deadline = time.monotonic() + 120
    history = run / "history.json"
    while time.monotonic() < deadline:
        if history.exists() and json.loads(history.read_text())["epochs"]:
            return
        time.sleep(0.02)
    raise AssertionError("no epoch was finished")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_training_goes_on_bit_for_bit(how, tmp_path, session_cli, unhindered):
    run = tmp_path / "run"
    child = forked.start(tmp_path, *training(tmp_path), output=tmp_path / "said")
    wait_for_epoch(run)
    os.kill(child.pid, how)
    assert forked.exit_code(child) == (130 if how == signal.SIGINT else -9)
    assert "Traceback" not in (tmp_path / "said").read_text()
    assert load_model(run).epochs_done < EPOCHS
    code, _, _ = session_cli("train", "--out", run, "--resume")
    assert code == 0
    assert (run / CHECKPOINT).read_bytes() == unhindered


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        (["trian"], "'train'"),
        (["config", "shwo", "digits"], "'show'"),
        (["eval", "x", "--smaples", "3"], "--samples"),
        (["train", "--out", "x", "--preset", "MNIST_once"], "'mnist-once'"),
        (["train", "--out", "x", "--preset", "digits", "--device", "cdua"], "'cuda'"),
        (["tune", "--out", "x", "--preset", "digitss"], "'digits'"),
        (["tune", "--out", "x", "--preset", "digits", "--chip", "lohi1"], "'loihi1'"),
        (["config", "show", "two_ears"], "'two-ears'"),
        (["config", "space", "digts"], "'digits'"),
        (["run", "zoo:mnist-colums"], "'mnist-columns'"),
        (["run", "zoo:digits", "--target", "Emulater"], "'emulator'"),
        (["energy", "zoo:digits", "--table", "loihi-1"], "'loihi1'"),
        (["bundle", "zoo:digit", "--out", "x"], "'digits'"),
        (["data", "fashon-mnist", "--out", "x"], "'fashion-mnist'"),
    ],
)
def test_a_typo_suggests_the_right_word(arguments, right, session_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    err = " ".join(bad(session_cli, *arguments).split())
    assert f"Did you mean {right}?" in err or f"Possible options: {right}" in err
    assert not list(tmp_path.iterdir())


def test_typos_in_a_run_directory_s_commands(run_directory, session_cli, tmp_path):
    export = ("export", run_directory, "--out", tmp_path / "n")
    for arguments, right in (
        ((*export, "--chip", "Loihi_2"), "loihi2"),
        (("report", run_directory, "--table", "lohi1"), "loihi1"),
    ):
        assert f"Did you mean {right!r}?" in bad(session_cli, *arguments)


@pytest.mark.parametrize(
    ("arguments", "choices"),
    [
        (["eval", "x", "--split", "tets"], "'test', 'train'"),
        (["check", "x", "--split", "trian"], "'test', 'train'"),
        (["run", "x", "--split", "Test"], "'test', 'train'"),
        (["export", "x", "--out", "y", "--readout", "chpi"], "'host', 'chip'"),
        (["energy", "x", "--compare", "amn"], "'ann'"),
    ],
)
def test_the_parser_knows_the_choices(arguments, choices, session_cli):
    assert f"is not one of {choices}" in bad(session_cli, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "x", "--bits", "10"],
        ["export", "x", "--out", "y", "--bits", "0"],
        ["run", "x", "--samples", "0"],
        ["eval", "x", "--seed", "-1"],
        ["eval", "x", "--jitter", "-1"],
    ],
)
def test_the_parser_knows_the_ranges(arguments, session_cli):
    assert f"Invalid value for '{arguments[-2]}'" in bad(session_cli, *arguments)
