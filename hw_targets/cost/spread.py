"""A figure over the samples of a data set: mean with its bounds, percentiles, worst sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.ir.arrays import Array

PERCENTILES = (5, 50, 95)


@dataclass(frozen=True)
class Spread:
    """Distribution over samples, in ``unit``. NaN where a cost table has bounds only.

    Attributes:
        mean: Mean over samples, at the published costs.
        low: Mean over samples, at the lower bounds of the costs.
        high: Mean over samples, at the upper bounds of the costs.
        p5: 5th percentile over samples, at the published costs.
        p50: Median over samples.
        p95: 95th percentile over samples.
        worst: Largest of the samples.
        worst_sample: Index of the largest; None where there is none.
    """

    unit: str
    mean: float
    low: float
    high: float
    p5: float
    p50: float
    p95: float
    worst: float
    worst_sample: int | None


def spread(unit: str, values: Array, low: Array, high: Array, mean: float | None = None) -> Spread:
    """Summarise ``values`` (samples,) and their bounds; ``mean`` where it is known exactly."""
    worst = int(np.argmax(values))
    p5, p50, p95 = (float(p) for p in np.percentile(values, PERCENTILES))
    return Spread(
        unit,
        float(values.mean()) if mean is None else mean,
        float(low.mean()),
        float(high.mean()),
        p5,
        p50,
        p95,
        float(values[worst]),
        None if np.isnan(values[worst]) else worst,
    )
