"""Quantisation-aware training: layers run with weights on a chip's grid and learn in floats.

The straight-through estimator (Bengio, Leonard and Courville, arXiv:1308.3432, 2013): the rounded
weights produce the spikes, and the learning rule changes the floats behind them. The grid is one
that ``lava_export.quantize.weight_grid`` can represent: multiples of one spacing per layer, times a
power of two per input, so that the exported integers are exactly these weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Spacing in standard deviations with the least squared error on a Gaussian, by number of bits:
# J. Max, "Quantizing for Minimum Distortion", IRE Trans. Information Theory 6(1), 1960, Table II
# (uniform spacing; 2^bits levels, 3 for a single bit).
SPACING = {
    1: 1.224,
    2: 0.9957,
    3: 0.5860,
    4: 0.3352,
    5: 0.1881,
    6: 0.1041,
    7: 0.0569,
    8: 0.0308,
    9: 0.0165,
}
EXPONENT_MAX = 7


def levels(bits: int) -> tuple[int, int]:
    """Lowest and highest multiple of the spacing that signed weights of ``bits`` bits hold."""
    if bits == 1:
        return -1, 1
    if bits == 9:
        return -255, 255
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def on_grid(weight: Tensor, bits: int) -> Tensor:
    """``weight`` (neurons, inputs) rounded to a grid of ``bits`` bits.

    The spacing fits the median input; inputs with larger weights use it times a power of two.
    """
    deviation = weight.square().mean(0).sqrt_()
    typical = deviation.median().clamp_(min=torch.finfo(weight.dtype).tiny)
    exponents = (deviation / typical).clamp_(min=1.0).log2_().round_().clamp_(max=EXPONENT_MAX)
    spacing = SPACING[bits] * typical * exponents.exp2_()
    low, high = levels(bits)
    return (weight / spacing).round_().clamp_(low, high).mul_(spacing)
