"""Widths and limits of Loihi, each once, with its source.

Lava: the sources of lava-nc 0.10.0. Davies: M. Davies et al., "Loihi: A Neuromorphic Manycore
Processor with On-Chip Learning", IEEE Micro 38(1), 2018. nengo-loihi: its ``block.py``.
"""

from __future__ import annotations

from spikeff.errors import UnknownNameError

# Lava lava/proc/lif/models.py, PyLifModelBitAcc.
STATE_MAX = 2**23  # u wraps once beyond it
DECAY_UNITY = 4096
DECAY_MAX = 4095
DS_OFFSET = 1  # added to du, not to dv
VTH_MAX = 2**17 - 1
VTH_SHIFT = 6
ACTIVATION_SHIFT = 6
BIAS_MIN, BIAS_MAX = -(2**12), 2**12 - 1
BIAS_EXP_MAX = 7

# Lava lava/utils/weightutils.py: clipping ranges by sign mode.
WEIGHT_RANGES = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}
WEIGHT_BITS_MAX = 8  # stored per synapse
SIGNED_BITS_MAX = 9  # excitatory and inhibitory synapses of 8 bits together
WEIGHT_EXP_MAX = 7  # Davies: shared exponent -8..7
# A negative exponent shifts right: Lava rounds the sum, a chip may round each weight. It is used
# where neither rounds anything, and as far as the shift of 6 into the current makes good.
WEIGHT_EXP_MIN = -ACTIVATION_SHIFT

# Davies, Section "Neuromorphic mesh"; what else a core holds is in ``chips``.
CORES_PER_CHIP = 128
CORES_PER_TILE = 4


def weight_range(sign_mode: str) -> tuple[int, int]:
    """Lowest and highest weight mantissa of a sign mode."""
    if sign_mode not in WEIGHT_RANGES:
        raise UnknownNameError("sign mode", sign_mode, WEIGHT_RANGES)
    return WEIGHT_RANGES[sign_mode]


def least_exponent(weight_step: int) -> int:
    """Most negative exponent under which every multiple of ``weight_step`` stays whole."""
    return max(1 - weight_step.bit_length(), WEIGHT_EXP_MIN)


def weight_step(weight_bits: int, sign_mode: str) -> int:
    """Spacing of the grid that Lava floors weights to: 2^(8 - bits), doubled when signed."""
    return 1 << (8 - weight_bits + (1 if sign_mode == "mixed" else 0))
