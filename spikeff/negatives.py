"""Negative data: the same image with a wrong label. One registry.

``random``  every wrong label is as likely.
``hard``    drawn from the readout's own wrong guesses (Hinton 2022, section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spikeff.errors import UnknownNameError

FLOOR = 1e-6  # keeps every wrong label possible


def random_labels(probabilities: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Wrong labels (samples,), uniform."""
    return _draw_wrong(torch.ones_like(probabilities), labels, generator)


def hard_labels(probabilities: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Wrong labels (samples,), as the readout's ``probabilities`` (samples, classes) guess them."""
    return _draw_wrong(probabilities + FLOOR, labels, generator)


def _draw_wrong(weights: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    cumulative = weights.scatter(1, labels[:, None], 0.0).cumsum(1)
    # Drawn on the CPU so that one seed means one sequence on every device.
    uniform = torch.rand(len(labels), 1, generator=generator).to(weights.device)
    drawn = torch.searchsorted(cumulative, uniform * cumulative[:, -1:], right=True)[:, 0]
    drawn = drawn.clamp(max=weights.shape[1] - 1)
    # Rounding can only ever land on the boundary of the true label's empty interval.
    return torch.where(drawn == labels, (labels + 1) % weights.shape[1], drawn)


NEGATIVES: dict[str, Callable[[Tensor, Tensor, torch.Generator], Tensor]] = {
    "random": random_labels,
    "hard": hard_labels,
}


def get_negatives(name: str) -> Callable[[Tensor, Tensor, torch.Generator], Tensor]:
    """Look a kind of negatives up by name; raises UnknownNameError."""
    if name not in NEGATIVES:
        raise UnknownNameError("negatives", name, NEGATIVES)
    return NEGATIVES[name]
