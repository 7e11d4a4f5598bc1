"""Reduction of the changes that several workers computed for one batch.

A learning step computes changes, reduces them and applies them. With one worker there is nothing to
reduce; workers that share a batch sum theirs up here, before any weight is updated.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

# Changes of all layers, one for each part of a layer's weights.
Changes = list[list[Tensor]]
Reduce = Callable[[Changes], Changes]


def alone(changes: Changes) -> Changes:
    """The changes unchanged: one worker has processed the whole batch."""
    return changes
