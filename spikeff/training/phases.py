"""Awake and asleep: in which phase the batches of an epoch are shown, and in what order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from spikeff.learning.phase import Phase
from spikeff.learning.settings import NegativesSettings

Rows = TypeVar("Rows")


def in_phases(
    batches: Sequence[Rows], negatives: NegativesSettings | None
) -> Iterator[tuple[Rows, Phase]]:
    """Batches in the order and the phase in which they are shown.

    Args:
        batches: Those of an epoch. The last ones, too few for a whole phase awake, are slept over
            in the same proportion.
        negatives: How many are shown awake and then asleep; None: nothing is compared.
    """
    awake = negatives.phase_batches if negatives else 0
    if negatives is None or not awake:
        yield from ((rows, Phase.BOTH) for rows in batches)
        return
    asleep = awake if negatives.asleep_batches is None else negatives.asleep_batches
    for low in range(0, len(batches), awake):
        some = batches[low : low + awake]
        yield from ((rows, Phase.AWAKE) for rows in some)
        for k in range(round(asleep * len(some) / awake)):
            yield some[k % len(some)], Phase.ASLEEP


def shown_batches(batches: int, negatives: NegativesSettings | None) -> int:
    """How many batches :func:`in_phases` shows of an epoch's ``batches``."""
    awake = negatives.phase_batches if negatives else 0
    if negatives is None or not awake:
        return batches
    asleep = awake if negatives.asleep_batches is None else negatives.asleep_batches
    whole, rest = divmod(batches, awake)
    return batches + whole * asleep + round(asleep * rest / awake)
