"""From trained networks to their descriptions, which every simulator and the quantiser take."""

from spikeff.lowering.model import describe
from spikeff.lowering.timed import describe_timed

__all__ = ["describe", "describe_timed"]
