"""The generative side: what it learns, what it leaves alone, and the samples it rolls out."""

import numpy as np
import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.learning.generative import GenerativeSide, activity, activity_of, generative_shapes
from spikeff.learning.negatives.own import some_of
from spikeff.learning.phase import Phase
from spikeff.nn.builder import decode_images, encode_events
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.checkpoint import (
    load_model,
    restore_trainer,
    save_checkpoint,
    start_run,
)
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from tests.spikeff.conftest import weights_of

CPU = torch.device("cpu")
SMALL = {
    "network.layers": [40],
    "network.layer_defaults.column_size": 10,
    "schedule.epochs": 2,
    "schedule.batch_size": 20,
    "learning.generative": 0.02,
}
UNLABELLED = {"negatives.kind": "dreams", "objective": "pair"}
LABELLED = {"negatives.kind": "dreamt_labels", "negatives.share": 0.5}
APART = {"negatives.phase_batches": 2}


def config_of(**fields):
    return make_config(with_fields(preset_table("digits"), SMALL | fields), "test")


def test_activity_is_the_share_of_steps_from_the_first_spike_on():
    spikes = torch.zeros(4, 1, 3)
    spikes[1, 0, 0] = spikes[3, 0, 0] = spikes[0, 0, 1] = 1
    assert activity(spikes).tolist() == [[0.75, 1.0, 0.0]]
    assert activity_of(SpikeEvents(spikes.numpy(), False, CPU)).tolist() == [[0.75, 1.0, 0.0]]


@pytest.mark.parametrize("encoder", ["latency", "burst"])
def test_decoded_images_spike_when_the_encoded_ones_did(encoder, small_digits):
    data = config_of(**{"data.encoder.kind": encoder}).data
    events = encode_events(data, small_digits.images, CPU)
    again = encode_events(data, decode_images(data, activity_of(events)), CPU)
    assert np.array_equal(again.dense(), events.dense())


def test_each_weight_learns_by_its_own_delta_rule():
    """dW = (below - predicted) * above, averaged over samples; the last column is the bias."""
    side = GenerativeSide(generative_shapes(3, [4], 2), 0.1, CPU)
    generator = torch.Generator().manual_seed(0)
    below, above = torch.rand(5, 3, generator=generator), torch.rand(5, 4, generator=generator)
    labels = torch.tensor([0, 1, 1, 0, 1])
    seen = []
    for optimiser in side.optimisers:
        optimiser.ascend = lambda changes, rate: seen.append((changes[0], rate))
    side.weights[0].normal_(generator=generator)
    side.learn([below, above], labels)
    for (change, rate), weight, low, high in zip(
        seen,
        side.weights,
        (below, above),
        (above, torch.nn.functional.one_hot(labels, 2).float()),
        strict=True,
    ):
        high = torch.cat([high, torch.ones(5, 1)], 1)
        error = low - torch.sigmoid(high @ weight.t())
        torch.testing.assert_close(change, error.t() @ high / 5)
        assert rate == 0.1


def test_it_learns_to_draw_the_input_and_its_classes(make_trainer, small_digits):
    trainer = make_trainer(config_of(**{"schedule.epochs": 12, "network.layers": [100]}))
    sampler, images = trainer.model.sampler, small_digits.images.astype(float)

    def errors():
        drawn = sampler.rolled_out(small_digits.images, 1, torch.from_numpy(small_digits.labels))
        return np.abs(drawn - images).mean()

    before = errors()
    for _ in range(12):
        trainer.train_epoch()
    assert errors() < 0.5 * before
    assert errors() < np.abs(images - images.mean(0)).mean()
    labels = torch.arange(10).repeat_interleave(4)
    drawn = sampler.imagined(labels, torch.Generator().manual_seed(1)).astype(float)
    means = np.stack([images[small_digits.labels == k].mean(0) for k in range(10)])
    nearest = ((drawn[:, None] - means) ** 2).sum(2).argmin(1)
    assert (nearest == labels.numpy()).mean() > 0.5


def test_it_shapes_nothing(make_trainer):
    weights = []
    for generative in (0.02, "none"):
        trainer = make_trainer(config_of(**{"learning.generative": generative}))
        trainer.train_epoch()
        weights.append(weights_of(trainer))
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_sleeps_while_the_network_does(make_trainer):
    trainer = make_trainer(config_of(**APART))
    side = trainer.model.generative
    images = trainer.split.images[:20]
    batch = (images, torch.arange(20), 0.01, torch.Generator().manual_seed(0))
    trainer._train_batch(*batch, Phase.ASLEEP)
    assert not any(weight.any() for weight in side.weights)
    trainer._train_batch(*batch, Phase.AWAKE)
    assert all(weight.any() for weight in side.weights)


def shown_by(trainer, phase=Phase.BOTH):
    """What a batch of the first 20 samples presents."""
    seen, draw = [], trainer._step.negatives

    class Watched:
        def draw(self, *args):
            seen.append(draw.draw(*args).presented)
            raise StopIteration

    object.__setattr__(trainer._step, "negatives", Watched())
    images, drawn = trainer.split.images[:20], torch.Generator().manual_seed(3)
    with pytest.raises(StopIteration):
        trainer._train_batch(images, torch.arange(20), 0.01, drawn, phase)
    object.__setattr__(trainer._step, "negatives", draw)
    return seen[0]


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_dreams_take_their_share_beside_hybrids(share, make_trainer, small_digits):
    config = config_of(**UNLABELLED, **{"negatives.share": share, "data.input_dropout": 0.0})
    trainer = make_trainer(config)
    trainer.train_epoch()
    presented = shown_by(trainer)
    assert (presented.rows, presented.samples) == (2, 20)
    images = small_digits.images[:20]
    own = encode_events(config.data, trainer.model.sampler.rolled_out(images, 1), CPU).dense()
    shown = presented.data.dense()
    assert torch.equal(shown[:, :20], encode_events(config.data, images, CPU).dense())
    same = (shown[:, 20:] == own).all(2).all(0)
    assert same.sum() == round(20 * share)


def test_dreams_under_the_right_label_beside_wrong_labels(make_trainer, small_digits):
    config = config_of(**LABELLED, **{"data.input_dropout": 0.0, "negatives.per_sample": 2})
    trainer = make_trainer(config)
    trainer.train_epoch()
    presented = shown_by(trainer)
    assert (presented.rows, presented.samples) == (3, 20)
    labels = torch.from_numpy(small_digits.labels[:20])
    assert torch.equal(presented.labels[0], labels)
    right = presented.labels[1:] == labels
    assert right.sum() == 20  # half of two negatives each
    real = encode_events(config.data, small_digits.images[:20], CPU).dense()
    shown = presented.data.dense().reshape(len(real), 3, 20, -1)
    as_it_is = (shown == real[:, None]).all(3).all(0)
    assert as_it_is[0].all()
    assert torch.equal(~as_it_is[1:], right)


def test_dreams_are_drawn_from_the_network_as_it_is(make_trainer):
    trainer = make_trainer(config_of(**UNLABELLED, **{"data.input_dropout": 0.0}))
    before = shown_by(trainer).data.dense()
    trainer.train_epoch()
    after = shown_by(trainer).data.dense()
    assert torch.equal(before[:, :20], after[:, :20])
    assert not torch.equal(before[:, 20:], after[:, 20:])


@pytest.mark.parametrize("fields", [UNLABELLED, LABELLED])
def test_a_share_of_less_than_one_sample_leaves_the_other_negatives(fields, make_trainer):
    trainer = make_trainer(config_of(**fields | {"negatives.share": 0.02}))
    presented = shown_by(trainer)
    assert (presented.rows, presented.samples) == (2, 20)
    assert presented.labels is None or (presented.labels[0] != presented.labels[1]).all()


def test_several_negatives_of_a_sample_give_way_asleep(make_trainer, small_digits):
    trainer = make_trainer(config_of(**LABELLED | {"negatives.per_sample": 3, **APART}))
    labels = shown_by(trainer, Phase.ASLEEP).labels
    assert labels.shape == (3, 20)
    assert (labels == torch.from_numpy(small_digits.labels[:20])).sum() == 30


def test_some_are_a_share_without_repeats():
    chosen = some_of(10, 0.35, torch.Generator().manual_seed(0))
    assert len(set(chosen.tolist())) == 4
    assert chosen.min() >= 0
    assert chosen.max() < 10


@pytest.mark.parametrize("fields", [UNLABELLED, LABELLED | APART])
def test_what_is_resumed_ends_with_the_same_bits(fields, tmp_path, make_trainer):
    trainer = make_trainer(config_of(**fields))
    start_run(tmp_path / "run", trainer, ["spikeff"])
    trainer.train_epoch()
    save_checkpoint(tmp_path / "run", trainer)
    resumed = restore_trainer(tmp_path / "run", trainer.split, CPU)
    assert load_model(tmp_path / "run").generative.weights[1].any()
    for each in (trainer, resumed):
        each.train_epoch()
    found = resumed.model.weights()
    for name, weight in trainer.model.weights().items():
        assert torch.equal(weight, found[name]), name
    assert "generative1.0.weight" in found


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (UNLABELLED | {"learning.generative": "none"}, "set learning.generative"),
        ({"data.encoder.kind": "bit_planes"}, "learning.generative: it predicts when"),
        ({"negatives.kind": "rolled_out"}, "continue text, which data set 'digits' is not: aesop"),
        (
            {"negatives.kind": "rolled_out", "data.dataset": "spoken-digits@bob"},
            "which data set 'spoken-digits@bob' is not: aesop",
        ),
    ],
)
def test_what_cannot_be_dreamt_is_refused(fields, message):
    with pytest.raises(ConfigError, match=message):
        config_of(**fields)
