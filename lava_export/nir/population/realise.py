"""Neurons of NIR as stock LIF populations, which reset v, and not u, to 0.

**As they are.** The current lies in u, the membrane in v; potentials are counted from ``v_reset``.

**In the current.** Where a spike must not empty the membrane, because its reset subtracts the
threshold, the membrane lies in u, which no spike resets, and v repeats it. What the reset takes,
each neuron takes from itself one step later, which is before the next comparison: so it is the
same as at once. The current of the synapses then has no place left: each spike is delivered again
and again, step by step, with the weight that is left of it.

What is given in every step (biases behind a current, leak potentials beside such a reset) comes
from one neuron that fires in every step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lava_export.nir.population.neurons import NONE, SUBTRACT_LATE, ZERO, Neurons
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.network import Population

# An integrator without leak becomes a membrane that keeps all but this share of itself per step.
LEAST_LEAK = 2.0**-32
# What may be left of a spike after its last delivery, and how many deliveries there may be.
TAIL, MOST_TAPS = 2.0**-10, 48


@dataclass(frozen=True, eq=False)
class Realised:
    """Neurons that share their time constants as one population.

    Attributes:
        leak_u: Share of u that is lost per step.
        leak_v: Share of v that is lost per step.
        threshold: Which v must exceed.
        v_leak: Leak potential, (size,).
        taps: What is left of a spike's weight after each step of delay, the first 1.
        weight: Weight into u per unit of a weight, (size,).
        each_step: Into u in every step, whatever reaches the neurons, (size,).
        bias: How a constant input enters: leak potential per unit of it, (size,), or None where it
            must pass through the current.
        reset: Of each neuron's synapse on itself, which takes the threshold; 0 for none.
        start: Added to v before the first step, in units of u's weights, (size,).
    """

    leak_u: float
    leak_v: float
    threshold: float
    v_leak: Array
    taps: Array
    weight: Array
    each_step: Array
    bias: Array | None
    reset: float
    start: Array

    def population(self, name: str, dt: float, depth: int) -> Population:
        """The population, ``depth`` steps behind the input."""
        return Population(
            name=name,
            size=len(self.weight),
            depth=depth,
            tau_syn=dt / self.leak_u if self.leak_u else math.inf,
            tau_mem=dt / self.leak_v,
            v_th=self.threshold,
            v_leak=self.v_leak,
            column_size=1,
        )


def realised(name: str, neurons: Neurons, steps: int) -> Realised:
    """Neurons that share their time constants.

    Args:
        name: Of their node, for errors.
        neurons: With one value of both leaks.
        steps: Of one sample.

    Raises:
        DescriptionError: No stock neurons do the same; the message says what to change.
    """
    keeps_membrane = neurons.leak[0] < 1
    if neurons.reset == ZERO or not keeps_membrane:
        return _as_they_are(neurons)
    return _in_the_current(name, neurons, steps)


def _as_they_are(neurons: Neurons) -> Realised:
    n, leak = neurons, max(float(neurons.leak[0]), LEAST_LEAK)
    current_leak = float(n.current_leak[0])
    shift = n.v_reset if n.reset == ZERO else np.zeros(n.size)
    threshold = n.threshold - shift
    # Thresholds that differ are folded into everything that is added up.
    relative = threshold[0] / threshold
    gain = n.gain / leak * relative
    weight = n.jump * gain
    return Realised(
        leak_u=current_leak,
        leak_v=leak,
        threshold=float(threshold[0]),
        v_leak=(n.drift - n.leak * shift) / leak * relative,
        taps=np.ones(1),
        weight=weight,
        each_step=n.current_drift * gain,
        bias=weight if current_leak == 1 else None,
        reset=0.0,
        start=-(1 - n.leak) * shift / leak * relative,
    )


def _in_the_current(name: str, neurons: Neurons, steps: int) -> Realised:
    n, kept = neurons, 1 - float(neurons.leak[0])
    relative = n.threshold[0] / n.threshold
    taken = 0.0 if n.reset == NONE else float(n.threshold[0])
    if n.current_drift.any():
        raise DescriptionError(
            f"NIR node {name!r}: an LI with v_leak in front of a reset by subtraction; write it as "
            f"a bias in front of the LI."
        )
    return Realised(
        leak_u=float(n.leak[0]),
        leak_v=1.0,
        threshold=float(n.threshold[0]),
        v_leak=np.zeros(n.size),
        taps=_taps(name, 1 - float(n.current_leak[0]), steps),
        weight=n.jump * n.gain * relative,
        each_step=n.drift * relative,
        bias=None,
        reset=taken if n.reset == SUBTRACT_LATE else taken * kept,
        start=np.zeros(n.size),
    )


def _taps(name: str, kept: float, steps: int) -> Array:
    """What is left of a spike in the steps in which anything is."""
    if kept <= 0:
        return np.ones(1)
    count = steps if kept >= 1 else min(steps, math.ceil(math.log(TAIL) / math.log(kept)))
    if count > MOST_TAPS:
        raise DescriptionError(
            f"NIR node {name!r}: a current that keeps {kept:.4g} of itself per step, in front of a "
            f"reset by subtraction, takes {count} synapses for each of one; at most {MOST_TAPS} "
            f"are made: use a shorter tau_syn, longer steps, or a reset to zero."
        )
    return np.asarray(kept ** np.arange(count))
