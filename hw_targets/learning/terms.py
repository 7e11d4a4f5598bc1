"""Sums of products as arrays of integers, which compiled loops read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import Factor, Plasticity, Product, widths

TARGETS = ("dw", "dt", "dd")  # in the order in which the engine changes w, t and d
DEPENDENCIES = ("x0", "y0", "u")
VARIABLES = ("x0", "x1", "x2", "y0", "y1", "y2", "y3", "w", "t", "d")
FLOAT32_BITS = 24  # of whole numbers that a float32 holds exactly, whatever their sign
FIRST_Y, FIRST_SYNAPTIC = VARIABLES.index("y0"), VARIABLES.index("w")


@dataclass(frozen=True, eq=False)
class Terms:
    """All products of a rule; fields of products are (products,).

    ``scale`` and ``left`` are floats of a width that holds every product of the rule exactly.

    Attributes:
        target: Index into ``TARGETS``.
        dependency: Index into ``DEPENDENCIES``.
        scale: Factor of the product, whose fraction is then dropped, towards minus infinity:
            mantissa and shift to the right.
        left: Factor after that: shift to the left.
        needs_x: Whether it is zero where its source's traces are.
        read: Which of w, t and d are among its factors, bool (products, 3).
        needs_t: Whether it is zero where the synapse's tag is.
        factors: int64 (products, factors, 4): index into ``VARIABLES`` or -1 for none, constant,
            whether only the sign counts, and the width in bits.
    """

    target: Array
    dependency: Array
    scale: Array
    left: Array
    needs_x: Array
    read: Array
    needs_t: Array
    factors: Array


def terms(rule: Plasticity) -> Terms:
    """The products of ``rule`` in the order in which the engine adds them up."""
    found = [(k, p) for k, name in enumerate(TARGETS) for p in rule.products(name)]
    most = max(len(p.factors) for _, p in found)
    factors = np.full((len(found), max(most, 1), 4), -1, np.int64)
    for row, (_, product) in enumerate(found):
        for k, factor in enumerate(product.factors):
            factors[row, k] = _factor(factor)
    products = [p for _, p in found]
    real = np.float32 if all(p.bits <= FLOAT32_BITS for p in products) else np.float64
    right = [max(p.bits - widths.ACCUMULATOR_BITS, 0) for p in products]
    return Terms(
        target=np.array([k for k, _ in found]),
        dependency=np.array([DEPENDENCIES.index(p.dependency) for p in products]),
        scale=np.array(
            [p.mantissa * 2.0**-shift for p, shift in zip(products, right, strict=True)], real
        ),
        left=np.array([2.0 ** (p.exponent + widths.ACCUMULATOR_SHIFT) for p in products], real),
        needs_x=np.array([_needs_x(p) for p in products]),
        read=np.array([[name[1] in _names(p) for name in TARGETS] for p in products]),
        needs_t=np.array(
            [any(f.variable == "t" and not f.constant for f in p.factors) for p in products]
        ),
        factors=factors,
    )


def _factor(factor: Factor) -> tuple[int, int, int, int]:
    name = factor.variable
    return VARIABLES.index(name), factor.constant, int(factor.sign), widths.FACTOR_BITS[name]


def _names(product: Product) -> set[str]:
    return {f.variable for f in product.factors}


def _needs_x(product: Product) -> bool:
    bare = [f.variable for f in product.factors if not f.constant]
    return product.dependency == "x0" or any(name[0] == "x" for name in bare)
