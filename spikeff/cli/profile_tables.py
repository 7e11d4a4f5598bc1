"""Where energy and time go, as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikeff.cli.grid import print_grid
from spikeff.cli.output import counted
from spikeff.pipeline.units import engineering

if TYPE_CHECKING:
    from hw_targets.cost.profile import Profile, StepProfile


def show_profile(found: Profile) -> None:
    """Tables of layers, cores and steps."""
    of = f"one presentation, mean of {found.presentations}, by {found.table}"
    print_grid(
        f"energy by layer: {of}",
        ("layer", "cores", "spikes", "synaptic operations", "energy"),
        [
            (each.layer, str(each.cores), *_counts(each.spikes, each.synops, each.joules))
            for each in found.layers
        ],
    )
    print_grid(
        "energy by core",
        ("core", "layer", "neurons", "spikes", "synaptic operations", "energy"),
        [
            (
                str(each.core),
                each.layer,
                str(each.neurons),
                *_counts(each.spikes, each.synops, each.joules),
            )
            for each in found.cores
        ],
    )
    print_grid(
        f"energy by step, {counted(len(found.steps), 'step')} of the chip's clock",
        ("step", "spikes", "synaptic operations", "energy", "time", "power"),
        [
            (
                str(each.step),
                *_counts(each.spikes, each.synops, each.joules),
                *_time(each),
            )
            for each in found.steps
        ],
    )


def _counts(spikes: float, synops: float, joules: float) -> tuple[str, ...]:
    return f"{spikes:,.1f}", f"{synops:,.1f}", engineering(joules, "J")


def _time(step: StepProfile) -> tuple[str, str]:
    if step.seconds is None or step.watts is None:
        return "", ""
    return engineering(step.seconds, "s"), engineering(step.watts, "W")
