"""Small networks of given weights, in floats and in integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.arrays import Array
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, InputCode, LabelCode
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import INPUT, NetworkDescription, Population
from tests.networks.readouts import readout

TWO_LABELS = LabelCode(2, 2, (1,))


def description(
    neurons: int = 20,
    pixels: int = 15,
    steps: int = 6,
    seed: int = 0,
    weights: Array | None = None,
    tau_syn: float = math.inf,
    tau_mem: float = 2e-3,
    v_th: float = 1.0,
    v_leak: float = 0.0,
    column_size: int = 5,
    labels: LabelCode | None = TWO_LABELS,
) -> NetworkDescription:
    """One dense population behind the input; weights that are not given are drawn."""
    channels = pixels + (labels.channels if labels else 0)
    if weights is None:
        weights = np.random.default_rng(seed).normal(0, 0.4, (neurons, channels))
    population = Population(
        "layer1", neurons, 0, tau_syn, tau_mem, v_th, np.full(neurons, v_leak), column_size
    )
    classes, kind = (2, ALL_LABELS) if labels else (10, CLASS_COLUMNS)
    return NetworkDescription(
        steps=steps,
        dt=1e-3,
        input=InputCode("latency", pixels, 0.1, 1),
        labels=labels,
        populations=(population,),
        connections=(Connection(INPUT, "layer1", DENSE, weights),),
        readout=readout(("layer1",), classes, neurons, kind, "pairs", beta=0.0),
        dataset="digits",
    )


def repeaters(steps: int, neurons: int = 40) -> NetworkDescription:
    """Neurons that fire in every step in which their one pixel spikes."""
    base = description(
        neurons=neurons,
        pixels=neurons,
        steps=steps,
        weights=2.0 * np.eye(neurons),
        tau_syn=1e-3,
        tau_mem=1e-3,
        labels=None,
    )
    return replace(base, input=replace(base.input, spikes_per_channel=steps))


def integers(
    weights: Any,
    vth: int = 100,
    du: int = 4095,
    dv: int = 4095,
    steps: int = 4,
    depth_weights: Sequence[Any] = (),
) -> IntegerNetwork:
    """A chain of dense populations with given integer weights; no labels, no idle steps."""
    matrices = [np.asarray(weights), *(np.asarray(w) for w in depth_weights)]
    populations, connections, source = [], [], INPUT
    for depth, matrix in enumerate(matrices):
        name = f"layer{depth + 1}"
        size = matrix.shape[0]
        bias = np.zeros(size, np.int16)
        populations.append(
            IntegerPopulation(name, size, depth, du, dv, vth, bias, 0, 1, current_scale=64.0)
        )
        connections.append(IntegerConnection(source, name, DENSE, matrix, 8, 0, sign_mode="mixed"))
        source = name
    return IntegerNetwork(
        steps=steps,
        idle_steps=0,
        dt=1e-3,
        input=InputCode("burst", matrices[0].shape[1], 0.1, steps),
        labels=None,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout(("layer1",), 10, matrices[0].shape[0], goodness="pairs", beta=0.0),
        dataset="digits",
    )
