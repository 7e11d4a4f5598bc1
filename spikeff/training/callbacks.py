"""Callbacks: what else happens while a network is trained, under the names that Lightning uses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spikeff.errors import ConfigError
from spikeff.ir.io.text import parse_json

if TYPE_CHECKING:
    from spikeff.training.trainer import Trainer


class Callback:
    """Base of all callbacks; each method is called at its time and does nothing here.

    In an epoch: ``on_train_epoch_start``, ``on_train_batch_end`` after each batch,
    ``on_validation_end`` where there are validation samples, ``on_train_epoch_end``. By then
    ``trainer.log.summaries(...)``, or ``trainer.summary``, holds the epoch, and the checkpoint is
    written right after. ``trainer.should_stop = True`` ends the training after the epoch.
    """

    @property
    def state_key(self) -> str:
        """Name of the callback's state in the checkpoint."""
        return type(self).__qualname__

    def on_fit_start(self, trainer: Trainer) -> None:
        """Before the first epoch of this call."""

    def on_train_epoch_start(self, trainer: Trainer) -> None:
        """Before the first batch of an epoch, or of what is left of one that was resumed."""

    def on_train_batch_end(self, trainer: Trainer) -> None:
        """After each batch."""

    def on_validation_end(self, trainer: Trainer) -> None:
        """After the validation samples were evaluated."""

    def on_train_epoch_end(self, trainer: Trainer) -> None:
        """After the epoch and its evaluations."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """After the last epoch of this call."""

    def on_exception(self, trainer: Trainer, exception: BaseException) -> None:
        """Where an error or Ctrl-C ends the training; it is raised again afterwards."""

    def teardown(self, trainer: Trainer) -> None:
        """Last of all, after an error too."""

    def state_dict(self) -> dict[str, Any]:
        """What the checkpoint is to keep: values that JSON holds."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state_dict` gave, before ``on_fit_start`` of a resumed training."""


class Callbacks:
    """Several callbacks as one, called in their order.

    Raises:
        ConfigError: Two would keep their state under one name.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self.callbacks = tuple(callbacks)
        keys = [each.state_key for each in self.callbacks]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ConfigError(
                f"two callbacks have the state_key {twice[0]!r}; give each a property of its own."
            )

    def call(self, hook: str, trainer: Trainer, *arguments: Any) -> None:
        """Call the method ``hook`` of every callback."""
        for callback in self.callbacks:
            getattr(callback, hook)(trainer, *arguments)

    def take_back(self, states: dict[str, Any]) -> None:
        """Give every callback its state out of a checkpoint, where there is one."""
        for callback in self.callbacks:
            if callback.state_key in states:
                callback.load_state_dict(states[callback.state_key])

    def states(self) -> dict[str, Any]:
        """The state of every callback that has one, by its key.

        Raises:
            ConfigError: A state holds something that JSON does not.
        """
        found = {each.state_key: each.state_dict() for each in self.callbacks}
        return {key: _jsonable(key, state) for key, state in found.items() if state}


def _jsonable(key: str, state: dict[str, Any]) -> Any:
    try:
        return parse_json(json.dumps(state, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"state_dict() of callback {key!r} cannot be kept in a checkpoint ({error}); return "
            f"texts, numbers, lists and tables of them."
        ) from None
