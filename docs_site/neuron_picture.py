"""images/neuron.svg: one neuron on the emulator, step by step, when the site is built."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from docs_site.figure_svg import new_figure, svg
from hw_targets.emulator import run as emulator
from lava_export.chips.limits import VTH_SHIFT
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.codes import CLASS_COLUMNS, InputCode, Readout
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT

STEPS = 40
ARRIVALS = ((2, 5, 6, 14, 16, 17, 18, 30), (22, 23))  # steps of an exciting, an inhibiting input
WEIGHTS, DU, DV, VTH = (120, -90), 1023, 511, 500
NAME = "neuron"


def pages(root: Path) -> dict[str, str]:
    """The picture."""
    return {"images/neuron.svg": picture()}


def network() -> IntegerNetwork:
    """One neuron with two inputs."""
    neuron = IntegerPopulation(NAME, 1, 0, DU, DV, VTH, np.zeros(1, np.int16), 0, 1, 64.0)
    synapses = IntegerConnection(INPUT, NAME, DENSE, np.array([WEIGHTS]), 8, 0, "mixed")
    return IntegerNetwork(
        steps=STEPS,
        idle_steps=0,
        dt=1e-3,
        input=InputCode("burst", len(WEIGHTS), 0.1, STEPS),
        labels=None,
        populations=(neuron,),
        connections=(synapses,),
        readout=Readout(CLASS_COLUMNS, "rate", 0.0, 1, (NAME,), np.zeros((1, 1)), np.zeros(1)),
        dataset="",
    )


def picture() -> str:
    """u, v and spikes over the steps."""
    inputs = np.zeros((STEPS, 1, len(WEIGHTS)), bool)
    for channel, steps in enumerate(ARRIVALS):
        inputs[list(steps), 0, channel] = True
    trace = emulator.run(network(), inputs, record_states=True).trace
    u, v = (states[NAME][:, 0, 0] for states in (trace.u, trace.v))
    fired = np.flatnonzero(trace.spikes[NAME][:, 0, 0])
    figure = new_figure(8, 3.6)
    axes = figure.subplots()
    axes.step(range(STEPS), u, where="mid", label="u", color="C0")
    axes.step(range(STEPS), v, where="mid", label="v, after its reset", color="C1")
    axes.axhline(VTH << VTH_SHIFT, color="grey", linestyle=":", label="vth << 6")
    axes.plot(fired, [VTH << VTH_SHIFT] * len(fired), "^", color="C3", label="spike")
    low = min(u.min(), v.min())
    for channel, (steps, mark) in enumerate(zip(ARRIVALS, ("|", "x"), strict=True)):
        label = f"input of weight {WEIGHTS[channel]}"
        axes.plot(steps, [1.25 * low] * len(steps), mark, color="k", label=label)
    axes.set_xlabel("step")
    axes.legend(ncols=2, fontsize="small")
    return svg(figure)
