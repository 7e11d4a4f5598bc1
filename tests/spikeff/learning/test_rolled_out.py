"""Text of the network's own as negatives, beside real text with wrong next characters."""

import numpy as np
import pytest
import torch

from spikeff.data.registry import load_split
from spikeff.learning.phase import Phase
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer
from tests.spikeff.data.test_aesop import SHAPE, TEXT

SMALL = {
    "network.layers": [50],
    "network.layer_defaults.column_size": 10,
    "schedule.batch_size": 9,
    "schedule.epochs": 1,
    "negatives.kind": "rolled_out",
    "negatives.per_sample": 1,
}


@pytest.fixture
def trainer_of(tmp_path):
    (tmp_path / "aesop.txt").write_text(TEXT)
    split = load_split("aesop", "train", tmp_path)

    def make(**negatives):
        fields = SMALL | {f"negatives.{name}": value for name, value in negatives.items()}
        config = make_config(with_fields(preset_table("aesop"), fields), "test")
        trainer = Trainer(config, split, torch.device("cpu"))
        trainer.calibrate()
        return trainer

    return make


def shown_by(trainer, phase):
    """Images, as numbers of characters, and labels of each row of the first nine windows."""
    seen = []
    encode, draw = trainer._step.negatives, []

    class Watched:
        def draw(self, network, readout, batch, generator):
            object.__setattr__(batch, "encode", _kept(batch.encode, draw))
            seen.append(encode.draw(network, readout, batch, generator))
            return seen[-1]

    object.__setattr__(trainer._step, "negatives", Watched())
    rows = torch.arange(9)
    images = trainer.split.images[:9]
    trainer._train_batch(images, rows, 0.01, torch.Generator().manual_seed(2), phase)
    object.__setattr__(trainer._step, "negatives", encode)
    shown = seen[0].presented
    read = draw[-1].reshape(len(draw[-1]), *SHAPE).argmax(2)
    return read.reshape(shown.rows, 9, -1), shown.labels.numpy()


def _kept(encode, calls):
    def keep(images):
        calls.append(images)
        return encode(images)

    return keep


def test_each_character_that_is_written_is_read_in_the_next_window(trainer_of):
    trainer = trainer_of(roll_out=3)
    read, labels = shown_by(trainer, Phase.BOTH)
    real = trainer.split.images[:9].reshape(9, *SHAPE).argmax(2)
    assert np.array_equal(read[0], real)
    assert labels[0].tolist() == trainer.split.labels[:9].tolist()
    steps, written = read[1].reshape(3, 3, -1), labels[1].reshape(3, 3)
    assert np.array_equal(steps[0], real[:3])
    for step in (0, 1):
        assert np.array_equal(steps[step + 1, :, :-1], steps[step, :, 1:])
        assert np.array_equal(steps[step + 1, :, -1], written[step])


def test_a_share_of_it_and_wrong_characters_else(trainer_of):
    trainer = trainer_of(roll_out=1, share=1 / 3)
    (_, own), (right, shown) = shown_by(trainer, Phase.BOTH)
    real = trainer.split.images[:9].reshape(9, *SHAPE).argmax(2)
    assert (own == real).all()  # one step reads real text
    assert (shown == right).sum() <= 3  # a wrong character is never the right one


def test_it_sleeps_and_wakes(trainer_of):
    trainer = trainer_of(roll_out=3)
    assert shown_by(trainer, Phase.AWAKE)[1].tolist() == [trainer.split.labels[:9].tolist()]
    read, labels = shown_by(trainer, Phase.ASLEEP)
    assert (len(read), len(labels)) == (1, 1)
    trainer.train_epoch()
    assert trainer.epochs_done == 1
