"""Which threshold counters add up to which goodness, exactly, in integers.

With n spikes of a column of m neurons in a step, N in the sample, c of one neuron, T steps
(``spikeff.ir.goodness``):

``pairs``      n (n - 1) = sum of 2 (k - 1) over k = 2..n: counter k fires where n >= k.
``synchrony``  T sum_t n^2 - N^2, with n^2 = sum of 2 k - 1 over k = 1..n, and N^2 likewise by
               counters that fire once, when the count so far reaches them; for beta = 0.
``excess``     T sum_t n (n - 1) - N (N - 1) + sum of c (c - 1) over neurons, the last by counters
               of the spikes of one neuron, none where it has at most one; for beta = 0.
``rate``       sum of c^2 over neurons, by counters of the spikes of one neuron.
"""

from __future__ import annotations

from fractions import Fraction

from lava_export.readout.threshold_counters import Ladder
from spikeff.errors import LimitError


def ladders(
    measure: tuple[str, float], column_size: int, limit: int, steps: int
) -> tuple[tuple[Ladder, ...], Fraction]:
    """Counters of a column and the factor that turns what they add up to into its goodness.

    Args:
        measure: Goodness and its window parameter.
        limit: Most spikes of a neuron.

    Raises:
        LimitError: The goodness has no exact integers.
    """
    goodness, beta = measure
    mates, total = max(1, column_size - 1), column_size * limit
    levels = tuple(range(1, column_size + 1))
    if goodness == "rate":
        counts = tuple(range(1, limit + 1))
        squares = tuple(2 * c - 1 for c in counts)
        return (Ladder(1, counts, squares, cumulative=True),), Fraction(1, mates)
    if goodness == "pairs" or (goodness == "windowed_pairs" and not beta):
        worth = tuple(k - 1 for k in levels[1:])
        pairs = Ladder(column_size, levels[1:], worth, cumulative=False, repeats=limit)
        return (pairs,), Fraction(2, mates)
    if goodness == "synchrony" and not beta:
        squares = tuple(steps * (2 * k - 1) for k in levels)
        together = Ladder(column_size, levels, squares, cumulative=False, repeats=limit)
        counts = tuple(range(1, total + 1))
        chance = Ladder(column_size, counts, tuple(1 - 2 * c for c in counts), cumulative=True)
        return (together, chance), Fraction(1, steps * mates)
    if goodness == "excess" and not beta:
        return _excess(column_size, limit, steps), Fraction(2, steps * mates)
    raise LimitError(_refusal(goodness, beta))


def _excess(column_size: int, limit: int, steps: int) -> tuple[Ladder, ...]:
    """Half of T times the sum of n (n - 1), less half of N (N - 1), and c (c - 1) / 2."""
    levels = tuple(range(2, column_size + 1))
    counts, own = tuple(range(2, column_size * limit + 1)), tuple(range(2, limit + 1))
    together = Ladder(
        column_size, levels, tuple(steps * (k - 1) for k in levels), cumulative=False, repeats=limit
    )
    chance = Ladder(column_size, counts, tuple(1 - c for c in counts), cumulative=True)
    if limit == 1:
        return together, chance
    return together, chance, Ladder(1, own, tuple(c - 1 for c in own), cumulative=True)


def _refusal(name: str, beta: float) -> str:
    why = "no ladder of thresholds is known for it"
    if name in ("windowed_pairs", "synchrony", "excess"):
        why = (
            f"its window weighs spikes {beta}^lag apart, and powers of {beta} over all lags have "
            f"no common unit within 24 bits"
        )
    return (
        f"readout: goodness {name!r} with beta = {beta} cannot be carried on the chip: {why}. "
        f"Export it with --readout host, or train with pairs, or with excess and beta = 0."
    )
