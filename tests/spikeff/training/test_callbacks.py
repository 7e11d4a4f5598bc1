"""Callbacks: when each is called, what they keep, how they end a training; and its lines."""

import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.pipeline.train import train
from spikeff.training.callbacks import Callback
from spikeff.training.checkpoint import load_model
from spikeff.training.console import EpochLines, duration, epoch_parts, wrapped
from spikeff.training.fit import fit
from spikeff.training.history import EpochSummary
from spikeff.training.run_folder import CHECKPOINT
from spikeff.training.trainer import Trainer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_digits")]

HOOKS = [name for name in vars(Callback) if name.startswith("on_")] + ["teardown"]


class Recorder(Callback):
    def __init__(self):
        self.calls = []


for _hook in HOOKS:
    setattr(Recorder, _hook, lambda self, trainer, *rest, _hook=_hook: self.calls.append(_hook))


def trainer_of(config, split, validation=None):
    trainer = Trainer(config, split, torch.device("cpu"), validation)
    trainer.calibrate()
    return trainer


def test_hooks_are_called_in_lightnings_order(small_config, small_digits):
    recorder = Recorder()
    trainer = trainer_of(small_config(epochs=2, batch_size=100), small_digits, small_digits)
    fit(trainer, [recorder])
    epoch = [
        "on_train_epoch_start",
        "on_train_batch_end",
        "on_train_batch_end",
        "on_validation_end",
        "on_train_epoch_end",
    ]
    assert recorder.calls == ["on_fit_start", *epoch, *epoch, "on_fit_end", "teardown"]


def test_an_error_reaches_the_callbacks_and_the_caller(small_config, small_digits):
    class Fails(Recorder):
        def on_train_epoch_end(self, trainer):
            raise KeyboardInterrupt

        def on_exception(self, trainer, exception):
            self.calls.append(type(exception))

    fails = Fails()
    with pytest.raises(KeyboardInterrupt):
        fit(trainer_of(small_config(), small_digits), [fails])
    assert fails.calls[-2:] == [KeyboardInterrupt, "teardown"]
    assert "on_fit_end" not in fails.calls


def test_a_callback_ends_the_training(small_config, small_digits):
    class Stops(Callback):
        def on_train_epoch_end(self, trainer):
            trainer.should_stop = trainer.summary.epoch == 2

    trainer = trainer_of(small_config(epochs=5), small_digits)
    fit(trainer, [Stops()])
    assert trainer.epochs_done == 2


class Counts(Callback):
    def __init__(self):
        self.batches, self.loaded = 0, None

    def on_train_batch_end(self, trainer):
        self.batches += 1

    def state_dict(self):
        return {"batches": self.batches, "accuracies": [0.5, None], "name": "ü"}

    def load_state_dict(self, state):
        self.loaded, self.batches = state, state["batches"]


def test_state_is_in_the_checkpoint_and_comes_back(tmp_path, few):
    class Stops(Callback):
        def on_train_epoch_end(self, trainer):
            trainer.should_stop = True

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(whole, config=few / "c.toml", data=few, callbacks=[Counts()])
    train(parts, config=few / "c.toml", data=few, callbacks=[Counts(), Stops()])
    assert load_model(parts).epochs_done == 1
    counts = Counts()
    train(parts, data=few, resume=True, callbacks=[counts])
    assert counts.loaded == {"batches": counts.batches // 2, "accuracies": [0.5, None], "name": "ü"}
    assert (whole / CHECKPOINT).read_bytes() == (parts / CHECKPOINT).read_bytes()
    # A call without the callback loses nothing of it.
    train(parts, data=few, resume=True, epochs=3)
    again = Counts()
    train(parts, data=few, resume=True, callbacks=[again])
    assert again.loaded["batches"] == counts.batches


def test_state_that_cannot_be_kept_is_refused_by_name(small_config, small_digits):
    class Odd(Callback):
        def state_dict(self):
            return {"best": torch.ones(1)}

    trainer = trainer_of(small_config(epochs=1), small_digits)
    with pytest.raises(ConfigError, match=r"state_dict\(\) of callback '.*Odd'"):
        fit(trainer, [Odd()])
    with pytest.raises(ConfigError, match="two callbacks have the state_key 'Counts'"):
        fit(trainer, [Counts(), Counts()])


def shown(**fields):
    wanted = {
        "epoch": 103,
        "epochs": 120,
        "seconds": 7.0,
        "learning_rate": 1e-3,
        "training_accuracy": 1.0,
        "training_samples": 500,
        "validation_accuracy": 0.98765,
        "validation_samples": 100,
        "coincidence_ratio": (3.8123, 12.2),
        "shuffled_accuracy": 0.6,
        "goodness_gap": (0.0, 0.0),
        "firing": (0.0, 0.0),
    }
    return EpochSummary(**(wanted | fields))


def test_an_epoch_is_told_in_whole_parts_on_a_terminal_of_80_columns():
    lines = list(wrapped(epoch_parts(shown(), 3700.0)))
    assert " ".join(line.strip() for line in lines) == (
        "epoch 103 of 120: training 100.0 %, validation 98.8 %, shuffled in time 60.0 %, "
        "coincidence ratio 3.81 and 12.20, 62 min left"
    )
    assert max(map(len, lines)) <= 80
    assert not any(line.startswith("    %") for line in lines)
    told = list(epoch_parts(shown(time_share=0.9155), 60.0))
    assert told[-2:] == ["time share 91.5 %", "60 s left"]
    last = list(wrapped(epoch_parts(shown(epoch=120, validation_accuracy=None), 0.0)))
    assert "left" not in last[-1]
    assert "validation" not in last[0]
    assert [duration(s) for s in (5.4, 119, 125, 7199, 9000)] == [
        "5 s",
        "119 s",
        "2 min",
        "120 min",
        "2 h",
    ]


def test_classes_without_samples_are_told(small_config, small_digits):
    told = []
    split = small_digits.take(small_digits.labels < 8).head(60)
    fit(trainer_of(small_config(epochs=1, layers=[20]), split, split), [EpochLines(told.append)])
    assert told[0] == (
        "warning: no training sample has label 8, 9 of 10 classes; they cannot be learned"
    )
    assert told[1].startswith("epoch 1 of 1")


def test_how_far_it_is_is_told_while_training(tmp_path, few):
    told, steps = [], []
    train(
        tmp_path / "run",
        config=few / "c.toml",
        data=few,
        log=told.append,
        report=lambda *step: steps.append(step),
    )
    assert told[0] == "overfitting stays unseen without validation samples: see --validation"
    assert told[1].startswith("epoch 1 of 2: training ")
    assert steps[-1][0] == "epoch 2 of 2"
    assert [done for _, done, _ in steps] == list(range(1, steps[-1][2] + 1))
