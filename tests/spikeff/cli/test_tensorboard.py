"""`spikeff train --tensorboard`: the log that TensorBoard itself reads back."""

import json
import sys

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.usefixtures("few_digits")

CONFIG = """
preset = "digits-columns"
network.layers = [100, 50]
network.layer_defaults.column_size = 5
schedule.epochs = 3
"""


@pytest.fixture(scope="module")
def logged(session_cli, tmp_path_factory):
    """Three epochs: a first call stopped after two, and a second that goes on."""
    from spikeff.training.trainer import Trainer

    folder = tmp_path_factory.mktemp("tensorboard")
    (folder / "c.toml").write_text(CONFIG)
    command = ("train", "--out", folder / "run", "--tensorboard")
    whole = Trainer.train_epoch

    def stopped(trainer, on_batch):
        if trainer.epochs_done == 2:
            raise KeyboardInterrupt
        return whole(trainer, on_batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train_epoch", stopped)
        assert session_cli(*command, "--config", folder / "c.toml")[0] == 130
    assert session_cli(*command, "--resume")[0] == 0
    return folder / "run"


@pytest.fixture(scope="module")
def events(logged):
    accumulator = EventAccumulator(str(logged / "tensorboard"))
    accumulator.Reload()
    return accumulator


def curve(events, tag):
    found = events.Scalars(tag)
    return [e.step for e in found], [e.value for e in found]


@pytest.mark.slow
def test_every_curve_is_whole_and_says_what_the_run_says(logged, events):
    history = json.loads((logged / "history.json").read_text())
    for tag, name in (
        ("accuracy/by_goodness", "accuracy"),
        ("accuracy/shuffled_in_time", "shuffled_accuracy"),
        ("accuracy/by_rate_goodness", "rate_accuracy"),
        ("accuracy/by_linear_readout", "readout_accuracy"),
    ):
        steps, values = curve(events, tag)
        assert steps == [0, 1, 2, 3]
        assert values == pytest.approx([p[name] for p in history["probes"]])
    steps, values = curve(events, "time_share")
    above = [
        (k, p["time_share"]) for k, p in enumerate(history["probes"]) if p["time_share"] is not None
    ]
    assert (steps, values) == ([k for k, _ in above], pytest.approx([x for _, x in above]))
    assert steps[-1] == 3
    for layer in (0, 1):
        for name in ("firing", "coincidence_ratio"):
            steps, values = curve(events, f"{name}/layer{layer + 1}")
            assert steps == [0, 1, 2, 3]
            assert values == pytest.approx([p[name][layer] for p in history["probes"]])
        steps, values = curve(events, f"goodness_gap/layer{layer + 1}")
        assert steps == [1, 2, 3]
        assert values == pytest.approx([e["goodness_gap"][layer] for e in history["epochs"]])


@pytest.mark.slow
def test_the_configuration_is_in_the_log(events):
    text = events.Tensors("configuration/text_summary")[-1]
    assert b'kind = "class_columns"' in text.tensor_proto.string_val[0]


@pytest.mark.slow
def test_the_log_changes_nothing_and_goes_with_its_run(logged, session_cli, tmp_path):
    (tmp_path / "c.toml").write_text(CONFIG)
    out = tmp_path / "run"
    assert session_cli("train", "--config", tmp_path / "c.toml", "--out", out)[0] == 0
    name = "checkpoint.safetensors"
    assert (out / name).read_bytes() == (logged / name).read_bytes()
    assert not (out / "tensorboard").exists()
    (out / "tensorboard").mkdir()
    (out / "tensorboard" / "events.out.tfevents.1.host").touch()
    again = ("train", "--config", tmp_path / "c.toml", "--out", out, "--overwrite", "--epochs", 1)
    assert session_cli(*again)[0] == 0
    assert not list((out / "tensorboard").iterdir())


def test_without_tensorboard_the_extra_is_named(session_cli, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    command = ("train", "--preset", "digits", "--out", tmp_path / "run", "--tensorboard")
    code, _, err = session_cli(*command)
    assert code == 1
    assert "pip install 'spikeff[tensorboard]'" in " ".join(err.split())
    assert not list(tmp_path.iterdir())
