"""Neurons that count spikes exactly: threshold counters, in Loihi's integers.

A threshold counter hears a group of neurons through equal weights and fires where at least
``level`` spikes have come: in the same step (its current lasts one step), or, if the ladder is
cumulative, in the sample so far (a non-leaky synaptic current; the counter then inhibits itself and
fires once). The level is a bias, since a population has one threshold: with E units of u per spike,
``v = n E - (level - 1) E > 0``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerPopulation
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE
from spikeff.ir.network import BLANK
from spikeff.ir.roles import BLANKING, READOUT, SELF_INHIBITION, THRESHOLD_COUNTER

U_PER_WEIGHT = 1 << limits.ACTIVATION_SHIFT
LARGEST_SPIKE = 64  # E in steps of the coarsest bias: weights of 128, which take one bit
CHUNK = limits.WEIGHT_RANGES["excitatory"][1]


@dataclass(frozen=True)
class Ladder:
    """A staircase of spike counts, and what each step of it is worth.

    Attributes:
        group: Neurons whose spikes are counted together; groups are consecutive.
        levels: Counts at which the threshold counters fire, rising. The highest is the largest
            count that can occur.
        worth: What each threshold counter adds to the goodness.
        cumulative: Count the spikes of the sample so far, in a non-leaky synaptic current, instead
            of those of the step.
        repeats: Steps in which the largest count can occur.
    """

    group: int
    levels: tuple[int, ...]
    worth: tuple[int, ...]
    cumulative: bool
    repeats: int = 1

    @property
    def most(self) -> int:
        """The largest count that can occur."""
        return self.levels[-1]

    @property
    def bound(self) -> int:
        """Largest magnitude that all counters of a group together add in a sample."""
        return self.repeats * abs(sum(self.worth))

    @property
    def trivial(self) -> bool:
        """Whether the one counter would fire exactly as the one neuron that it hears."""
        return self.cumulative and self.group == 1 and self.most == 1


def threshold_counters(
    ladder: Ladder, source: IntegerPopulation, name: str, steps: int
) -> tuple[IntegerPopulation, list[IntegerConnection]]:
    """The threshold counters of every group of ``source``, group by group, with all their synapses.

    The blanking line keeps them silent in idle steps.

    Raises:
        LimitError: Counts exceed the biases, or over ``steps`` steps a count of the whole sample
            leaks by as much as one spike.
    """
    bias_steps = _bias_steps_per_spike(ladder, name)
    counted = bias_steps << limits.BIAS_EXP_MAX
    if ladder.cumulative:
        _require_no_miscount(ladder, counted, name, steps)
    groups, levels = source.size // ladder.group, len(ladder.levels)
    size = groups * levels
    mantissa = -bias_steps * (np.array(ladder.levels) - 1)
    population = IntegerPopulation(
        name=name,
        size=size,
        depth=source.depth + 1,
        du=0 if ladder.cumulative else limits.DECAY_MAX,
        dv=limits.DECAY_MAX,
        vth=0,
        bias_mant=np.tile(mantissa, groups),
        bias_exp=limits.BIAS_EXP_MAX,
        column_size=1,
        current_scale=float(counted),
        spike_limit=1 if ladder.cumulative else None,
        role=THRESHOLD_COUNTER,
    )
    unit = counted // U_PER_WEIGHT
    weights = np.kron(np.eye(groups, dtype=np.int64), np.full((levels, ladder.group), unit))
    bits = limits.WEIGHT_BITS_MAX + 1 - unit.bit_length()
    connections = [
        IntegerConnection(
            source.name,
            name,
            DENSE,
            weights,
            weight_bits=max(bits, 1),
            weight_exp=0,
            sign_mode="excitatory",
            role=READOUT,
        ),
        _inhibition(BLANK, name, (size, 1), unit * ladder.most),
    ]
    if ladder.cumulative:
        connections.append(_inhibition(name, name, (size,), unit * ladder.most))
    return population, connections


def _bias_steps_per_spike(ladder: Ladder, name: str) -> int:
    """Steps of the coarsest bias per spike: a power of two."""
    highest = ladder.most - 1
    per_spike = LARGEST_SPIKE
    while per_spike * highest > limits.BIAS_MAX:
        per_spike //= 2
    if per_spike == 0:
        raise LimitError(
            f"population {name!r}: it would count to {ladder.most}; biases of 13 bits count "
            f"to {limits.BIAS_MAX + 1}: use smaller columns or a spike limit."
        )
    return per_spike


def _require_no_miscount(ladder: Ladder, counted: int, name: str, steps: int) -> None:
    """The oldest spikes must not have leaked, truncation included, by as much as one spike."""
    kept = ((limits.DECAY_UNITY - limits.DS_OFFSET) / limits.DECAY_UNITY) ** (steps - 1)
    highest = ladder.most
    remainder = ladder.most * counted / limits.DECAY_UNITY + 1  # what v keeps of its lowest
    if (highest - 1) * counted * (1 - kept) + steps + remainder >= counted:
        raise LimitError(
            f"population {name!r}: a count of {highest} spikes over {steps} steps leaks by one "
            f"spike or more, since a current loses 1/{limits.DECAY_UNITY} per step: use smaller "
            f"columns, fewer steps or a lower spike limit."
        )


def _inhibition(
    source: str, target: str, shape: tuple[int, ...], strength: int
) -> IntegerConnection:
    """Inhibition of twice ``strength``, more than any leak takes; from itself one step late."""
    mantissa = (2 * strength >> limits.WEIGHT_EXP_MAX) + 1
    return IntegerConnection(
        source,
        target,
        ONE_TO_ONE if source == target else DENSE,
        np.full(shape, -mantissa),
        weight_bits=limits.WEIGHT_BITS_MAX,
        weight_exp=limits.WEIGHT_EXP_MAX,
        sign_mode="inhibitory",
        delay=1 if source == target else 0,
        role=SELF_INHIBITION if source == target else BLANKING,
    )


def once_after_the_sample(
    name: str, depth: int, idle_steps: int
) -> tuple[IntegerPopulation, list[IntegerConnection]]:
    """A neuron that fires in the first of two or more idle steps, and in no other.

    The blanking line drives it; its own inhibition lasts to the end of the period.
    """
    neuron = IntegerPopulation(
        name=name,
        size=1,
        depth=depth,
        du=0,
        dv=limits.DECAY_MAX,
        vth=0,
        bias_mant=np.zeros(1, np.int16),
        bias_exp=0,
        column_size=1,
        current_scale=float(U_PER_WEIGHT),
        spike_limit=1,
        role=THRESHOLD_COUNTER,
    )
    heard = exact_synapses(BLANK, name, np.ones((1, 1), np.int64))
    return neuron, [*heard, _inhibition(name, name, (1,), idle_steps)]


def exact_synapses(source: str, target: str, weights: Array) -> list[IntegerConnection]:
    """Parallel connections that add up to ``weights``, any integers (target, source)."""
    connections = []
    for sign, mode in ((1, "excitatory"), (-1, "inhibitory")):
        for mantissa, exponent in _chunks(np.maximum(sign * weights, 0)):
            connections.append(
                IntegerConnection(
                    source,
                    target,
                    DENSE,
                    sign * mantissa,
                    weight_bits=limits.WEIGHT_BITS_MAX,
                    weight_exp=exponent,
                    sign_mode=mode,
                    role=READOUT,
                )
            )
    return connections


def _chunks(weights: Array) -> list[tuple[Array, int]]:
    """Mantissas up to 255 and exponents whose sum is ``weights``, all >= 0."""
    if weights.max() <= CHUNK:
        return [(weights, 0)] if weights.any() else []
    low = weights & ((1 << limits.WEIGHT_EXP_MAX) - 1)
    parts = [(low, 0)] if low.any() else []
    high = weights >> limits.WEIGHT_EXP_MAX
    while high.any():
        parts.append((np.minimum(high, CHUNK), limits.WEIGHT_EXP_MAX))
        high = high - parts[-1][0]
    return parts
