"""Sums of products as arrays of integers, which compiled loops read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import Factor, Plasticity, Product, widths

TARGETS = ("dw", "dt", "dd")  # in the order in which the engine changes w, t and d
DEPENDENCIES = ("x0", "y0", "u")
VARIABLES = ("x0", "x1", "x2", "y0", "y1", "y2", "y3", "w", "t", "d")
FIRST_Y, FIRST_SYNAPTIC = VARIABLES.index("y0"), VARIABLES.index("w")


@dataclass(frozen=True, eq=False)
class Terms:
    """All products of a rule; fields of products are int64 (products,).

    Attributes:
        target: Index into ``TARGETS``.
        dependency: Index into ``DEPENDENCIES``.
        mantissa: Factor of the product.
        right: Bits that it is shifted right by, towards minus infinity.
        left: Bits that it is shifted left by after that.
        needs_x: Whether it is zero where its source's traces are.
        factors: int64 (products, factors, 4): index into ``VARIABLES`` or -1 for none, constant,
            whether only the sign counts, and the width in bits.
    """

    target: Array
    dependency: Array
    mantissa: Array
    right: Array
    left: Array
    needs_x: Array
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
    return Terms(
        target=np.array([k for k, _ in found]),
        dependency=np.array([DEPENDENCIES.index(p.dependency) for p in products]),
        mantissa=np.array([p.mantissa for p in products]),
        right=np.array([max(p.bits - widths.ACCUMULATOR_BITS, 0) for p in products]),
        left=np.array([p.exponent + widths.ACCUMULATOR_SHIFT for p in products]),
        needs_x=np.array([_needs_x(p) for p in products]),
        factors=factors,
    )


def _factor(factor: Factor) -> tuple[int, int, int, int]:
    name = factor.variable
    return VARIABLES.index(name), factor.constant, int(factor.sign), widths.FACTOR_BITS[name]


def _needs_x(product: Product) -> bool:
    bare = [f.variable for f in product.factors if not f.constant]
    return product.dependency == "x0" or any(name[0] == "x" for name in bare)
