"""What a user sees: whole configurations, epochs told, dead layers named, runs recorded."""

import json
import subprocess

import pytest

from spikeff.provenance import git_state, record_of_call
from spikeff.training.config.files import parse_config, preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.health import activity_warnings
from spikeff.training.history import EpochRecord
from tests.paths import ROOT

SHORT = """
preset = "digits"
network.layers = [40]
network.layer_defaults.column_size = 10
schedule.epochs = 2
"""


def record(*firing):
    none = (0.0,) * len(firing)
    return EpochRecord(2, 1e-3, 0.5, none, firing, none)


def test_firing_layers_bring_no_warning_and_dead_ones_a_remedy():
    three = {"network.layers": [80, 80, 80], "network.layer_defaults.homeostasis": 5.0}
    config = make_config(with_fields(preset_table("digits-synchrony"), three), "test")
    assert activity_warnings(record(0.02, 0.1, 0.1), config) == []
    silent, saturated = activity_warnings(record(0.001, 0.02, 0.12), config)
    assert "epoch 2, layer 1 is silent: 0.008 spikes" in silent
    assert "Raise initial_firing (0.02)" in silent
    assert "or lower learning_rate (0.003), theta (4) or homeostasis (5)." in silent
    assert "learning_rate (0.003), or raise homeostasis (5)." in saturated
    assert "layer 3 is saturated: 0.96 spikes per neuron and sample of 1 possible" in saturated
    free = make_config(preset_table("digits-burst"), "test")
    assert activity_warnings(record(0.5, 0.5), free) == []
    assert "of 8 possible" in activity_warnings(record(0.95, 0.5), free)[0]
    assert "theta" not in activity_warnings(record(0.0, 0.5), free)[0]


def test_show_prints_what_train_reads_back(session_cli, session_json, run_directory, tmp_path):
    code, out, err = session_cli("config", "show", "mnist-columns")
    assert (code, err) == (0, "")
    assert parse_config(out, "shown") == make_config(preset_table("mnist-columns"), "preset")
    file = tmp_path / "mine.toml"
    file.write_text(SHORT)
    code, out, _ = session_cli("config", "show", file)
    shown = parse_config(out, "shown")
    assert [layer.neurons for layer in shown.layers] == [40]
    assert shown.data.encoder.kind == "latency"
    _, of_run = session_json("config", "show", run_directory)
    assert of_run["config"]["seed"] == 3
    code, out, err = session_cli("config", "show", "digit")
    assert (code, out) == (1, "")
    assert "Did you mean 'digits'?" in err
    code, out, err = session_cli("config", "show", tmp_path / "none.toml")
    assert "does not exist" in err


@pytest.fixture(scope="module")
def told(session_cli, tmp_path_factory):
    """Two epochs of neurons that hardly fire, and a resumption; all that was printed."""
    folder = tmp_path_factory.mktemp("told")
    hardly = "network.layer_defaults.initial_firing = 1e-4\nlearning.learning_rate = 1e-6\n"
    (folder / "c.toml").write_text(SHORT + hardly)
    code, _, err = session_cli("train", "--config", folder / "c.toml", "--out", folder / "run")
    assert code == 0
    assert session_cli("train", "--out", folder / "run", "--resume")[0] == 0
    return folder / "run", " ".join(err.split())


@pytest.mark.slow
def test_epochs_and_silent_layers_are_told(told):
    _, err = told
    assert "epoch 1 of 2: training" in err
    assert "shuffled in time" in err
    assert "coincidence ratio" in err
    assert "warning: epoch 1, layer 1 is silent" in err


def test_runs_say_what_made_them(told):
    run, _ = told
    about = json.loads((run / "run.json").read_text())
    assert about["command"][1] == "train"
    assert about["dataset"] == "digits"
    assert about["samples"] == 1437
    assert set(about) >= {"seed", "versions", "started", "platform", "git"}
    (resumed,) = about["resumed"]
    assert "--resume" in resumed["command"]
    assert resumed["versions"]["torch"] == about["versions"]["torch"]


def test_the_code_is_known_where_git_knows_it(tmp_path):
    assert git_state(tmp_path) is None
    if (ROOT / ".git").exists():
        found = git_state(ROOT / "spikeff")
        assert len(found["commit"]) == 40


def test_the_caller_s_own_commit_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert record_of_call([])["working_directory_commit"] is None
    git = ("git", "-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "mine"], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert record_of_call([])["working_directory_commit"] == head.stdout.strip()


@pytest.mark.slow
def test_a_record_that_was_damaged_stops_nothing(told, session_cli):
    run, _ = told
    for text in ("[]", "{", "[" * 10_000):
        (run / "run.json").write_text(text)
        assert session_cli("train", "--out", run, "--resume")[0] == 0
        assert len(json.loads((run / "run.json").read_text())["resumed"]) == 1


def test_data_names_what_it_needs(session_cli, tmp_path):
    code, _, err = session_cli("data", "shd", "--out", tmp_path / "x")
    assert code == 1
    assert "give --from DIR and --steps N" in err
    assert not (tmp_path / "x").exists()
