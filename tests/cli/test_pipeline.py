"""Every command on a real, small run."""

import pytest

import spikeff


def test_eval(run_directory, session_json):
    code, result = session_json("eval", run_directory)
    assert code == 0
    assert result["samples"] == 360
    for name in ("accuracy", "readout_accuracy", "shortlist_accuracy"):
        assert result[name] > 0.5
    assert 0 < result["shuffled_accuracy"] < result["accuracy"]
    assert result["coincidence_ratio"][0] > 2


def test_run_on_both_targets(network_file, run_directory, session_json):
    code, emulator = session_json("run", network_file)
    assert code == 0
    assert set(emulator) >= {
        "target",
        "samples",
        "accuracy",
        "seconds",
        "spikes_per_sample",
        "synops_per_sample",
    }
    assert emulator["samples"] == 360
    floats = session_json("eval", run_directory)[1]
    assert abs(emulator["accuracy"] - floats["accuracy"]) < 0.03
    code, lava = session_json("run", network_file, "--target", "lava", "--samples", 3)
    assert code == 0
    assert lava["identical_to_emulator"] is True
    first = session_json("run", network_file, "--samples", 3)[1]
    for name in ("accuracy", "spikes_per_sample", "synops_per_sample"):
        assert lava[name] == first[name]


def test_energy(network_file, session_json):
    code, result = session_json("energy", network_file, "--samples", 20)
    assert code == 0
    assert result["kind"] == "estimated"
    assert "Davies" in result["source"]
    assert 1e-8 < result["dynamic_joules"] < 1e-3
    assert result["static_joules"] > 0
    assert 1e-6 < result["seconds"] < 1


def test_targets_and_presets(session_json):
    _, result = session_json("targets")
    states = {target["name"]: target for target in result["targets"]}
    assert states["emulator"]["available"]
    assert states["lava"]["available"]
    assert not states["loihi2"]["available"]
    assert "INRC" in states["loihi2"]["missing"]
    assert "mnist-columns" in session_json("presets")[1]["presets"]


@pytest.mark.parametrize("command", ["eval", "check", "export", "run", "energy", "targets"])
def test_people_get_tables_on_stderr(command, run_directory, network_file, session_cli, tmp_path):
    arguments = {
        "eval": [run_directory, "--samples", 20],
        "check": [run_directory, "--samples", 1],
        "export": [run_directory, "--out", tmp_path / "n"],
        "run": [network_file, "--samples", 5],
        "energy": [network_file, "--samples", 5],
        "targets": [],
    }[command]
    code, out, err = session_cli(command, *arguments)
    assert code == 0
    assert out == ""
    assert len(err.splitlines()) > 3


def test_python_api_has_the_commands_names(run_directory, network_file):
    assert spikeff.eval(run_directory, samples=20).samples == 20
    assert spikeff.run(network_file, samples=5).target == "emulator"
    assert spikeff.energy(network_file, samples=5).cores >= 1
    assert {t.name for t in spikeff.targets()} == {"emulator", "lava", "loihi2"}
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        spikeff.fly  # noqa: B018
