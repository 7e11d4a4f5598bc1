"""Where the changes that several workers found for one batch become one change.

A learning step finds changes, reduces them and applies them. With one worker there is nothing to
reduce; workers that share a batch add theirs up here, before any weight moves.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

# Changes of all layers, one for each part of a layer's weights.
Changes = list[list[Tensor]]
Reduce = Callable[[Changes], Changes]


def alone(changes: Changes) -> Changes:
    """The changes as they are: one worker has seen the whole batch."""
    return changes
