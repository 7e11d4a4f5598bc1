"""Small networks for tests, in floats and in integers."""

from dataclasses import replace

import numpy as np

from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.codes import InputCode, LabelCode, Readout
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import NetworkDescription, Population

TWO_LABELS = LabelCode(2, 2, (1,))


def readout(neurons, classes=10, populations=("layer1",), kind="all_labels"):
    return Readout(
        kind, "pairs", 0.0, classes, populations, np.zeros((classes, neurons)), np.zeros(classes)
    )


def description(
    neurons=20,
    pixels=15,
    steps=6,
    seed=0,
    weights=None,
    tau_syn=np.inf,
    tau_mem=2e-3,
    v_th=1.0,
    v_leak=0.0,
    column_size=5,
    labels=TWO_LABELS,
):
    """One dense population behind the input."""
    channels = pixels + (labels.channels if labels else 0)
    if weights is None:
        weights = np.random.default_rng(seed).normal(0, 0.4, (neurons, channels))
    population = Population(
        "layer1", neurons, 0, tau_syn, tau_mem, v_th, np.full(neurons, v_leak), column_size
    )
    return NetworkDescription(
        steps=steps,
        dt=1e-3,
        input=InputCode("latency", pixels, 0.1, 1),
        labels=labels,
        populations=(population,),
        connections=(Connection("input", "layer1", DENSE, weights),),
        readout=readout(neurons, 2 if labels else 10),
        dataset="digits",
    )


def repeaters(steps, neurons=40):
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


def integers(weights, vth=100, du=4095, dv=4095, steps=4, depth_weights=()):
    """A chain of dense populations with given integer weights; no labels, no idle steps."""
    matrices = [np.asarray(weights), *(np.asarray(w) for w in depth_weights)]
    populations, connections, source = [], [], "input"
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
        readout=readout(matrices[0].shape[0], kind="class_columns"),
        dataset="digits",
    )
