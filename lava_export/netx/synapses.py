"""Weights of lava-dl as integer connections that Lava reads as the same numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connectivity

MIXED, EXCITATORY, INHIBITORY = "mixed", "excitatory", "inhibitory"
ROUND, BY_SIGN = 254, 255  # largest even weight of 8 bits, and largest of one sign


def connections(
    source: str, target: str, kind: Connectivity, weights: Array, delay: int
) -> Iterator[IntegerConnection]:
    """The connections whose weights add up to ``weights``.

    Even ones, which slayer makes, are synapses of both signs. A grid of both signs has no odd
    ones: these take synapses of either sign apart.

    Raises:
        LimitError: A weight has more than 8 bits beside its sign.
    """
    low, high = int(weights.min(initial=0)), int(weights.max(initial=0))
    if not (weights % 2).any() and low >= -256 and high <= ROUND:
        yield _connection(source, target, kind, weights, MIXED, delay)
        return
    if max(-low, high) > BY_SIGN:
        raise LimitError(
            f"connection {source}->{target}: weights from {low} to {high}; 8 bits and a sign hold "
            f"-{BY_SIGN} to {BY_SIGN}: quantise them."
        )
    for mode, part in ((EXCITATORY, weights.clip(0)), (INHIBITORY, weights.clip(None, 0))):
        if part.any():
            yield _connection(source, target, kind, part, mode, delay)


def _connection(
    source: str, target: str, kind: Connectivity, weights: Array, mode: str, delay: int
) -> IntegerConnection:
    return IntegerConnection(
        source=source,
        target=target,
        connectivity=kind,
        weights=weights,
        weight_bits=limits.WEIGHT_BITS_MAX,
        weight_exp=0,
        sign_mode=mode,
        delay=delay,
    )


def by_delay(weights: Array, delays: Array) -> Iterator[tuple[int, Array]]:
    """A matrix in parts of one delay each, with zeros elsewhere; ``delays`` broadcast to it."""
    late = np.broadcast_to(delays, weights.shape)
    for steps in np.unique(late).tolist():
        yield steps, np.where(late == steps, weights, 0)
