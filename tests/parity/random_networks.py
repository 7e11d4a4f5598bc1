"""Random networks for the parity tests: small, lively, and different for every seed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.quantize.blanking import with_blanking
from spikeff.ir.arrays import Array
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.codes import InputCode, LabelCode, Readout
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.roles import BLANKING, SELF_INHIBITION

PIXELS = 30
LABELS = LabelCode(classes=3, neurons=2, steps=(0, 1))
INPUT_SIZE = PIXELS + LABELS.channels
DT = 1e-3


def readout(names: tuple[str, ...]) -> Readout:
    """A readout that no simulator looks at."""
    return Readout("class_columns", "sum", 1.0, 3, names, np.zeros((0, 0)), np.zeros(0))


def random_inputs(
    rng: np.random.Generator, steps: int, samples: int, channels: int = INPUT_SIZE
) -> Array:
    """Spikes, bool (steps, samples, channels), of another density in every sample."""
    density = rng.uniform(0.02, 0.3, (1, samples, 1))
    spikes: Array = rng.random((steps, samples, channels)) < density
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
        labels=LABELS,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout((source,)),
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
    low, high = {"mixed": (-256, 254), "excitatory": (0, 255), "inhibitory": (-255, 0)}[sign_mode]
    grid = 1 << (8 - weight_bits + (sign_mode == "mixed"))
    weights = rng.integers(-(-low // grid), high // grid + 1, shape) * grid
    weights[rng.random(shape) < 1 / 3] = 0
    return IntegerConnection(
        source, target, DENSE, weights, weight_bits, weight_exp, sign_mode, delay
    )


def silencing(population: str, size: int, source: str, delay: int) -> IntegerConnection:
    """The strongest inhibition of a population by itself (one_to_one) or the blanking line."""
    shape, kind = ((size, 1), DENSE) if source == BLANK else ((size,), ONE_TO_ONE)
    role = BLANKING if source == BLANK else SELF_INHIBITION
    return IntegerConnection(
        source, population, kind, np.full(shape, -255), 8, 7, "inhibitory", delay, role
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
        readout=readout((populations[-1].name,)),
        dataset="random",
    )
