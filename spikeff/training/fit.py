"""The loop of a training: epochs, their evaluations, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from spikeff.training.callbacks import Callback, Callbacks
from spikeff.training.threads import fitting_threads
from spikeff.training.trainer import Trainer


def fit(
    trainer: Trainer,
    callbacks: Sequence[Callback] = (),
    save: Callable[[Trainer], None] = lambda trainer: None,
    save_every: int | None = None,
) -> None:
    """Train until the plan is done, validation no longer improves, or a callback says stop.

    Args:
        trainer: New and calibrated, or restored.
        callbacks: Called in their order; their state is taken from ``trainer`` and kept there.
        save: Called after each epoch, when all callbacks have been.
        save_every: Batches within an epoch after which it is called too; None for never.

    Raises:
        ConfigError: Two callbacks share a name, or a state cannot be kept.
    """
    every = Callbacks(callbacks)

    def keep() -> None:
        trainer.gather()
        trainer.callback_states |= every.states()
        save(trainer)

    every.take_back(trainer.callback_states)
    trainer.should_stop = False
    with fitting_threads(trainer.config):
        try:
            if not trainer.probes:
                trainer.probe()
            every.call("on_fit_start", trainer)
            while trainer.goes_on:
                _epoch(trainer, every, keep, save_every or trainer.batches)
                keep()
            every.call("on_fit_end", trainer)
        except BaseException as error:
            every.call("on_exception", trainer, error)
            raise
        finally:
            every.call("teardown", trainer)


def _epoch(trainer: Trainer, every: Callbacks, keep: Callable[[], None], batches: int) -> None:
    """One epoch, or the rest of one; ``keep`` is called within it after so many ``batches``."""
    start = time.perf_counter()
    every.call("on_train_epoch_start", trainer)

    def on_batch() -> None:
        every.call("on_train_batch_end", trainer)
        done = trainer.batches_done
        if done % batches == 0 and done < trainer.batches:
            keep()

    trainer.train_epoch(on_batch)
    trainer.probe()
    if trainer.validate() is not None:
        every.call("on_validation_end", trainer)
    trainer.log.add_seconds(time.perf_counter() - start)
    every.call("on_train_epoch_end", trainer)
