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


@pytest.mark.lava
@pytest.mark.slow
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


@pytest.mark.parametrize("command", ["run", "energy"])
@pytest.mark.slow
def test_a_run_is_quantised_as_by_its_export(command, run_directory, network_file, session_json):
    _, of_run = session_json(command, run_directory, "--samples", 20)
    _, of_file = session_json(command, network_file, "--samples", 20)
    for result in (of_run, of_file):
        result.pop("seconds", None)
        result.pop("file")
    assert of_run == of_file


def test_energy(network_file, session_json):
    code, result = session_json("energy", network_file, "--samples", 20)
    assert code == 0
    assert result["kind"] == "estimated"
    assert [r["name"] for r in result["readings"]] == ["all labels", "one pass", "short list"]
    every, single, listed = (r["tables"][0] for r in result["readings"])
    assert "Davies" in every["source"]
    assert 1e-8 < every["dynamic_joules"]["mean"] < 1e-3
    assert every["static_joules"]["mean"] > 0
    assert 1e-6 < every["seconds"]["mean"] < 1
    shares = [t["total_joules"]["mean"] / every["total_joules"]["mean"] for t in (single, listed)]
    assert shares == pytest.approx([0.1, 0.4], abs=0.03)
    ran = session_json("run", network_file, "--samples", 20)[1]
    assert result["readings"][0]["accuracy"] == ran["accuracy"]
    assert result["readings"][0]["synops"]["mean"] == ran["synops_per_sample"]
    assert result["readings"][0]["spikes"]["mean"] == ran["spikes_per_sample"]
    learning = [t for t in result["training"][0]["terms"] if t["counted"] == "learning updates"]
    assert sum(t["joules"] for t in learning) > 0
    assert [t["table"] for t in result["training"]] == ["loihi1"]
    assert result["no_learning"] == ["loihi1-fitted", "loihi1-boards"]
    made = result["provenance"]
    assert made["schema"] == 2
    assert set(made["tables"]) == {"loihi1", "loihi1-fitted", "loihi1-boards"}
    assert {len(made[name]) for name in ("network", "data")} == {64}


@pytest.mark.slow
def test_energy_by_several_tables_beside_an_ann(network_file, session_json, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[mine]\ntitle = "t"\nsource = "s"\nwhere = "w"\nyear = 2026\nnode = "n"\n'
        'kind = "measured"\nuncertainty = "u"\n[mine.rows.synaptic_operation_pj]\nvalue = 2\n'
    )
    code, result = session_json(
        *("energy", network_file, "--samples", 5, "--compare", "ann"),
        *("--table", "loihi1-fitted", "--table", "loihi2-scenario", "--table", mine),
    )
    assert code == 0
    fitted, scenario, own = result["readings"][0]["tables"]
    assert fitted["kind"] == "fitted"
    assert scenario["dynamic_joules"]["mean"] is None
    assert scenario["dynamic_joules"]["high"] > scenario["dynamic_joules"]["low"] > 0
    synops = result["readings"][0]["synops"]["mean"]
    assert own["dynamic_joules"]["mean"] == pytest.approx(synops * 2e-12, rel=1e-12, abs=0)
    ann = result["ann"]
    assert ann["sizes"] == [64, 100, 10]
    assert ann["macs"] == 7400
    float32, int8 = ann["cases"]
    assert float32["accuracy"] > 0.7
    assert abs(float32["accuracy"] - int8["accuracy"]) < 0.21  # one of five samples
    dense, skipping, *larger, dram = (case["joules"] for case in int8["energies"])
    assert dense < larger[0] < larger[1] < dram
    moved = (64 + 2 * 100 + 10) * 1.25
    assert dense == pytest.approx((7400 * (0.2 + 0.1 + 1.25) + moved) * 1e-12, rel=1e-12, abs=0)
    assert skipping < dense < dram
    for host in ann["host"]:
        assert host["seconds"] > 0
        assert host["joules"] is not None or "RAPL" in host["reason"]


@pytest.mark.slow
def test_energy_beside_sanafe(network_file, session_json, tmp_path):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    folder = tmp_path / "files"
    code, result = session_json("energy", network_file, "--samples", 2, "--sanafe", folder)
    assert code == 0
    assert {p.name for p in folder.iterdir()} == {"architecture.yaml", "network.yaml", "spikes.csv"}
    parts = {part["part"]: part for part in result["sanafe"]["parts"]}
    times = [f"time, {how}" for how in ("everything overlaps", "blocking", "nothing overlaps")]
    assert set(parts) == {"synapses", "neurons", "mesh", "total", "time", *times}
    for name in ("synapses", "mesh"):
        assert parts[name]["ours"] == pytest.approx(parts[name]["theirs"], rel=1e-9, abs=0)
        assert parts[name]["difference"].startswith("none")
    neurons = parts["neurons"]
    assert 0.5 < neurons["ours"] / neurons["theirs"] <= 1 + 1e-9  # rounded sums
    assert "whose potential" in neurons["difference"]
    shortest, blocking, longest = (parts[time]["ours"] for time in times)
    assert 0 < shortest <= parts["time"]["theirs"] <= blocking <= longest


def test_targets_and_presets(session_json):
    _, result = session_json("targets")
    states = {target["name"]: target for target in result["targets"]}
    assert states["emulator"]["available"]
    assert states["lava"]["available"]
    assert not states["loihi2"]["available"]
    assert "INRC" in states["loihi2"]["missing"]
    assert "mnist-columns" in session_json("presets")[1]["presets"]


CHECK = pytest.param("check", marks=[pytest.mark.slow])


@pytest.mark.usefixtures("lava_in_process")
@pytest.mark.parametrize("command", ["eval", CHECK, "export", "run", "energy", "targets"])
@pytest.mark.slow
def test_people_get_tables_on_stdout(command, run_directory, network_file, session_cli, tmp_path):
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
    assert err == ""
    assert len(out.splitlines()) > 3


def test_python_api_has_the_commands_names(run_directory, network_file):
    assert spikeff.eval(run_directory, samples=20).samples == 20
    assert spikeff.run(network_file, samples=5).target == "emulator"
    assert spikeff.energy(network_file, samples=5).main.cores >= 1
    assert {t.name for t in spikeff.targets()} == {"device", "emulator", "lava", "loihi2"}
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        spikeff.fly  # noqa: B018
