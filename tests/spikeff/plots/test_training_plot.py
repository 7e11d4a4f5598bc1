"""The training log: it begins before training, and its picture holds every number of it."""

import io

import matplotlib.figure
import numpy as np
import pytest
from matplotlib.image import imread

from spikeff.plots.training import picture_of, plot_training
from tests.conftest import UNDRAWN


@pytest.fixture
def figures(monkeypatch):
    """Every figure that is saved."""
    seen, save = [], matplotlib.figure.Figure.savefig

    def saved(figure, *where, **how):
        seen.append(figure)
        save(figure, *where, **how)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", saved)
    return seen


def drawn(axes):
    """Label -> heights of every curve with one."""
    curves = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    return {label: list(y) for label, y in curves.items() if not label.startswith("_")}


@pytest.mark.slow
def test_the_log_begins_before_training_and_its_picture_shows_it(
    small_config, make_trainer, tmp_path, figures
):
    trainer = make_trainer(small_config("digits-synchrony", layers=[100, 100]))
    trainer.probe()
    for _ in range(3):
        trainer.train_epoch()
        trainer.probe()
    probes, history = trainer.probes, trainer.history
    assert len(probes) == 4
    assert probes[0].samples == 100
    assert probes[-1].accuracy > probes[0].accuracy + 0.2
    assert probes[-1].readout_accuracy > probes[0].readout_accuracy + 0.2

    path = plot_training(tmp_path, trainer.log)
    assert [p.name for p in tmp_path.iterdir()] == ["training.png"]
    assert path.read_bytes() == UNDRAWN
    assert min(imread(io.BytesIO(picture_of(trainer.log))).shape[:2]) > 500
    (figure,) = figures
    accuracy, time, ratio, gap, firing = map(drawn, figure.axes)
    (shares,) = time.values()
    np.testing.assert_array_equal(
        shares, [np.nan if p.time_share is None else 100 * p.time_share for p in probes]
    )
    assert probes[-1].time_share == (
        (probes[-1].accuracy - probes[-1].shuffled_accuracy) / (probes[-1].accuracy - 0.1)
    )
    assert accuracy["by goodness"] == [100 * p.accuracy for p in probes]
    assert accuracy["linear readout"] == [100 * p.readout_accuracy for p in probes]
    assert len(accuracy) == 4
    for layer in (0, 1):
        name = f"layer {layer + 1}"
        np.testing.assert_array_equal(
            ratio[f"{name} positives"], [p.coincidence_ratio[layer] for p in probes]
        )
        np.testing.assert_array_equal(
            ratio[f"{name} negatives"], [p.negative_ratio[layer] for p in probes]
        )
        assert gap[name] == [0.0, *(r.goodness_gap[layer] for r in history)]
        assert firing[f"{name} positives"] == [100 * p.firing[layer] for p in probes]
