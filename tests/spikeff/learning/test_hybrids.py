import numpy as np
import pytest
import torch

from spikeff.learning.negatives.hybrids import blob_masks, hybrid_images
from spikeff.training.evaluation import evaluate


def test_hybrids_hold_pixels_of_two_images_and_depend_on_the_generator():
    images = np.repeat(np.arange(1, 9, dtype=np.uint8)[:, None], 64, axis=1)
    first = hybrid_images(images, (8, 8), 3, torch.Generator().manual_seed(1))
    assert first.dtype == np.uint8
    for own, hybrid in zip(images, first, strict=True):
        kinds = set(np.unique(hybrid))
        assert len(kinds) <= 2
        assert kinds & {own[0]} or len(kinds) == 1
    again = hybrid_images(images, (8, 8), 3, torch.Generator().manual_seed(1))
    other = hybrid_images(images, (8, 8), 3, torch.Generator().manual_seed(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_more_passes_make_larger_blobs():
    def borders(passes):
        masks = blob_masks(200, (28, 28), passes, torch.Generator().manual_seed(0))
        grid = masks.reshape(-1, 28, 28)
        return (grid[:, 1:] != grid[:, :-1]).mean()

    assert borders(0) == pytest.approx(0.5, abs=0.01)
    assert borders(6) < 0.6 * borders(1)
    assert 0.4 < blob_masks(200, (28, 28), 6, torch.Generator().manual_seed(0)).mean() < 0.6


def test_a_layer_that_never_hears_of_labels_helps_the_readout(
    small_config, make_trainer, small_digits
):
    fields = {"negatives": "hybrid", "hybrid_passes": 1, "epochs": 12, "layers": [200]}
    fields["readout_learning_rate"] = 5e-3
    trainer = make_trainer(small_config("digits-synchrony", **fields))
    assert trainer.network.labels is None
    for _ in range(12):
        record = trainer.train_epoch()
    assert record.goodness_gap[0] > 0.3
    result = evaluate(trainer.model, small_digits, draws=1)
    assert result.accuracy == result.readout_accuracy > 0.8
