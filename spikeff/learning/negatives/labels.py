"""Negative data: the same image with wrong labels. One registry.

``random``  every wrong label is as likely.
``hard``    drawn from the readout's own wrong guesses (Hinton 2022, section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spikeff.errors import UnknownNameError

FLOOR = 1e-6  # keeps every wrong label possible

Negatives = Callable[[Tensor, Tensor, int, torch.Generator], Tensor]


def random_labels(
    probabilities: Tensor, labels: Tensor, count: int, generator: torch.Generator
) -> Tensor:
    """``count`` different wrong labels per sample, uniform: (count, samples)."""
    return _draw_wrong(torch.ones_like(probabilities), labels, count, generator)


def hard_labels(
    probabilities: Tensor, labels: Tensor, count: int, generator: torch.Generator
) -> Tensor:
    """As the readout's ``probabilities`` (samples, classes) guess them: (count, samples)."""
    return _draw_wrong(probabilities + FLOOR, labels, count, generator)


def _draw_wrong(weights: Tensor, labels: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Weighted draw without replacement (Efraimidis and Spirakis 2006): largest log(u) / w.

    The uniform numbers come from the CPU, so that one seed means one sequence on every device.
    """
    uniform = torch.rand(weights.shape, generator=generator).to(weights.device)
    keys = uniform.clamp_(min=1e-12).log_() / weights
    keys.scatter_(1, labels[:, None], -torch.inf)
    return keys.topk(count, dim=1).indices.t()


HYBRID = "hybrid"  # mixed images, no labels: see spikeff.learning.negatives.hybrids
NEGATIVES: dict[str, Negatives] = {"random": random_labels, "hard": hard_labels}


def get_negatives(name: str) -> Negatives:
    """Look a kind of negatives up by name; raises UnknownNameError."""
    if name not in NEGATIVES:
        raise UnknownNameError("negatives", name, NEGATIVES)
    return NEGATIVES[name]
