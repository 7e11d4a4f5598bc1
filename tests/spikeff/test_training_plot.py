import numpy as np
from matplotlib.image import imread

from spikeff.plots.training import plot_training


def test_the_log_begins_before_training_and_its_picture_shows_it(
    small_config, make_trainer, tmp_path
):
    trainer = make_trainer(small_config(layers=[100, 100]))
    trainer.probe()
    for _ in range(3):
        trainer.train_epoch()
        trainer.probe()
    assert len(trainer.probes) == 4
    assert trainer.probes[0].samples == 100
    assert trainer.probes[-1].accuracy > trainer.probes[0].accuracy + 0.2
    path = plot_training(tmp_path, trainer.history, trainer.probes)
    picture = imread(path)
    assert picture.shape[0] > 500
    assert len(np.unique(picture[..., :3].reshape(-1, 3), axis=0)) > 50
    assert [p.name for p in tmp_path.iterdir()] == ["training.png"]
