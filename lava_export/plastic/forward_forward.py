"""The Forward-Forward rule in the terms of a learning engine, and the program of its neurons.

A neuron that is near its threshold sends ``psi * (mates - average)`` as y1: psi falls off linearly
with the distance of v from the threshold, mates are the other neurons of its column that spiked in
the same step, which an interneuron counts and sends back one step later, average is what they
usually are. Two traces of the input and its spike make up the response of the membrane, zero for
spikes that came after the step in question:

    dt = y0 (x1 - x2 + x0) (y1 - 64), and at the sample's end  - y0 t y2

Eligibility waits in t. At the sample's end the modulation, which a neuron computes from the counts
of all columns, comes as y3, and the change goes into d, which is finer than w by 2^3 and takes up
several samples before it is rounded into w:

    dd = y0 t (y3 - 64) - u9 (d - 128)        dw = 2^-3 u9 (d - 128)

A neuron's bias holds its rate: a sample in which it fires takes ``BIAS_DOWN`` from it, one in which
it is silent adds ``BIAS_UP``, so that it comes to fire in one of eight.

Signed messages are sent as 64 more than they are, because Lava's engine brings traces to 0 or more
where the target has spiked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.goodness import EXCESS
from spikeff.ir.network import INPUT
from spikeff.ir.plasticity import PER_SYNAPSE, Plasticity
from spikeff.ir.roles import LEARNED

ZERO = 64  # of what is sent with a sign
DELAY_ZERO = 128
RESET = 32  # y2 that clears t
LARGEST = 63
# Steps of the engine from the layer's step k to the arrival of its y1: input, layer, interneuron.
LAG = 3
AFTER_SAMPLE = 2  # from the last y1 to y3: modulator, layer; y2 is one step later
PERIOD = 16  # steps of a sample, so that 2^9 epochs are 32 samples
VTH = 1024
PSI_SHIFT, PSI_ONE = 9, 64  # psi = 1 - |v - threshold| / (threshold / 2)
SLOPE_SHIFT = 11
AVERAGE_SHIFT, AVERAGE_BITS = 10, 16
# Of a bias in units of a weight: 8 fraction bits, at most half a threshold.
BIAS_BITS, BIAS_UP, BIAS_DOWN, BIAS_MOST = 8, 32, 224, 512
BIAS_EXP = limits.ACTIVATION_SHIFT
FULL_STEP = 128  # inverse learning rate at which the modulation takes all of its bits
TABLE = 1024

RULE = Plasticity(
    dw="2^-3 * u9 * (d - 128)",
    dt=(
        "2^-2 * y0 * x1 * (y1 - 64) - 2^-2 * y0 * x2 * (y1 - 64) + y0 * x0 * (y1 - 64) "
        "- y0 * t * y2"
    ),
    dd="y0 * t * (y3 - 64) - u9 * (d - 128)",
    x1_impulse=64.0,
    x1_tau=4.0,
    x2_impulse=96.0,
    x2_tau=1.44,
    third_factors=True,
    weight_step=2,
    rounding=PER_SYNAPSE,
)


@dataclass(frozen=True, eq=False)
class Program:
    """What the neurons around plastic synapses compute.

    Attributes:
        steps: Of a sample.
        column_size: Neurons of a column.
        columns: How many.
        shift: Bits that the sum of coincidences is shifted right by, to look its modulation up.
        wanted: Modulation of positives by that sum, int64 (``TABLE``,).
        unwanted: Modulation of negatives.
    """

    steps: int
    column_size: int
    columns: int
    shift: int
    wanted: Array
    unwanted: Array

    @property
    def largest(self) -> int:
        """The largest modulation of a positive or a negative."""
        return int(max(np.abs(self.wanted).max(), np.abs(self.unwanted).max()))

    def modulation(self, together: Array, positive: bool) -> Array:
        """y3 - 64 of samples whose coincidences are ``together``."""
        table = self.wanted if positive else self.unwanted
        return np.asarray(table[np.clip(together >> self.shift, 0, TABLE - 1)])


def program(network: IntegerNetwork, theta: float, scale: float, rate: float) -> Program:
    """The program of the layer that ``network`` learns.

    Args:
        theta: Goodness that positives exceed and negatives stay below.
        scale: Factor on the mean goodness of the columns.
        rate: Learning rate, in weights of which 1 brings a neuron to its threshold.

    Raises:
        LimitError: The network is none that this rule learns.
    """
    layer = require_learnable(network).target
    population = next(p for p in network.populations if p.name == layer)
    columns = population.size // population.column_size
    # Integer coincidences of goodness 1 after scaling.
    unit = network.steps * (population.column_size - 1) * columns / scale
    shift = max(int(np.ceil(np.log2(4 * max(theta, 1.0) * unit / TABLE))), 0)
    excess = (np.arange(TABLE) + 0.5) * 2**shift / unit - theta
    most = LARGEST * min(rate * FULL_STEP, 1.0)
    wanted = np.rint(most / (1 + np.exp(np.clip(excess, -50, 50)))).astype(np.int64)
    unwanted = -np.rint(most / (1 + np.exp(-np.clip(excess, -50, 50)))).astype(np.int64)
    return Program(network.steps, population.column_size, columns, shift, wanted, unwanted)


def moved_biases(biases: Array, fired: Array) -> Array:
    """Biases in 2^8ths after a sample.

    Args:
        fired: Which neurons fired in it.
    """
    most = BIAS_MOST << BIAS_BITS
    return np.asarray(np.clip(biases + np.where(fired, -BIAS_DOWN, BIAS_UP), -most, most))


def require_learnable(network: IntegerNetwork) -> IntegerConnection:
    """The plastic connection of ``network``.

    Raises:
        LimitError: It has none, or more than the rule learns; names what is missing.
    """
    plastic = [c for c in network.connections if c.plasticity is not None]
    names = [c.source for c in plastic]
    ends = network.steps + LAG + AFTER_SAMPLE
    problems = [
        (names != [INPUT], f"plastic connections from {names}; one from {INPUT!r} is learned"),
        (network.labels is None, "no label in the input, which positives and negatives differ in"),
        (network.readout.goodness != EXCESS, f"goodness {network.readout.goodness!r}"),
        (network.period != PERIOD, f"a period of {network.period} steps, not {PERIOD}"),
        (ends > PERIOD, f"{network.steps} steps, which leave no time for the modulation"),
        (len([c for c in network.connections if c.role == LEARNED]) != 1, "further weights"),
    ]
    for wrong, sentence in problems:
        if wrong:
            raise LimitError(
                f"learning on the chip: the network has {sentence}; use a preset such as "
                f"'digits-onchip': one layer, label in the input, goodness {EXCESS!r}."
            )
    return plastic[0]
