"""The pipeline on real MNIST files: a directory named by SPIKEFF_MNIST, skipped without one."""

import os
from pathlib import Path

import pytest

import spikeff

DIRECTORY = os.environ.get("SPIKEFF_MNIST")
pytestmark = pytest.mark.skipif(
    DIRECTORY is None, reason="set SPIKEFF_MNIST to the directory of MNIST's IDX files"
)


@pytest.mark.parametrize(
    ("preset", "learned"),
    [("mnist", 0.5), ("mnist-once", 0.5), ("mnist-burst", 0.7), ("mnist-columns", 0.8)],
)
def test_presets_learn_and_go_through_the_whole_pipeline(preset, learned, tmp_path, monkeypatch):
    from spikeff.data import registry as datasets

    full = datasets.DATASETS["mnist"].load
    few = {"train": 4000, "test": 1500}

    def load(split, directory):
        return full(split, directory).head(few[split])

    monkeypatch.setitem(datasets.DATASETS, "mnist", datasets.Dataset(load, 10))
    data, run, file = Path(str(DIRECTORY)), tmp_path / "run", tmp_path / "network"
    spikeff.train(run, preset, data=data, epochs=1)
    assert spikeff.eval(run, data=data).accuracy > learned
    assert spikeff.check(run, samples=2, data=data).equal
    spikeff.export(run, file)
    floats, ints = spikeff.eval(run, data=data), spikeff.run(file, data=data)
    assert abs(floats.accuracy - ints.accuracy) < 0.03
    assert spikeff.run(file, target="lava", samples=2, data=data).identical_to_emulator
    assert spikeff.energy(file, samples=10, data=data).main.dynamic_joules.mean > 0
