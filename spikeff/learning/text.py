"""Text that a network continues by its own predictions of the next character.

Windows of text are images of one row for each character, the newest last, and one column for each
symbol; labels are the characters that follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spikeff.ir.arrays import Array


@dataclass(frozen=True, eq=False)
class Continued:
    """A roll-out, step after step, each step with all starts.

    Attributes:
        windows: What the network read, uint8 (steps * starts, characters * symbols).
        labels: The character that it wrote next, int (steps * starts,).
    """

    windows: Array
    labels: Tensor


def continued(
    windows: Array,
    shape: tuple[int, int],
    steps: int,
    guess: Callable[[Array], Tensor],
    generator: torch.Generator,
) -> Continued:
    """Write ``steps`` characters after each window, drawn by their probabilities.

    Args:
        windows: uint8 (starts, characters * symbols).
        shape: Characters and symbols of a window.
        steps: Characters to write.
        guess: Probabilities of the next character (starts, symbols), of windows.
        generator: Of the draws, on the CPU.
    """
    read, written = [], []
    for _ in range(steps):
        drawn = torch.multinomial(guess(windows).cpu(), 1, generator=generator)[:, 0]
        read.append(windows)
        written.append(drawn)
        windows = moved_on(windows, drawn.numpy(), shape)
    return Continued(np.concatenate(read), torch.cat(written))


def moved_on(windows: Array, written: Array, shape: tuple[int, int]) -> Array:
    """Windows one character later, ``written`` (samples,) as their newest.

    A place of the window keeps its brightness, whatever character stands there.
    """
    table = windows.reshape(len(windows), *shape)
    levels = table.max(2).max(0)
    later = np.zeros_like(table)
    later[:, :-1] = np.where(table[:, 1:] > 0, levels[:-1, None], 0)
    later[np.arange(len(table)), -1, written] = levels[-1]
    return later.reshape(len(windows), -1)
