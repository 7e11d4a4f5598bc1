"""What a joule is for: one figure, or a word on why there is none, for each part of the bill.

    dynamic, idle            priced operations, see hw_targets.cost.energy
    static, cores in use     what these cores leak in the time of the inference
    static, whole chip       what a chip draws, busy or not, in that time
    readout                  the answer
    reset between samples    clearing u and v
    input and output         spikes over the edge of the chip
    host                     whoever feeds and asks

No total is given without the boxes that it holds. The time of the whole chip's static energy is an
interval: its low end takes the lowest power and the shortest time, its high end the highest power
and the longest time, the measured floor of a board included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw_targets.cost.energy import DYNAMIC, FLOOR, IDLE, STATIC, Estimate
from hw_targets.cost.latency import EVERYTHING, NOTHING
from hw_targets.cost.spread import Spread, spread
from hw_targets.cost.table import BOXES, LEVELS
from hw_targets.cost.workload import Around
from spikeff.ir.arrays import Array

(
    DYNAMIC_BOX,
    IDLE_BOX,
    CORES_BOX,
    CHIP_BOX,
    READOUT_BOX,
    RESET_BOX,
    EDGE_BOX,
    HOST_BOX,
) = BOXES
CORES_IN_USE, WHOLE_CHIP = "cores in use", "whole chip"
Levels = dict[str, Array]


@dataclass(frozen=True)
class Box:
    """One part of the bill of an inference.

    Attributes:
        joules: None where it is not counted.
        why: How it was found, or why it is not counted.
    """

    name: str
    joules: Spread | None
    why: str


@dataclass(frozen=True)
class Total:
    """Joules of an inference.   holds : the boxes that are in it."""

    name: str
    holds: tuple[str, ...]
    joules: Spread


def boxes(estimate: Estimate) -> tuple[Box, ...]:
    """Every box, in the order of ``BOXES``."""
    levels, around = box_levels(estimate), estimate.around
    why = _counted(estimate) | {
        EDGE_BOX: f"not counted: {_over_the_edge(around)}; no cost of a link off the chip is "
        f"published",
        HOST_BOX: f"not counted: it {_on_the_host(around)} and takes the answer",
    }
    for name in estimate.table.within:
        why[name] = "within the dynamic box: the figure of the table holds it already"
    exact = {DYNAMIC_BOX: DYNAMIC, IDLE_BOX: IDLE}
    found = {
        name: spread_of(each, estimate.mean_joules(exact[name]) if name in exact else None)
        for name, each in levels.items()
    }
    return tuple(Box(name, found.get(name), why[name]) for name in BOXES)


def _over_the_edge(around: Around) -> str:
    leaving = f"{around.leaving.mean():,.1f}"
    if around.written:
        return f"{around.written:,} biases are written and {leaving} spikes come out"
    return f"{around.entering.mean():,.1f} spikes go in and {leaving} come out"


def _on_the_host(around: Around) -> str:
    if not around.written:
        return "encodes the input"
    return f"multiplies for the biases, {around.products:,} products of integers,"


def box_levels(estimate: Estimate) -> dict[str, Levels]:
    """Joules of every inference by box and level, for the boxes that are counted."""
    found = {DYNAMIC_BOX: _part(estimate, DYNAMIC)}
    if any(term.part == IDLE for term in estimate.terms):
        found[IDLE_BOX] = _part(estimate, IDLE)
    if estimate.has_static:
        found[CORES_BOX] = _part(estimate, STATIC)
    chip = _whole_chip(estimate)
    if chip is not None:
        found[CHIP_BOX] = chip
    update = estimate.table.rows.get("neuron_update_active_pj")
    if update is not None:
        cleared = estimate.around.neurons * estimate.around.passes * 1e-12
        one = np.ones(estimate.inferences)
        found[RESET_BOX] = {level: one * cleared * update.number(level) for level in LEVELS}
    return {name: levels for name, levels in found.items() if name not in estimate.table.within}


def totals(estimate: Estimate) -> tuple[Total, ...]:
    """The priced operations with the cores in use; and with the whole chip, where it is known."""
    levels = box_levels(estimate)
    holds = [name for name in (DYNAMIC_BOX, IDLE_BOX, CORES_BOX) if name in levels]
    found = [Total(CORES_IN_USE, tuple(holds), summed(levels, holds))]
    if CHIP_BOX in levels:
        # A chip's power that is all in holds the share of the operations too.
        all_in = CORES_BOX in estimate.table.within
        holds = [CHIP_BOX] if all_in else [DYNAMIC_BOX, IDLE_BOX, CHIP_BOX, RESET_BOX]
        holds = [name for name in holds if name in levels]
        found.append(Total(WHOLE_CHIP, tuple(holds), summed(levels, holds)))
    return tuple(found)


def summed(levels: dict[str, Levels], names: Sequence[str]) -> Spread:
    """Spread of the sum of some boxes."""
    return spread_of({level: np.sum([levels[n][level] for n in names], axis=0) for level in LEVELS})


def spread_of(levels: Levels, mean: float | None = None) -> Spread:
    """Spread of joules by level.   mean : where it is known exactly."""
    return spread("J", levels["value"], levels["low"], levels["high"], mean)


def _part(estimate: Estimate, part: str) -> Levels:
    return {level: estimate.joules(part, level) for level in LEVELS}


def _whole_chip(estimate: Estimate) -> Levels | None:
    row, seconds = estimate.table.rows.get("static_per_chip_mw"), estimate.seconds
    if row is None or seconds is None:
        return None
    shortest = estimate.interval[EVERYTHING]["low"]
    longest = estimate.interval[NOTHING]["high"]
    if FLOOR in estimate.interval:
        longest = np.maximum(longest, estimate.interval[FLOOR]["high"])
    times = {"low": shortest, "value": seconds["value"], "high": longest}
    milliwatts = {level: row.number(level) * estimate.chips for level in LEVELS}
    return {level: times[level] * milliwatts[level] * 1e-3 for level in LEVELS}


def _counted(estimate: Estimate) -> dict[str, str]:
    """How boxes with a figure were found, and why those without one have none."""
    rows, around = estimate.table.rows, estimate.around
    no_row = f"not counted: {estimate.table.name} has no figure for it"
    has_idle = any(term.part == IDLE for term in estimate.terms)
    reset = (
        f"one active update of {around.neurons:,} neurons for each of {around.passes} passes, for "
        f"want of a figure"
    )
    return {
        DYNAMIC_BOX: "what spikes cause",
        IDLE_BOX: "what steps cost in silence" if has_idle else no_row,
        CORES_BOX: _static(estimate, "static_per_core_mw") or no_row,
        CHIP_BOX: _static(estimate, "static_per_chip_mw") or no_row,
        READOUT_BOX: "within the dynamic box: neurons of the network answer"
        if around.on_chip
        else "not counted: the host sums the spikes that come out",
        RESET_BOX: reset if "neuron_update_active_pj" in rows else no_row,
    }


def _static(estimate: Estimate, name: str) -> str | None:
    """How static power was found; None without such a row."""
    row = estimate.table.rows.get(name)
    if row is None:
        return None
    if estimate.seconds is None:
        return "not counted: the table has no time to multiply it with"
    if name == "static_per_core_mw":
        return f"{estimate.cores} x {row.value} mW while cores overlap; {row.uncertainty}"
    chips = "" if estimate.chips == 1 else f"{estimate.chips} x "
    return f"{chips}{row.low} to {row.high} mW over the interval of time; {row.kind}, {row.source}"
