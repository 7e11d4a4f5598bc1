"""A plugin as somebody else would write it: one kind of everything that can be registered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field

from hw_targets.cost.table_registry import register_cost_table
from hw_targets.registry import EmulatorTarget, register_target
from spikeff.data.dataset import Split
from spikeff.data.encoders import Encoder, register_encoder
from spikeff.data.registry import load_split, register_dataset
from spikeff.errors import DescriptionError
from spikeff.ir.codes import ALL_LABELS
from spikeff.ir.connectivity import register_connectivity
from spikeff.ir.connectivity.base import Connectivity, SynapseList
from spikeff.ir.goodness import Goodness, register_goodness
from spikeff.learning.negatives.labels import RandomLabels
from spikeff.learning.negatives.source import register_negatives
from spikeff.learning.objectives.contrasts import Contrast
from spikeff.learning.objectives.objective import register_objective
from spikeff.learning.rules.rule import register_rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.neurons.neuron import Neuron
from spikeff.nn.settings import NeuronSettings, register_neuron

used: set[str] = set()  # names of what has been called


def squared_counts(z, beta):
    """A goodness without a derivative: autograd finds it."""
    used.add("goodness")
    counts = z.sum(3)
    return (counts * counts).sum(0) / z.shape[3]


def all_at_once(intensities, steps, threshold):
    """Every channel above threshold spikes once, in the first or the second step."""
    used.add("encoder")
    trains = np.zeros((steps, *intensities.shape), bool)
    trains[0], trains[1] = intensities > 0.6, (intensities <= 0.6) & (intensities > threshold)
    return trains


def three_digits(split, directory):
    """Digits 0, 1 and 2 alone."""
    used.add("dataset")
    whole = load_split("digits", split, None)
    few = whole.take(whole.labels < 3)
    return Split(few.images, few.labels, few.shape, 3)


@dataclass(frozen=True)
class Leaky(Neuron):
    """Leaky integrate-and-fire without a synaptic current."""

    kept: float
    dt: float
    spike_limit: int | None

    def at_rest(self, like):
        used.add("neuron")
        return torch.zeros_like(like)

    def step_with_surrogate(self, drive, state, slope):
        potential = self.kept * state + drive
        spikes = (potential > 1.0).to(drive.dtype)
        psi = 1 / (1 + slope * (potential - 1.0).abs()) ** 2
        return spikes, psi, potential * (1 - spikes)

    def filter_error(self, error):
        filtered = error.clone()
        for step in range(len(error) - 2, -1, -1):
            filtered[step] += self.kept * filtered[step + 1]
        return filtered


class LeakySettings(NeuronSettings):
    """What a configuration says of them."""

    kind: str = "leaky"
    kept: float = Field(default=0.8, gt=0.0, lt=1.0)

    def constants(self, dt, spike_limit):
        return Leaky(self.kept, dt, spike_limit)


@dataclass(frozen=True)
class Margin(Contrast):
    """Positives by ``margin`` above every negative."""

    margin: float = 1.0

    def push(self, goodness, sign, phase):
        used.add("objective")
        short = (goodness[:1] - goodness[1:] < self.margin).to(goodness.dtype)
        push = torch.empty_like(goodness)
        push[1:] = -short / len(short)
        push[0] = -push[1:].sum(0)
        return push


@dataclass(frozen=True)
class Counting(ThreeFactor):
    """The three factors, with the number of batches as a state."""

    gain: float = 1.0
    batches: dict[str, torch.Tensor] = field(default_factory=dict, init=False)

    def start(self, network):
        used.add("rule")
        self.batches["batches"] = torch.zeros(())

    def learn(self, runs, judge, share):
        self.batches["batches"] += 1
        for learned in super().learn(runs, judge, share):
            yield replace(learned, drive_error=self.gain * learned.drive_error)

    def state(self):
        return self.batches


@dataclass(frozen=True)
class NextLabel(RandomLabels):
    """Labels a random number of steps after the right one, around."""

    reading: ClassVar[str] = ALL_LABELS

    def wrong_labels(self, guesses, labels, generator):
        used.add("negatives")
        classes = guesses.shape[1]
        steps = torch.randint(1, classes, labels.shape, generator=generator)
        return ((labels + steps) % classes)[None]


@dataclass(frozen=True, eq=False)
class Ring(Connectivity):
    """Neuron k hears k - 1 by the first weight and k + 1 by the second."""

    name: ClassVar[str] = "ring"
    size: int = 3

    def weight_shape(self, target, source):
        if not target == source == self.size:
            raise DescriptionError(f"ring of {self.size}: {source} -> {target} do not fit.")
        return (2,)

    def ends(self, shape):
        if shape != (2,):
            raise DescriptionError(f"weights of shape {shape} in ring; it needs (2,).")
        return self.size, self.size

    def synapses(self, shape):
        used.add("connectivity")
        post = np.repeat(np.arange(self.size), 2)
        step = np.tile([-1, 1], self.size)
        return SynapseList(post, (post + step) % self.size, np.tile([0, 1], self.size))


class Twin(EmulatorTarget):
    """The emulator by another name."""

    name = "twin"

    def run(self, network, inputs, record_states=False):
        used.add("target")
        return super().run(network, inputs, record_states)


def register() -> None:
    """Register one of each."""
    register_goodness("squared_counts", Goodness(squared_counts))
    register_encoder("all_at_once", Encoder(all_at_once, single_spike=True))
    register_dataset("three-digits", three_digits, classes=3)
    register_neuron("leaky", LeakySettings)
    register_objective("margin", Margin)
    register_rule("counting", Counting)
    register_negatives("next-label", NextLabel)
    register_connectivity(Ring)
    register_target(Twin())
    register_cost_table(Path(__file__).with_name("board9.toml"))
