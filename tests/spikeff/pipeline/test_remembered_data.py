"""Commands find the data of a run, and of files beside it, where they lay in training."""

import numpy as np
import pytest

import spikeff
from tests.commands import bad

CONFIG = """
preset = "digits"
data.dataset = "arrays"
data.encoder.kind = "latency"
network.layers = [40]
network.layer_defaults.column_size = 10
schedule.epochs = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, session_cli):
    """A run on files of one's own, and its integers beside it."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    for name in ("train", "test"):
        labels = np.arange(40) % 2
        images = rng.integers(0, 100, (40, 4, 4)) + 150 * labels[:, None, None] * np.eye(
            4, dtype=int
        )
        np.savez(folder / f"{name}.npz", images=images.astype(np.uint8), labels=labels)
    (folder / "c.toml").write_text(CONFIG)
    line = ("train", "--config", folder / "c.toml", "--data", folder, "--out", folder / "run")
    assert session_cli(*line)[0] == 0
    file = folder / "run" / "network"
    assert session_cli("export", folder / "run", "--out", file)[0] == 0
    return folder


@pytest.mark.slow
def test_no_command_asks_for_the_data_again(folder):
    run, file = folder / "run", folder / "run" / "network"
    assert spikeff.eval(run).samples == 40
    assert spikeff.eval(file).samples == 40
    assert spikeff.run(file, samples=3).samples == 3
    assert spikeff.energy(file, samples=3).samples == 3
    assert spikeff.bundle(file, folder / "job.zip", samples=1).samples == 1
    calibration = spikeff.export(run, folder / "again").calibration
    assert calibration is not None


def test_data_that_moved_are_named(folder, session_cli, tmp_path):
    moved = tmp_path / "moved"
    for name in ("train.npz", "test.npz"):
        (folder / name).rename(moved.with_name(name))
    directory = folder.rename(tmp_path / "own")
    try:
        run = directory / "run"
        assert "there is no such directory now; pass --data DIR" in bad(session_cli, "eval", run)
        assert spikeff.eval(run, data=tmp_path, samples=5).samples == 5
        assert spikeff.export(run, tmp_path / "uncalibrated").calibration is None
    finally:
        directory.rename(folder)
