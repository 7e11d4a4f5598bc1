"""How many coincident pairs of spikes the spike counts alone lead one to expect."""

from __future__ import annotations

from torch import Tensor

from spikeff.ir.goodness import in_columns


def pairs_by_chance(spikes: Tensor, column_size: int) -> Tensor:
    """Expected ``spikeff.ir.goodness.coincident_pairs`` after the shuffle, (samples, columns).

    Neurons with counts a and b coincide in a * b / steps steps on average.
    """
    counts = in_columns(spikes, column_size).sum(0)
    expected: Tensor = (counts.sum(2) ** 2 - (counts**2).sum(2)) / len(spikes)
    return expected
