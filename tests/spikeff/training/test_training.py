import numpy as np
import pytest
import torch

from spikeff.data.labels import NEUTRAL
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.evaluation import evaluate
from tests.markers import slow_but
from tests.spikeff.conftest import weights_of

HOME = {"preset": "digits-synchrony"}
REGIMES = {
    "home": {},
    "excess": {"preset": "digits", "theta": 2.0, "input_dropout": 0.0},
    "pair loss, two layers": {"objective": "pair", "layers": [60, 40], "negatives": "random"},
    "columns": {
        "objective": "class_columns",
        "layers": [100, 100],
        "spike_limit": "none",
    },
    "burst, free": {"encoder": "burst", "spike_limit": "none", "tau_syn": 0.002},
    "burst, two spikes": {"encoder": "burst", "spike_limit": 2, "tau_syn": 0.002},
    "softmax over all labels": {"objective": "softmax", "negatives_per_sample": 9},
    "features and constraints": {"constraint_share": 0.5},
    "balanced": {"layers": [100, 100], "balanced": True},
    "spike budget": {"layers": [100, 100], "spike_budget": 30},
    "input dropout": {"input_dropout": 0.2},
    "phases apart": {"phase_batches": 4},
    "phases apart, unsupervised": {
        "phase_batches": 2,
        "negatives": "hybrid",
        "hybrid_passes": 1,
        "readout_learning_rate": 5e-3,
    },
    "softmax, held back": {
        "objective": "softmax",
        "negatives_per_sample": 3,
        "homeostasis": 800.0,
    },
    "rate code": {"encoder": "rate", "spike_limit": "none", "goodness": "rate"},
}


QUICK = (
    "home",
    "columns",
    "rate code",
)


@pytest.mark.parametrize("regime", slow_but(sorted(REGIMES), *QUICK))
def test_every_regime_learns(regime, small_config, make_trainer, small_digits):
    config = small_config(**(HOME | REGIMES[regime] | {"epochs": 8}))
    trainer = make_trainer(config)
    before = evaluate(trainer.model, small_digits, draws=1)
    for _ in range(config.schedule.epochs):
        trainer.train_epoch()
    after = evaluate(trainer.model, small_digits, draws=1)
    assert before.accuracy < 0.45
    assert max(after.accuracy, after.shortlist_accuracy) > before.accuracy + 0.3
    assert trainer.history[-1].goodness_gap[0] > trainer.history[0].goodness_gap[0]


def test_one_seed_is_one_result_and_another_seed_another(small_config, make_trainer):
    runs = []
    for seed in (5, 5, 6):
        trainer = make_trainer(small_config(seed=seed))
        trainer.train_epoch()
        runs.append(weights_of(trainer))
    assert all(np.array_equal(a, b) for a, b in zip(runs[0], runs[1], strict=True))
    assert not np.array_equal(runs[0][0], runs[2][0])


def test_calibration_reaches_the_wanted_firing(small_config, make_trainer, small_digits):
    config = small_config(initial_firing=0.05, layers=[200, 200])
    result = evaluate(make_trainer(config).model, small_digits, draws=1)
    assert result.firing == pytest.approx((0.05, 0.05), rel=0.15)


@pytest.mark.parametrize("limit", [1, 3])
def test_spike_limit_holds(limit, small_config, make_trainer, small_digits):
    trainer = make_trainer(small_config(spike_limit=limit))
    trainer.train_epoch()
    rng = np.random.default_rng(1)
    events = SpikeEvents.of(rng.random((8, 30, 64)) < 0.5, torch.device("cpu"))
    for label in (NEUTRAL, 3):
        spikes = trainer.network(events, torch.full((30,), label))
        assert spikes[0].sum(0).max() == limit


def test_pixels_and_labels_drive_as_one_matrix(small_config, make_trainer, small_digits):
    """The shared pixel drive plus the label's kick is the product with the whole input."""
    from spikeff.data.encoders import encode
    from spikeff.data.labels import present

    trainer = make_trainer(small_config(label_steps=[1, 3]))
    pixels = encode("latency", small_digits.images[:50], 8, 0.05)
    labels = small_digits.labels[:50]
    whole = present(pixels, labels, trainer.network.labels).astype(np.float32)
    layer = trainer.network.stack[0]
    expected = layer(torch.from_numpy(whole))
    events = SpikeEvents.of(pixels, torch.device("cpu"))
    actual = trainer.network(events, torch.from_numpy(labels))[0]
    assert (actual != expected).sum() <= 2  # float32 sums in another order


def test_layers_learn_locally(small_config, make_trainer):
    """What layer 2 does cannot reach layer 1."""
    weights = []
    for second in (60, 40):
        trainer = make_trainer(small_config(layers=[60, second], negatives="random"))
        first = trainer.network.stack[0].weight
        first.copy_(torch.randn(first.shape, generator=torch.Generator().manual_seed(3)) * 0.3)
        trainer.train_epoch()
        weights.append(np.array(trainer.network.stack[0].weight))
    np.testing.assert_array_equal(weights[0], weights[1])
