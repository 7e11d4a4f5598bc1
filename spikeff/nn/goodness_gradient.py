"""The derivative of a goodness by each spike: as registered with it, or by autograd."""

from __future__ import annotations

import torch
from torch import Tensor

from spikeff.errors import ConfigError
from spikeff.ir.goodness import get_goodness


def goodness_gradient(name: str, columns: Tensor, beta: float) -> Tensor:
    """dG/dz of every spike, in memory of its own.

    Args:
        name: Of the goodness.
        columns: Spikes (steps, samples, columns, neurons), 0 or 1.
        beta: Window parameter of the goodness.

    Returns:
        The derivative, in a shape that broadcasts to that of ``columns``.

    Raises:
        UnknownNameError: No goodness has that name.
        ConfigError: The goodness was registered without a derivative and autograd finds none.
    """
    goodness = get_goodness(name)
    if goodness.derivative is None:
        return _by_autograd(name, columns, beta)
    return _in_own_memory(goodness.derivative(columns, beta), columns)


def _in_own_memory(slope: Tensor, columns: Tensor) -> Tensor:
    """``slope`` as it can be written into: expanded, each number stands for several places."""
    if slope.untyped_storage().data_ptr() == columns.untyped_storage().data_ptr():
        return slope.clone(memory_format=torch.contiguous_format)
    return slope.detach().contiguous()


def _by_autograd(name: str, columns: Tensor, beta: float) -> Tensor:
    """Through a graph of the goodness alone, which is freed when this returns."""
    with torch.enable_grad():
        spikes = columns.detach().requires_grad_()
        try:
            total = get_goodness(name).value(spikes, beta).sum()
            (slope,) = torch.autograd.grad(total, spikes)
        except RuntimeError as error:
            raise ConfigError(
                f"goodness {name!r} has no derivative of its own and autograd finds none: {error}; "
                f"use differentiable operations in its value, or register a derivative with it."
            ) from error
    return slope.contiguous()
