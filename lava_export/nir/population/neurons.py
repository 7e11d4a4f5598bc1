"""NIR's neurons, step by step: what each keeps, gains and needs to fire.

Under explicit Euler, with ``x`` what the synapses of a step bring::

    i <- (1 - current_leak) i + jump x
    v <- (1 - leak) v + gain i + drift
    spike = v > threshold, then the reset

A leak of 1 keeps nothing: such a stage is none. Constants are one per neuron.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import nir
import numpy as np

from lava_export.nir.arrivals import SAME
from lava_export.nir.graph import CURRENTS
from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.ir.arrays import Array

ZERO, SUBTRACT, SUBTRACT_LATE = RESETS = ("zero", "subtract", "subtract-late")
NONE = "none"  # a Threshold: nothing is kept from step to step


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of one node, with the current stage in front of it.

    Attributes:
        current_leak: Share of the current that is lost per step, (size,).
        jump: Current per unit of a weight, (size,).
        current_drift: Added to the current in every step, (size,).
        leak: Share of the membrane potential that is lost per step, (size,).
        gain: Membrane potential per unit of the current, (size,).
        drift: Added to the membrane potential in every step, (size,).
        threshold: Which the potential must exceed, (size,).
        v_reset: Where a reset to a value leads, (size,).
        reset: "zero" (to ``v_reset``), "subtract" (the threshold, at once), "subtract-late" (one
            step later, as snnTorch does with ``reset_delay``) or "none".
    """

    current_leak: Array
    jump: Array
    current_drift: Array
    leak: Array
    gain: Array
    drift: Array
    threshold: Array
    v_reset: Array
    reset: str

    @property
    def size(self) -> int:
        """Neurons."""
        return len(self.threshold)

    def some(self, chosen: Array) -> Neurons:
        """The neurons ``chosen``, by number."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "reset"}
        return replace(self, **{name: value[chosen] for name, value in values.items()})


def neurons_of(
    name: str, node: Any, stage: Any, dt: float, size: int, unit_jumps: bool, reset: str
) -> Neurons:
    """Read the membrane ``node`` of ``size`` neurons with the ``stage`` before it, or None.

    Args:
        name: Of the node.
        node: A LIF, CubaLIF, IF or Threshold.
        stage: The I, LI or CubaLI that it hears, None for synapses.
        dt: Seconds per step.
        size: Neurons.
        unit_jumps: See :func:`lava_export.nir.importer.import_description`.
        reset: One of ``RESETS``.

    Raises:
        DescriptionError: A constant is none that neurons can have; the message names the node.
        UnknownNameError: There is no such reset.
    """
    if reset not in RESETS:
        raise UnknownNameError("reset", reset, RESETS)
    read = _Constants(name, dt, size, unit_jumps)
    current = read.current(node if isinstance(node, nir.CubaLIF) else stage)
    membrane = read.membrane(node, stage)
    threshold = node.threshold if isinstance(node, nir.Threshold) else node.v_threshold
    v_reset = getattr(node, "v_reset", None)
    neurons = Neurons(
        *current,
        *membrane,
        read.each(threshold),
        read.each(0.0 if v_reset is None else v_reset),
        NONE if isinstance(node, nir.Threshold) else reset,
    )
    return _checked(name, neurons)


def integrators_of(
    name: str, node: Any, stage: Any, dt: float, size: int, unit_jumps: bool
) -> Neurons:
    """As :func:`neurons_of`, of a node that is read by its potential and never fires.

    Args:
        node: A LIF, CubaLIF or IF, whose threshold and reset are left out, or an LI, CubaLI or I.
    """
    if isinstance(node, CURRENTS):
        node, stage = nir.Threshold(np.zeros(size)), node
    read = _Constants(name, dt, size, unit_jumps)
    current = read.current(node if isinstance(node, nir.CubaLIF) else stage)
    none = np.full(size, np.inf), np.zeros(size)
    return Neurons(*current, *read.membrane(node, stage), *none, NONE)


def _checked(name: str, neurons: Neurons) -> Neurons:
    n = neurons
    if n.reset == ZERO:
        low = n.threshold <= n.v_reset
        if low.any():
            raise DescriptionError(
                f"NIR node {name!r}: v_threshold = {float(n.threshold[low][0])}; it must be > "
                f"v_reset, {float(n.v_reset[low][0])}."
            )
    elif (n.threshold <= 0).any():
        worst = float(n.threshold.min())
        raise DescriptionError(f"NIR node {name!r}: v_threshold = {worst}; it must be > 0.")
    elif n.reset != NONE and (np.abs(n.v_reset) > SAME * n.threshold).any():
        raise DescriptionError(
            f"NIR node {name!r}: v_reset = {float(np.abs(n.v_reset).max())} beside a reset by "
            f"subtraction, which has none: leave --reset out, or write v_reset = 0."
        )
    return n


@dataclass(frozen=True)
class _Constants:
    """Reads the constants of one node."""

    name: str
    dt: float
    size: int
    unit_jumps: bool

    def each(self, value: Any) -> Array:
        """One finite number for each neuron."""
        array = np.asarray(value, np.float64).ravel()
        if array.size not in (1, self.size):
            raise DescriptionError(
                f"NIR node {self.name!r} holds {array.size} constants for {self.size} neurons."
            )
        if not np.isfinite(array).all():
            raise DescriptionError(f"NIR node {self.name!r} holds a constant that is not finite.")
        return np.broadcast_to(array, (self.size,))

    def leak(self, what: str, tau: Any) -> Array:
        """Share that is lost per step, 1 where rounding has made the time constant less than dt."""
        taus = self.each(tau)
        if (taus <= 0).any():
            raise DescriptionError(
                f"NIR node {self.name!r}: {what} from {taus.min():g} to {taus.max():g}; time "
                f"constants are above 0."
            )
        return plain_ones(self.dt / taus)

    def current(self, stage: Any) -> tuple[Array, Array, Array]:
        """Leak, jump per unit of weight and drift of the current; a leak of 1 without a stage."""
        zero = np.zeros(self.size)
        if isinstance(stage, nir.I):
            return zero, plain_ones(self.each(stage.r) * self.dt), zero
        if isinstance(stage, nir.LI):
            leak = self.leak("tau of LI", stage.tau)
            return leak, plain_ones(self.each(stage.r) * leak), self.each(stage.v_leak) * leak
        if isinstance(stage, nir.CubaLIF | nir.CubaLI):
            leak = self.leak("tau_syn", stage.tau_syn)
            share = 1.0 if self.unit_jumps else leak
            return leak, plain_ones(self.each(stage.w_in) * share), zero
        return np.ones(self.size), np.ones(self.size), zero

    def membrane(self, node: Any, stage: Any) -> tuple[Array, Array, Array]:
        """Leak, gain per unit of current and drift of the membrane."""
        if isinstance(node, nir.Threshold):
            if not isinstance(stage, nir.CubaLI):
                return np.ones(self.size), np.ones(self.size), np.zeros(self.size)
            node = stage
        elif isinstance(stage, nir.CubaLI):
            raise DescriptionError(
                f"NIR node {self.name!r}: a CubaLI before it has a membrane of its own; let a "
                f"Threshold follow it, or an LI stand there."
            )
        if isinstance(node, nir.IF):
            zero = np.zeros(self.size)
            return zero, plain_ones(self.each(node.r) * self.dt), zero
        tau = node.tau if isinstance(node, nir.LIF) else node.tau_mem
        leak = self.leak("tau_mem", tau)
        return leak, plain_ones(self.each(node.r) * leak), self.each(node.v_leak) * leak


def plain_ones(values: Array) -> Array:
    """``values``, those that rounding to float32 keeps from being 1 as 1."""
    return np.where(np.abs(values - 1) <= SAME, 1.0, values)
