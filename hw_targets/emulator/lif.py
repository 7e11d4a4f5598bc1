"""``LIFReset`` of Lava 0.10.0 in fixed point, batched over samples.

Source: ``lava/proc/lif/models.py``, ``AbstractPyLifModelFixed`` and ``PyLifResetModelBitAcc``::

    u <- sign(u) * ((|u| * (4096 - (du + 1))) >> 12) + (a << 6)        in int32
    u <- u - 2^24 if u > 2^23;  u + 2^24 if u <= -2^23                 once: it wraps
    v <- clip(sign(v) * ((|v| * (4096 - dv)) >> 12) + u + bias, +-(2^23 - 1))
    s <- v > (vth << 6);  v[s] <- 0

``a`` is int32 although the port is declared int16: ``PyInPortVectorDense.recv`` adds the int32
messages to int16 zeros (``lava/magma/core/model/py/ports.py``), which promotes them.

The states are float64, in which these integers (products below 2^43) are exact. Folding,
clipping and the int32 overflow are left out where the weights prove that they cannot occur, and in
steps in which no neuron comes near them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw_targets.emulator.synapses import FLOAT64_INTEGERS, Synapses
from lava_export.chips.limits import DECAY_UNITY, DS_OFFSET, STATE_MAX, VTH_SHIFT
from lava_export.integers.host_bias import HostBias
from lava_export.integers.network import IntegerPopulation
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array

INT32_MAX = 2**31


@dataclass(frozen=True, eq=False)
class FixedPointLIF:
    """Constants of a population, and which corner cases its weights leave possible.

    Attributes:
        keep_u: Factor of u per step.
        keep_v: Factor of v per step.
        bias: Already shifted, float64 (size,).
        overflows: Whether u may leave int32.
        folds: Whether u may leave 24 bits.
        clips: Whether v may be clipped.
    """

    keep_u: float
    keep_v: float
    bias: Array
    has_bias: bool
    threshold: float
    overflows: bool
    folds: bool
    clips: bool

    def decay_current(self, u: Array) -> None:
        """Decay ``u`` (samples, neurons) in place, rounding towards zero."""
        u *= self.keep_u
        np.trunc(u, out=u)

    def fold_current(self, u: Array) -> int:
        """Bring ``u`` back into its registers as Lava does, after the input was added.

        Returns:
            How many neurons' u left 24 bits and wrapped.
        """
        wrapped = 0
        if self.overflows:
            u += INT32_MAX
            np.mod(u, 2 * INT32_MAX, out=u)
            u -= INT32_MAX
        if self.folds and (u.max() > STATE_MAX or u.min() <= -STATE_MAX):
            high, low = u > STATE_MAX, u <= -STATE_MAX
            u[high] -= 2 * STATE_MAX
            u[low] += 2 * STATE_MAX
            wrapped = int(high.sum() + low.sum())
        return wrapped

    def fire(self, u: Array, v: Array, spikes: Array, written: Array | None = None) -> int:
        """Integrate ``u`` into ``v`` in place, write who fires to ``spikes`` and reset them.

        Args:
            written: Biases of each sample in place of ``bias``, (samples, neurons).

        Returns:
            How many neurons' v was clipped.
        """
        clipped = 0
        if self.keep_v != 1.0:
            v *= self.keep_v
            np.trunc(v, out=v)
        v += u
        if written is not None:
            v += written
        elif self.has_bias:
            v += self.bias
        if self.clips and (v.max() >= STATE_MAX or v.min() <= -STATE_MAX):
            clipped = int((np.abs(v) >= STATE_MAX).sum())
            np.clip(v, -(STATE_MAX - 1), STATE_MAX - 1, out=v)
        np.greater(v, self.threshold, out=spikes)
        np.copyto(v, 0.0, where=spikes)
        return clipped


def prepare(
    population: IntegerPopulation,
    synapses: list[Synapses],
    period: int,
    hosts: Sequence[HostBias] = (),
) -> FixedPointLIF:
    """Bound u and v over ``period`` steps of the worst input and keep the checks that it needs.

    Args:
        hosts: What a host adds to the biases.
    """
    keep_u = (DECAY_UNITY - population.du - DS_OFFSET) / DECAY_UNITY
    keep_v = (DECAY_UNITY - population.dv) / DECAY_UNITY
    bias = np.ldexp(population.bias_mant.astype(np.float64), population.bias_exp)
    step = sum(s.worst for s in synapses)
    if step + INT32_MAX >= FLOAT64_INTEGERS:
        raise LimitError(
            f"population {population.name!r}: its input may reach {step}, which exceeds 2^53, the "
            f"integers that the emulator holds; split its source populations."
        )
    largest = float(np.abs(bias).max()) + _most_written(hosts, population.bias_exp)
    worst_u = worst_v = 0.0
    for _ in range(period):
        worst_u = worst_u * keep_u + step
        worst_v = worst_v * keep_v + worst_u + largest
    return FixedPointLIF(
        keep_u=keep_u,
        keep_v=keep_v,
        bias=bias,
        has_bias=bool(bias.any()),
        threshold=float(population.vth << VTH_SHIFT),
        overflows=worst_u >= INT32_MAX,
        folds=worst_u >= STATE_MAX,
        clips=worst_v >= STATE_MAX,
    )


def _most_written(hosts: Sequence[HostBias], exponent: int) -> float:
    mantissas = [float(max(high.max(), -low.min())) for low, high in (h.range() for h in hosts)]
    return float(np.ldexp(sum(mantissas), exponent))
