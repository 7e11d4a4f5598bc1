"""Grids of signed weights: what ``bits`` bits of Loihi's synapses can hold.

Lava clips to the range of the sign mode and floors to ``2^(8 - bits)``, doubled where the sign
takes the lowest bit (``lava/utils/weightutils.py``), so 8 signed bits are even. Nine bits, and the
single bit, whose mixed grid would be {-256, 0}, store excitation and inhibition apart: then the
sign costs no bit. Weights are rounded to nearest on the grid, so that the flooring changes none.

A source whose weights do not fill the grid, or are too large for it, may take an exponent of its
own: Loihi keeps the exponent in the synapse format of the axon (nengo-loihi ``block.py``,
``weight_exp``). It may be negative as far as the step is a power of two: few bits are the upper
bits of the mantissa, 4 bits multiples of 32, and 32 >> 5 is whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array

# Sign modes and stored bits where one connection cannot hold the sign.
APART = {9: 8, 1: 1}
# Exponents below that of the largest weight which a source may take, and targets that judge them.
CLIPPINGS, JUDGED = 2, 256


@dataclass(frozen=True)
class WeightGrid:
    """Multiples of ``step`` from ``low`` to ``high``, stored as ``parts``: (sign mode, bits)."""

    step: int
    low: int
    high: int
    parts: tuple[tuple[str, int], ...]


def weight_grid(bits: int) -> WeightGrid:
    """The grid of ``bits`` signed bits, 1 to 9.

    Raises:
        LimitError: ``bits`` is any other number.
    """
    if not 1 <= bits <= limits.SIGNED_BITS_MAX:
        raise LimitError(
            f"weights of {bits} bits: Loihi's synapses take 1 to {limits.SIGNED_BITS_MAX}; "
            f"choose --bits in that range."
        )
    modes = ("excitatory", "inhibitory") if bits in APART else ("mixed",)
    stored = APART.get(bits, bits)
    step = limits.weight_step(stored, modes[0])
    low = min(limits.weight_range(mode)[0] for mode in modes)
    high = limits.weight_range(modes[0])[1]
    return WeightGrid(
        step, -(-low // step * step), high // step * step, tuple((m, stored) for m in modes)
    )


def to_grid(weights: Array, scale: float, bits: int, exponents: Array | None = None) -> Array:
    """Nearest mantissas on the grid, int16, of ``weights * scale / 2^exponents``.

    Args:
        weights: (target, source) or (size,).
        exponents: (source,), 0 where left out.
    """
    grid = weight_grid(bits)
    units = weights * (scale / grid.step)
    if exponents is not None:
        units = units * np.exp2(-exponents.astype(np.float64))
    np.rint(units, out=units)
    np.clip(units, grid.low // grid.step, grid.high // grid.step, out=units)
    mantissas: Array = (units * grid.step).astype(np.int16)
    return mantissas


def source_exponents(weights: Array, scale: float, bits: int) -> Array:
    """Exponent per source with the least squared error on its weights, (source,).

    Exponents from the smallest that clips nothing down to ``CLIPPINGS`` below it are tried: a few
    large weights of a source are clipped where that serves its many small ones. The error is taken
    over about ``JUDGED`` targets.

    Args:
        weights: (target, source).
    """
    lowest = limits.least_exponent(weight_grid(bits).step)
    sample = weights[:: max(len(weights) // JUDGED, 1)]
    best = _fitting_exponents(weights, scale, bits, lowest)
    error = _squared_errors(sample, scale, bits, best)
    for _ in range(CLIPPINGS):
        finer = np.maximum(best - 1, lowest)
        finer_error = _squared_errors(sample, scale, bits, finer)
        best, error = np.where(finer_error < error, finer, best), np.minimum(finer_error, error)
    return np.asarray(best)


def _fitting_exponents(weights: Array, scale: float, bits: int, lowest: int) -> Array:
    """Smallest exponent per source with which its largest weight stays on the grid.

    At most ``WEIGHT_EXP_MAX``; 0 for a source without weights.
    """
    grid = weight_grid(bits)
    up = weights.max(axis=0, initial=0.0) * (scale / grid.high)
    down = weights.min(axis=0, initial=0.0) * (scale / grid.low)
    largest = np.maximum(up, down)
    # A weight exactly at the end of the grid, but for float32, must not need the next exponent.
    exponents = np.ceil(np.log2(np.where(largest > 0, largest, 1.0)) - 1e-6).astype(np.int64)
    return np.asarray(np.clip(exponents, lowest, limits.WEIGHT_EXP_MAX))


def _squared_errors(weights: Array, scale: float, bits: int, exponents: Array) -> Array:
    rounded = from_grid(to_grid(weights, scale, bits, exponents), scale, exponents)
    errors: Array = np.square(rounded - weights).sum(axis=0)
    return errors


def from_grid(mantissas: Array, scale: float, exponents: Array | None = None) -> Array:
    """Weights of the mantissas, float64."""
    weights = mantissas / scale
    return weights if exponents is None else weights * np.exp2(exponents.astype(np.float64))


def lattice_constant(weights: Array, bits: int) -> float | None:
    """Spacing of weights that lie on a grid of ``bits`` bits already, else None.

    Such are the weights of a training with ``weight_bits``: multiples of one number, times a power
    of two per source. Exact but for the rounding of float32.
    """
    sizes = np.abs(weights[weights != 0])
    if not sizes.size:
        return None
    spacing = float(sizes.min())
    multiples = sizes / spacing
    most = 2 ** (bits + limits.WEIGHT_EXP_MAX)
    on_grid = multiples.max() < most and np.abs(multiples - np.rint(multiples)).max() < 1e-3
    return spacing if on_grid else None
