"""Large random integer networks, and spikes for them, to time simulators with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava_export.chips.limits import WEIGHT_RANGES
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import BLANK, INPUT
from tests.networks.integer_parts import silencing
from tests.networks.readouts import readout

PIXELS = 784
DT = 1e-3
WEIGHT_SPREAD = 24


def layered(
    widths: Sequence[int],
    steps: int,
    threshold: float = 1.5,
    recurrent: bool = False,
    seed: int = 0,
) -> IntegerNetwork:
    """Dense layers behind 784 channels of spikes.

    Args:
        widths: Neurons of each layer.
        steps: Steps of a sample.
        threshold: In standard deviations of what 5 percent of the sources bring in one step; the
            lower, the more neurons fire.
        recurrent: Whether each layer also hears itself, a step late; a blanking line then silences
            the idle steps.
        seed: Of the weights.
    """
    rng = np.random.default_rng(seed)
    populations, connections, source, size = [], [], INPUT, PIXELS
    for depth, width in enumerate(widths):
        name = f"layer{depth + 1}"
        vth = int(threshold * WEIGHT_SPREAD * np.sqrt(0.05 * size))
        populations.append(
            IntegerPopulation(
                name, width, depth, 2048, 512, vth, np.zeros(width), 0, 1, current_scale=1.0
            )
        )
        connections.append(_dense(rng, source, name, (width, size)))
        if recurrent:
            connections.append(_dense(rng, name, name, (width, width), delay=1))
            connections.append(silencing(name, width, BLANK))
        source, size = name, width
    return IntegerNetwork(
        steps=steps,
        idle_steps=1 if recurrent else 0,
        dt=DT,
        input=InputCode("latency", PIXELS, 0.1, steps),
        labels=None,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout((source,), 10, size, goodness="rate", beta=0.0),
        dataset="random",
    )


def _dense(
    rng: np.random.Generator, source: str, target: str, shape: tuple[int, int], delay: int = 0
) -> IntegerConnection:
    low, high = WEIGHT_RANGES["mixed"]
    weights = np.clip(2 * np.round(rng.normal(0, WEIGHT_SPREAD / 2, shape)), low, high - 1)
    return IntegerConnection(source, target, DENSE, weights, 8, 0, "mixed", delay)


def random_spikes(
    network: IntegerNetwork, samples: int, share: float = 0.2, seed: int = 1
) -> Array:
    """One spike, at any step, of this share of the channels; bool (steps, samples, channels)."""
    rng = np.random.default_rng(seed)
    onset = rng.integers(0, network.steps, (samples, network.input_size), dtype=np.int16)
    onset[rng.random(onset.shape) >= share] = network.steps
    return np.asarray(onset == np.arange(network.steps)[:, np.newaxis, np.newaxis])
