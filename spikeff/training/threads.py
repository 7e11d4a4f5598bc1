"""How many threads torch may use while a configuration trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from spikeff.learning.rules.backprop import BACKPROP
from spikeff.training.config.schema import TrainConfig

SMALL_LAYER = 2000  # neurons


@contextmanager
def fitting_threads(config: TrainConfig) -> Iterator[None]:
    """One thread for torch where pieces of a batch share the cores, or layers are small.

    Threads that wait for each other cost more than they bring in operations as short as these,
    and on a busy machine many times more. It also makes results independent of the number of cores.
    """
    before = torch.get_num_threads()
    if config.learning_rule != BACKPROP or max(config.layers) <= SMALL_LAYER:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
