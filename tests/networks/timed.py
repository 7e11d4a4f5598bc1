"""Small networks in time for the tests: bottom-up, top-down and lateral projections."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from spikeff.ir.codes import InputCode, LabelCode, Readout
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connectivity
from spikeff.nn.delay_settings import DelaySettings
from spikeff.nn.graph.projection import Projection
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import GoodnessSpec, SpikingPopulation

DT = 1e-3
LABELS = LabelCode(classes=3, neurons=2, steps=(0, 1))
STEPS, SAMPLES = 9, 4


def population(
    neurons: int,
    column_size: int = 1,
    limit: int | None = None,
    tau_syn: float = 5e-3,
    goodness: str = "pairs",
) -> SpikingPopulation:
    """Neurons with a threshold of 1."""
    constants = LIFConstants(tau_syn, 4e-3, 1.0, DT, limit)
    return SpikingPopulation(neurons, column_size, constants, GoodnessSpec(goodness, 0.0, 1.0))


def two_layers(
    pixels: int = 20,
    labels: int = LABELS.channels,
    sizes: tuple[int, int] = (12, 8),
    limit: int | None = None,
    tau_syn: float = 5e-3,
    up: Connectivity = DENSE,
    between: Connectivity = DENSE,
    feedback: int = 2,
    lateral: int = 1,
    delays: DelaySettings | None = None,
    seed: int = 0,
) -> TimedNetwork:
    """Two layers that hear each other and themselves; labels come in at the upper one.

    ``delays`` are those of the synapses from the pixels, and of those that come back.
    """
    layers = {f"layer{k + 1}": population(n, 1, limit, tau_syn) for k, n in enumerate(sizes)}
    projections = [
        Projection("pixels", "layer1", up, delays=delays),
        Projection("layer1", "layer2", between),
        Projection("labels", "layer2"),
        Projection("layer2", "layer1", between, delay=feedback, delays=delays),
        Projection("layer1", "layer1", delay=lateral),
        Projection("layer2", "layer2", ONE_TO_ONE, delay=lateral + 1, learned=False),
    ]
    inputs = {"pixels": pixels, "labels": labels}
    return TimedNetwork(inputs, layers, projections, torch.Generator().manual_seed(seed))


def drawn(network: TimedNetwork, steps: int, samples: int, seed: int) -> dict[str, torch.Tensor]:
    """Random spikes of every input, float64."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: (torch.rand(steps, samples, channels, generator=generator) < 0.3).double()
        for name, channels in network.inputs.items()
    }


def lively(**how: Any) -> tuple[TimedNetwork, dict[str, torch.Tensor]]:
    """Two layers in float64 that spike, and what they are shown."""
    network = two_layers(**how).double()
    presented = drawn(network, STEPS, SAMPLES, seed=1)
    network.calibrate(presented, 0.2)
    return network, presented


def together(presented: dict[str, torch.Tensor]) -> np.ndarray:
    """The same spikes as the population ``input`` of a description, bool."""
    return torch.cat(list(presented.values()), 2).numpy() > 0


def codes(pixels: int, steps: int, names: tuple[str, ...]) -> dict[str, object]:
    """What a description of such a network needs beside it."""
    nothing = np.zeros((0, 0)), np.zeros(0)
    return {
        "steps": steps,
        "input": InputCode("random", pixels, 0.0, steps),
        "labels": LABELS,
        "readout": Readout("class_columns", "pairs", 0.0, 3, names, *nothing),
        "dataset": "random",
    }


LASTING = math.inf
