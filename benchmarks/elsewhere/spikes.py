"""What both networks of snnTorch need of it."""

from __future__ import annotations

from snntorch import surrogate


def fires(potential):
    """Spikes with the type of the potential: snnTorch's are float32 whatever they are made of."""
    return surrogate.atan(alpha=2.0)(potential).to(potential.dtype)
