"""Plasticity: the learning rule of a connection, as a chip's learning engine takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from spikeff.errors import LimitError
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.plasticity import widths
from spikeff.ir.plasticity.formula import Product, parse_rule

SHARED, PER_SYNAPSE = "shared", "per_synapse"
ROUNDINGS = (SHARED, PER_SYNAPSE)
PRE, POST = ("x1", "x2"), ("y1", "y2", "y3")
VARIABLES = {"dw": "w", "dt": "t", "dd": "d"}


@dataclass(frozen=True)
class Plasticity:
    """A learning rule with its traces, in the terms of Loihi's learning engine.

    A trace decays by ``exp(-1 / tau)`` per step and grows by its impulse at every spike; one whose
    tau is 0 lasts a single step.

    Attributes:
        dw: Change of the weights, a sum of products (``spikeff.ir.plasticity.formula``); "" for
            none.
        dt: Change of the tags.
        dd: Change of the third variable, which a chip shares with the delay.
        x1_impulse: Impulse of the first trace of the source's spikes, 0 to 127 in 256ths.
        x1_tau: Its time constant in steps.
        x2_impulse: The same of the second trace.
        x2_tau: The same of the second trace.
        y1_impulse: The same of the first trace of the target's spikes; 0 with ``third_factors``.
        y1_tau: The same of that trace.
        y2_impulse: The same of the second.
        y2_tau: The same of the second.
        y3_impulse: The same of the third.
        y3_tau: The same of the third.
        epoch: Steps from one change to the next.
        third_factors: Whether y1, y2 and y3 are sent by the target's neurons in every step, graded
            and with a sign, instead of following from their spikes.
        weight_step: Spacing of learned weights: 1 as Lava keeps them, 2 for signed weights of 8
            bits, 4 of 7 and so on.
        rounding: "shared", one random number rounds all synapses of a connection in an epoch, as
            in Lava; or "per_synapse", one for each.

    Raises:
        LimitError: The rule is one that Loihi 2 could not compute; names what and how far.
    """

    dw: str = ""
    dt: str = ""
    dd: str = ""
    x1_impulse: float = 0.0
    x1_tau: float = 0.0
    x2_impulse: float = 0.0
    x2_tau: float = 0.0
    y1_impulse: float = 0.0
    y1_tau: float = 0.0
    y2_impulse: float = 0.0
    y2_tau: float = 0.0
    y3_impulse: float = 0.0
    y3_tau: float = 0.0
    epoch: int = 1
    third_factors: bool = False
    weight_step: int = 1
    rounding: str = SHARED

    def __post_init__(self) -> None:
        settle_numbers("plasticity", self)
        if not any(self.products(name) for name in VARIABLES):
            raise LimitError("plasticity: dw, dt and dd are all empty; give at least one rule.")
        if not 1 <= self.epoch <= widths.EPOCH_MAX:
            raise LimitError(
                f"plasticity: epoch = {self.epoch} exceeds [1, {widths.EPOCH_MAX}] steps; choose a "
                f"shorter one, and uk for what is rarer."
            )
        if self.weight_step not in (1, 2, 4, 8, 16, 32, 64, 128):
            raise LimitError(
                f"plasticity: weight_step = {self.weight_step}; choose a power of two up to 128."
            )
        if self.rounding not in ROUNDINGS:
            raise LimitError(f"plasticity: rounding = {self.rounding!r}; choose of {ROUNDINGS}.")
        self._require_traces()
        self._require_one_decimation()

    def products(self, rule: str) -> tuple[Product, ...]:
        """The sum of products of ``rule``: "dw", "dt" or "dd"."""
        return parse_rule(f"plasticity: {rule}", getattr(self, rule))

    @property
    def decimation(self) -> int | None:
        """k of the ``uk`` in its rules; None where there is none."""
        found = {
            p.decimation for rule in VARIABLES for p in self.products(rule) if p.dependency == "u"
        }
        return min(found) if found else None

    def lines(self) -> list[str]:
        """What a reader wants to know, a line each."""
        rules = [f"{rule} = {getattr(self, rule)}" for rule in VARIABLES if getattr(self, rule)]
        traces = [
            f"{name}: impulse {getattr(self, f'{name}_impulse'):g}, "
            f"tau {getattr(self, f'{name}_tau'):g}"
            for name in (*PRE, *POST)
            if getattr(self, f"{name}_impulse")
        ]
        sent = ["y1, y2 and y3 are sent by the neurons"] if self.third_factors else []
        step = (
            f"epoch {self.epoch}, weights in steps of {self.weight_step}, rounding {self.rounding}"
        )
        return [*rules, *traces, *sent, step]

    def _require_traces(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            kind = field.name[3:]
            if kind not in ("impulse", "tau"):
                continue
            most = widths.IMPULSE_MAX if kind == "impulse" else widths.TAU_MAX
            if not 0 <= value <= most or not math.isfinite(value):
                raise LimitError(
                    f"plasticity: {field.name} = {value} exceeds [0, {most}]; choose one within."
                )
            if self.third_factors and field.name[0] == "y" and value:
                raise LimitError(
                    f"plasticity: {field.name} = {value} beside third_factors, where the neurons "
                    f"send y1, y2 and y3; leave it at 0."
                )

    def _require_one_decimation(self) -> None:
        found = sorted(
            {p.decimation for r in VARIABLES for p in self.products(r) if p.dependency == "u"}
        )
        if len(found) > 1:
            raise LimitError(
                f"plasticity: decimations {', '.join(f'u{k}' for k in found)}; the engine has one "
                f"counter for all its rules: use the same uk everywhere."
            )
