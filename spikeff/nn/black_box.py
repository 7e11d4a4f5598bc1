"""Black boxes between layers: spikes in, spikes out, no derivative. One registry.

What lies between two layers need not be known: positives and negatives pass through it alike, so
what it does to both cancels (Hinton 2022, section 8). A box is any callable that maps spikes
(steps, samples, neurons) to spikes of the same shape.

``random``    an unknown circuit: fixed random synapses into LIF neurons of their own.
``noisy``     loses a share of the spikes and adds spikes of its own.
``drifting``  a random circuit whose synapses drift, call by call, to unrelated ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikeff.errors import UnknownKindError
from spikeff.nn.neurons.lif import gain_for
from spikeff.nn.neurons.neuron import Neuron
from spikeff.settings.kinds import Kind, register_kind

BlackBox = Callable[[Tensor], Tensor]

FIRING = 0.05  # spikes per neuron and step of a random circuit on its first input
LOSS = 0.2  # share of spikes that a noisy box loses
NOISE = 0.01  # spikes per neuron and step that it adds
TURN = 1e-3  # radians by which the weights of a drifting circuit rotate per call


class RandomCircuit(nn.Module):
    """Synapses cos(a) W0 + sin(a) W1 with a = turn * calls, into free-firing LIF neurons.

    Its gain is set on the first input that it receives; with ``turn`` = 0 it does not drift.
    """

    calls: Tensor
    gain: Tensor
    start: Tensor
    end: Tensor

    def __init__(self, neurons: int, constants: Neuron, seed: int, turn: float) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.constants = constants
        self.turn = turn
        for name in ("start", "end"):
            weight = torch.randn(neurons, neurons, generator=generator) / neurons**0.5
            self.register_buffer(name, weight, persistent=False)
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("gain", torch.zeros(()))

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes (steps, samples, neurons) to spikes of the same shape."""
        angle = self.turn * self.calls.item()
        weight = math.cos(angle) * self.start + math.sin(angle) * self.end
        drive = spikes @ weight.t()
        if self.gain == 0:
            self.gain.fill_(gain_for(drive, self.constants, FIRING))
        self.calls += 1
        return self.constants.run(drive * self.gain)


class NoisyBox(nn.Module):
    """Every spike is lost with probability ``LOSS``; every silent step spikes with ``NOISE``."""

    calls: Tensor

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes (steps, samples, neurons) to spikes of the same shape."""
        seed = (self.seed * 1_000_003 + int(self.calls)) % 2**63
        uniform = torch.rand(spikes.shape, generator=torch.Generator().manual_seed(seed))
        self.calls += 1
        uniform = uniform.to(spikes.device)
        return torch.where(spikes > 0, uniform >= LOSS, uniform < NOISE).to(spikes.dtype)


class BlackBoxSettings(Kind):
    """The table of a black box; those of this package have nothing to set."""


@dataclass(frozen=True)
class BlackBoxKind:
    """A registry entry.

    Attributes:
        make: Builds a box from its settings, the number and constants of its neurons and a seed.
        settings: The class that checks its table in a configuration.
    """

    make: Callable[[BlackBoxSettings, int, Neuron, int], nn.Module]
    settings: type[BlackBoxSettings] = BlackBoxSettings


BLACK_BOXES: dict[str, BlackBoxKind] = {
    "random": BlackBoxKind(lambda own, size, lif, seed: RandomCircuit(size, lif, seed, 0.0)),
    "noisy": BlackBoxKind(lambda own, size, lif, seed: NoisyBox(seed)),
    "drifting": BlackBoxKind(lambda own, size, lif, seed: RandomCircuit(size, lif, seed, TURN)),
}


def register_black_box(name: str, box: BlackBoxKind) -> None:
    """Make ``box`` known to configurations by ``name``.

    Raises:
        ConfigError: The name is taken.
    """
    register_kind("black box", BLACK_BOXES, name, box)


def make_black_box(
    settings: BlackBoxSettings, neurons: int, constants: Neuron, seed: int
) -> nn.Module:
    """The box that ``settings`` describe.

    Raises:
        UnknownKindError: Its kind is not registered.
    """
    if settings.kind not in BLACK_BOXES:
        raise UnknownKindError("black box", settings.kind, BLACK_BOXES)
    return BLACK_BOXES[settings.kind].make(settings, neurons, constants, seed)
