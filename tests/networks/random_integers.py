"""Random integer networks over everything that an IntegerNetwork may hold, edges first.

Structure and constants are drawn from a ``random.Random``, so that hypothesis can drive and
shrink them; weights and spikes come from a generator that it seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from lava_export.chips.catalogue import get_chip
from lava_export.chips.limits import (
    BIAS_MAX,
    BIAS_MIN,
    DECAY_MAX,
    VTH_MAX,
    WEIGHT_RANGES,
    least_exponent,
    weight_step,
)
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import CONNECTIVITIES, ONE_TO_ONE
from spikeff.ir.network import BLANK, INPUT
from tests.networks.connectivities import fitting
from tests.networks.integer_parts import silencing
from tests.networks.random_descriptions import DT
from tests.networks.readouts import readout

DECAY_EDGES = (0, 1, 2047, 2048, 4094, DECAY_MAX)
SIZES = (1, 1, 2, 3, 5, 8, 12, 18)
KINDS = tuple(CONNECTIVITIES)
DENSITIES = (0.0, 1.0, 0.05, 0.3, 0.3, 0.6, 0.6)
LONGEST_DELAY = get_chip("loihi1").delay_max


@dataclass(frozen=True, eq=False)
class Case:
    """A network and the spikes to send through it, bool (steps, samples, channels)."""

    network: IntegerNetwork
    inputs: Array


def random_case(random: Random) -> Case:
    """Chains, skips, loops and delays of up to four populations, samples in a row."""
    rng = np.random.default_rng(random.getrandbits(32))
    steps, samples = random.choice((1, 2, 5, 9, 14)), random.choice((1, 2, 3))
    channels = random.choice(SIZES)
    populations = _populations(random, rng)
    connections = _forward(random, rng, populations, channels)
    connections += _detours(random, rng, populations, channels)
    idle_steps = max(c.delay for c in connections)
    if idle_steps:
        connections += [
            silencing(p.name, p.size, BLANK)
            for p in populations
            for _ in range(random.choice((1, 3)))
        ]
    network = IntegerNetwork(
        steps=steps,
        idle_steps=idle_steps + random.choice((0, 0, 1)),
        dt=DT,
        input=InputCode("random", channels, 0.0, steps),
        labels=None,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout((populations[-1].name,), classes=3),
        dataset="random",
    )
    density = [random.choice(DENSITIES) for _ in range(samples)]
    return Case(network, rng.random((steps, samples, channels)) < np.array(density)[:, None])


def _populations(random: Random, rng: np.random.Generator) -> list[IntegerPopulation]:
    populations, depth = [], 0
    for k in range(random.choice((1, 1, 2, 3, 4))):
        size = random.choice(SIZES)
        populations.append(
            IntegerPopulation(
                name=f"p{k}",
                size=size,
                depth=depth,
                du=_decay(random),
                dv=_decay(random),
                vth=_threshold(random),
                bias_mant=_bias(random, rng, size),
                bias_exp=random.choice((0, 0, 1, 3, 7)),
                column_size=1,
                current_scale=1.0,
            )
        )
        depth += random.choice((0, 1, 1, 2))
    return populations


def _decay(random: Random) -> int:
    return random.choice((*DECAY_EDGES, random.randint(0, DECAY_MAX)))


def _threshold(random: Random) -> int:
    small, large = random.randint(0, 300), random.randint(0, 9000)
    return random.choice((0, 1, small, small, small, large, VTH_MAX))


def _bias(random: Random, rng: np.random.Generator, size: int) -> Array:
    spread = random.choice((0, 0, 5, 300, BIAS_MAX))
    mantissa = rng.integers(-spread, spread + 1, size)
    if spread == BIAS_MAX:
        mantissa[0] = random.choice((BIAS_MIN, BIAS_MAX))
    return mantissa


def _forward(
    random: Random, rng: np.random.Generator, populations: list[IntegerPopulation], channels: int
) -> list[IntegerConnection]:
    """Each population hears the input, or one that stands at least a step before it."""
    connections = []
    for population in populations:
        earlier = [p for p in populations if p.depth < population.depth]
        source = random.choice([None, *earlier, *earlier])
        name, size = (INPUT, channels) if source is None else (source.name, source.size)
        delay = random.choice((0, 0, 0, 0, 0, 1, 4))
        connections.append(_connection(random, rng, name, population, size, delay))
    return connections


def _detours(
    random: Random, rng: np.random.Generator, populations: list[IntegerPopulation], channels: int
) -> list[IntegerConnection]:
    """Skips, loops through several populations and synapses of a neuron with itself."""
    connections = []
    for _ in range(random.choice((0, 0, 1, 3))):
        target = random.choice(populations)
        source = random.choice([None, *populations])
        if source is None:
            delay = random.choice((0, 1, 3))
            connections.append(_connection(random, rng, INPUT, target, channels, delay))
            continue
        shortest = max(source.depth - target.depth + 1, 0)
        if shortest == 0 and populations.index(source) >= populations.index(target):
            shortest = 1
        delay = shortest + random.choice((0, 0, 1, 3))
        if random.random() < 0.03:
            delay = LONGEST_DELAY - (target.depth - source.depth)
        if source is target and random.random() < 0.5:
            connections.append(_diagonal(random, rng, target, delay))
        else:
            connections.append(_connection(random, rng, source.name, target, source.size, delay))
    return connections


def _connection(
    random: Random,
    rng: np.random.Generator,
    source: str,
    target: IntegerPopulation,
    sources: int,
    delay: int,
) -> IntegerConnection:
    # Lava is slow where it keeps lists of synapses late.
    others = 0.2 if delay else 0.6
    name = random.choice(KINDS) if random.random() < others else "dense"
    kind = fitting(rng, name, target.size, sources)
    shape = kind.weight_shape(target.size, sources)
    sign, bits, exponent, weights = _weights(random, rng, shape)
    return IntegerConnection(source, target.name, kind, weights, bits, exponent, sign, delay)


def _diagonal(
    random: Random, rng: np.random.Generator, target: IntegerPopulation, delay: int
) -> IntegerConnection:
    sign, bits, exponent, weights = _weights(random, rng, (target.size,))
    name = target.name
    return IntegerConnection(name, name, ONE_TO_ONE, weights, bits, exponent, sign, delay)


def _weights(
    random: Random, rng: np.random.Generator, shape: tuple[int, ...]
) -> tuple[str, int, int, Array]:
    """Sign mode, bits, exponent and weights on that grid, the ends of their range included."""
    sign = random.choice(("mixed", "mixed", "excitatory", "inhibitory"))
    bits = random.choice((8, 8, 1, 2, 5))
    step = weight_step(bits, sign)
    exponent = random.choice((0, 0, 0, 0, 1, 7, least_exponent(step)))
    low, high = (end // step if end >= 0 else -(-end // step) for end in WEIGHT_RANGES[sign])
    ends = rng.choice([low, 0, high], shape)
    inside = rng.integers(low, high + 1, shape)
    weights = np.where(rng.random(shape) < random.choice((0.1, 0.9)), ends, inside) * step
    return sign, bits, exponent, weights
