"""Widths of Loihi's learning engine, each once.

Source: lava-nc 0.10.0, ``lava/magma/core/learning/constants.py``; mantissa and exponent of a
product ``lava/magma/core/learning/product_series.py``; the epoch Davies et al., "Loihi", IEEE Micro
38(1), 2018, and the 6 bits of ``tx`` in ``lava/magma/core/model/py/connection.py``.
"""

from __future__ import annotations

TRACE_BITS = 7
IMPULSE_FRACTION_BITS = 8
SYNAPSE_BITS = 9  # w, d and t, sign included
CONSTANT_BITS = 8
MANTISSA_BITS = 4
ACCUMULATOR_BITS = 15
# Products lie this far left of the synaptic variable that they change.
ACCUMULATOR_SHIFT = ACCUMULATOR_BITS + 1 - SYNAPSE_BITS
PRODUCT_BITS = 31  # of the signed register in which factors are multiplied

IMPULSE_MAX = 2**TRACE_BITS - 1
TAU_MAX = 2**16 - 1
EPOCH_MAX = 2**6 - 1
MANTISSA_MIN, MANTISSA_MAX = -8, 7
EXPONENT_MIN, EXPONENT_MAX = -7, 8
CONSTANT_MAX = 2**CONSTANT_BITS - 1

FACTOR_BITS = {
    "x0": 1,
    "y0": 1,
    **dict.fromkeys(("x1", "x2", "y1", "y2", "y3"), TRACE_BITS),
    **dict.fromkeys(("w", "d", "t"), SYNAPSE_BITS),
}
