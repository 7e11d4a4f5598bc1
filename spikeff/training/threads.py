"""How many threads torch may use while a configuration trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from spikeff.learning.rules.rule import get_rule
from spikeff.training.config.schema import TrainConfig

SMALL_LAYER = 2000  # neurons


@contextmanager
def fitting_threads(config: TrainConfig) -> Iterator[None]:
    """One thread for torch where pieces of a batch share the cores, or layers are small.

    Threads that wait for each other cost more than they bring in operations as short as these,
    and on a busy machine many times more. It also makes results independent of the number of cores.
    """
    before = torch.get_num_threads()
    widest = max(layer.neurons for layer in config.layers)
    if get_rule(config.learning.rule.kind).local or widest <= SMALL_LAYER:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
