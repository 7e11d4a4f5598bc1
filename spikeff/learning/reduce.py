"""What the changes of a whole batch pass through before any weight is updated.

A learning step computes changes, reduces them and applies them. Processes that share the pieces of
a batch have joined their changes before (``spikeff.learning.workers``).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

# Changes of all layers, one for each part of a layer's weights.
Changes = list[list[Tensor]]
Reduce = Callable[[Changes], Changes]


def alone(changes: Changes) -> Changes:
    """The changes unchanged."""
    return changes
