"""images/neuron.svg: one neuron on the emulator, step by step."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from hw_targets.emulator import run as emulator
from lava_export.chips.limits import VTH_SHIFT
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.codes import CLASS_COLUMNS, InputCode, Readout
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT

STEPS, NAME = 40, "neuron"
ARRIVALS = {120: (2, 5, 6, 14, 16, 17, 18, 30), -90: (22, 23)}  # weight: steps of its input
DU, DV, VTH = 1023, 511, 500


def network() -> IntegerNetwork:
    """One neuron with an input per weight."""
    weights = np.array([list(ARRIVALS)])
    return IntegerNetwork(
        steps=STEPS,
        idle_steps=0,
        dt=1e-3,
        input=InputCode("burst", len(ARRIVALS), 0.1, STEPS),
        labels=None,
        populations=(
            IntegerPopulation(NAME, 1, 0, DU, DV, VTH, np.zeros(1, np.int16), 0, 1, 64.0),
        ),
        connections=(IntegerConnection(INPUT, NAME, DENSE, weights, 8, 0, "mixed"),),
        readout=Readout(CLASS_COLUMNS, "rate", 0.0, 1, (NAME,), np.zeros((1, 1)), np.zeros(1)),
        dataset="",
    )


def picture() -> Figure:
    """u, v and spikes over the steps."""
    inputs = np.zeros((STEPS, 1, len(ARRIVALS)), bool)
    for channel, steps in enumerate(ARRIVALS.values()):
        inputs[list(steps), 0, channel] = True
    trace = emulator.run(network(), inputs, record_states=True).trace
    u, v, z = (kind[NAME][:, 0, 0] for kind in (trace.u, trace.v, trace.spikes))
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.step(range(STEPS), u, where="mid", label="u")
    axes.step(range(STEPS), v, where="mid", label="v, after its reset")
    axes.axhline(VTH << VTH_SHIFT, color="grey", linestyle=":", label="vth << 6")
    axes.plot(np.flatnonzero(z), [VTH << VTH_SHIFT] * z.sum(), "^", color="C3", label="spike")
    for mark, (weight, steps) in zip("|x", ARRIVALS.items(), strict=True):
        place = [1.25 * min(u.min(), v.min())] * len(steps)
        axes.plot(steps, place, mark, color="k", label=f"input of weight {weight}")
    axes.set_xlabel("step")
    axes.legend(ncols=2, fontsize="small")
    return figure
