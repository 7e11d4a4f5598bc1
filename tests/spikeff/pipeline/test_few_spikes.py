"""Two spikes per neuron and sample, from the configuration to the energy."""

import pytest

CONFIG = """
preset = "digits-burst"
network.layers = [100]
schedule.epochs = 4
network.layer_defaults.spike_limit = 2
"""


@pytest.fixture(scope="module")
def limited_run(tmp_path_factory, session_json):
    folder = tmp_path_factory.mktemp("few")
    (folder / "two.toml").write_text(CONFIG)
    code, _ = session_json("train", "--config", folder / "two.toml", "--out", folder / "run")
    assert code == 0
    return folder / "run"


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_every_step_of_the_main_job(limited_run, session_json):
    code, floats = session_json("eval", limited_run)
    assert code == 0
    assert floats["accuracy"] > 0.3
    assert max(floats["firing"]) <= 2 / 8
    code, checked = session_json("check", limited_run, "--samples", 1)
    assert code == 0
    assert checked["pairs"]["emulator/lava"]["state_mismatches"] == 0
    assert checked["delays"] == {"layer1.free": 1, "layer1": 2}
    file = limited_run.parent / "network.safetensors"
    code, exported = session_json("export", limited_run, "--out", file)
    assert code == 0
    assert [p["name"] for p in exported["populations"]] == list(checked["delays"])
    code, run = session_json("run", file)
    assert code == 0
    assert abs(run["accuracy"] - floats["accuracy"]) < 0.04
    code, lava = session_json("run", file, "--target", "lava", "--samples", 1)
    assert code == 0
    assert lava["identical_to_emulator"] is True
    code, energy = session_json("energy", file, "--samples", 5)
    assert code == 0
    assert energy["cores"] == 2
