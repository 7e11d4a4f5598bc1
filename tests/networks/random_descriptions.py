"""Random networks in floats: small, lively, and different for every seed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lava_export.quantize.blanking import with_blanking
from spikeff.ir.arrays import Array
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.codes import ALL_LABELS, InputCode, LabelCode
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import INPUT, NetworkDescription, Population
from tests.networks.readouts import readout

PIXELS = 30
LABELS = LabelCode(classes=3, neurons=2, steps=(0, 1))
INPUT_SIZE = PIXELS + LABELS.channels
DT = 1e-3


def random_inputs(
    rng: np.random.Generator, steps: int, samples: int, channels: int = INPUT_SIZE
) -> Array:
    """Spikes, bool (steps, samples, channels), of another density in every sample."""
    density = rng.uniform(0.02, 0.3, (1, samples, 1))
    spikes: Array = rng.random((steps, samples, channels)) < density
    return spikes


def spikes_in(
    network: NetworkDescription, seed: int, share: float = 0.3, samples: int = 60
) -> Array:
    """Spikes for ``network``, a ``share`` of all steps and channels, (steps, samples, channels)."""
    rng = np.random.default_rng(seed)
    spikes: Array = rng.random((network.steps, samples, network.input_size)) < share
    return spikes


def random_description(
    rng: np.random.Generator,
    sizes: tuple[int, ...] = (12, 9),
    steps: int = 7,
    tau_syn: float = math.inf,
    bias: float = 0.3,
    one_spike: bool = False,
) -> NetworkDescription:
    """A chain of populations with biases up to ``bias``; blanked where it has delays."""
    populations, connections = [], []
    source, fan_in = INPUT, INPUT_SIZE
    for depth, size in enumerate(sizes):
        name = f"layer{depth}"
        leak = rng.uniform(-bias, bias, size)
        tau_mem = float(rng.uniform(2, 12)) * DT
        limit = 1 if one_spike else None
        populations.append(Population(name, size, depth, tau_syn, tau_mem, 0.5, leak, 1, limit))
        connections.append(Connection(source, name, DENSE, rng.normal(0.4, 1.5, (size, fan_in))))
        source, fan_in = name, size
    description = NetworkDescription(
        steps=steps,
        dt=DT,
        input=InputCode("random", PIXELS, 0.0, steps),
        labels=replace(LABELS, steps=tuple(s for s in LABELS.steps if s < steps)),
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout((source,), LABELS.classes, kind=ALL_LABELS),
        dataset="random",
    )
    return with_blanking(with_self_inhibition(description)) if one_spike else description


def calm_description() -> NetworkDescription:
    """Two populations whose rates stay far below one spike per step, as finer steps demand."""
    rng = np.random.default_rng(4)
    lively = random_description(rng, (40, 20), steps=16, tau_syn=6 * DT, bias=0.1)
    scaled = zip(lively.connections, (0.1, 0.2), strict=True)
    return replace(
        lively, connections=tuple(replace(c, weights=c.weights * by) for c, by in scaled)
    )


def with_self_inhibition(description: NetworkDescription) -> NetworkDescription:
    """Add the connections that let every neuron spike once per sample."""
    inhibition = tuple(self_inhibition(description, p.name) for p in description.populations)
    return replace(description, connections=description.connections + inhibition)
