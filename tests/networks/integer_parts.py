"""Parts with random integers, and networks put together of them by hand."""

from __future__ import annotations

import numpy as np

from lava_export.chips.limits import (
    WEIGHT_BITS_MAX,
    WEIGHT_EXP_MAX,
    WEIGHT_RANGES,
    weight_step,
)
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.codes import ALL_LABELS, InputCode
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE
from spikeff.ir.network import BLANK
from spikeff.ir.roles import BLANKING, SELF_INHIBITION
from tests.networks.random_descriptions import DT, LABELS, PIXELS
from tests.networks.readouts import readout


def integer_population(
    rng: np.random.Generator, name: str, size: int, depth: int = 0, **constants: int
) -> IntegerPopulation:
    """Neurons with random biases; ``constants`` replace du, dv, vth or bias_exp."""
    chosen = {"du": 300, "dv": 200, "vth": 600, "bias_exp": 6} | constants
    mantissa = rng.integers(-400, 400, size)
    return IntegerPopulation(
        name,
        size,
        depth,
        chosen["du"],
        chosen["dv"],
        chosen["vth"],
        mantissa,
        chosen["bias_exp"],
        column_size=1,
        current_scale=1.0,
    )


def integer_connection(
    rng: np.random.Generator,
    source: str,
    target: str,
    shape: tuple[int, int],
    weight_exp: int = 0,
    sign_mode: str = "mixed",
    weight_bits: int = 8,
    delay: int = 0,
) -> IntegerConnection:
    """Random weights over the whole range of the sign mode, on its grid, a third of them zero."""
    low, high = WEIGHT_RANGES[sign_mode]
    grid = weight_step(weight_bits, sign_mode)
    weights = rng.integers(-(-low // grid), high // grid + 1, shape) * grid
    weights[rng.random(shape) < 1 / 3] = 0
    return IntegerConnection(
        source, target, DENSE, weights, weight_bits, weight_exp, sign_mode, delay
    )


def silencing(population: str, size: int, source: str, delay: int = 0) -> IntegerConnection:
    """The strongest inhibition of a population by itself (one_to_one) or the blanking line."""
    shape, kind = ((size, 1), DENSE) if source == BLANK else ((size,), ONE_TO_ONE)
    weights = np.full(shape, WEIGHT_RANGES["inhibitory"][0])
    return IntegerConnection(
        source,
        population,
        kind,
        weights,
        WEIGHT_BITS_MAX,
        WEIGHT_EXP_MAX,
        "inhibitory",
        delay,
        role=BLANKING if source == BLANK else SELF_INHIBITION,
    )


def integer_network(
    populations: list[IntegerPopulation],
    connections: list[IntegerConnection],
    steps: int = 6,
    idle_steps: int = 0,
    pixels: int = PIXELS,
) -> IntegerNetwork:
    """A network of these parts; its input has ``pixels`` channels and the labels'."""
    return IntegerNetwork(
        steps=steps,
        idle_steps=idle_steps,
        dt=DT,
        input=InputCode("random", pixels, 0.0, steps),
        labels=LABELS,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout((populations[-1].name,), LABELS.classes, kind=ALL_LABELS),
        dataset="random",
    )
