"""The readout of networks whose answers nobody looks at."""

from __future__ import annotations

import numpy as np

from spikeff.ir.codes import CLASS_COLUMNS, Readout


def readout(
    populations: tuple[str, ...],
    classes: int,
    neurons: int = 0,
    kind: str = CLASS_COLUMNS,
    goodness: str = "sum",
    beta: float = 1.0,
) -> Readout:
    """A readout of ``populations`` whose linear part has seen no training.

    Args:
        populations: Names of the populations that are read.
        classes: Number of classes.
        neurons: Inputs of the linear part, whose weights, (classes, neurons), are zero.
        kind: How answers are read, one of ``spikeff.ir.codes``.
        goodness: Name of a goodness.
        beta: Its constant.
    """
    weights, bias = np.zeros((classes, neurons)), np.zeros(classes)
    return Readout(kind, goodness, beta, classes, populations, weights, bias)
