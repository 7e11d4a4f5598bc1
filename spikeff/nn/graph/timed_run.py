"""Running a graph of populations: blocks without a loop at once, the others step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from spikeff.nn.graph.evaluation_order import Block
from spikeff.nn.graph.projection import Arrival
from spikeff.nn.input_spikes import Arriving, InputSpikes
from spikeff.nn.neurons.neuron import State
from spikeff.nn.population import SpikingPopulation


@dataclass(frozen=True, eq=False)
class TimedRun:
    """A run in progress, block by block, sources before their targets.

    Attributes:
        populations: Name to neurons.
        arrivals: Name to projections that end there.
        given: Name to spikes of inputs that are given as events.
        spikes: Name to (steps, samples, neurons); at first those that are given, in the end all of
            populations.
        with_psi: Whether surrogate derivatives are wanted.
        psi: Name to surrogate derivatives of the populations that ran, where wanted.
    """

    populations: Mapping[str, SpikingPopulation]
    arrivals: Mapping[str, Sequence[Arrival]]
    given: Mapping[str, InputSpikes]
    spikes: dict[str, Tensor]
    with_psi: bool
    psi: dict[str, Tensor] = field(default_factory=dict)

    def source(self, name: str) -> Arriving:
        """Spikes of an input or of a population that has run."""
        return self.given[name] if name in self.given else self.spikes[name]

    @torch.no_grad()
    def run(self, blocks: Sequence[Block]) -> None:
        """Run all blocks; populations whose spikes are given are clamped to them."""
        for block in blocks:
            free = [name for name in block.names if name not in self.spikes]
            if block.looped and free:
                self._step_by_step(free)
            elif free:
                self._at_once(free[0])

    def _at_once(self, name: str) -> None:
        population, drive = self.populations[name], self._drive(name, ())
        if not self.with_psi:
            self.spikes[name] = population.constants.run(drive)
            return
        both = population.constants.run_with_surrogate(drive, population.slope)
        self.spikes[name], self.psi[name] = both

    def _step_by_step(self, names: list[str]) -> None:
        drives = {name: self._drive(name, names) for name in names}
        states = {name: self.populations[name].constants.at_rest(drives[name][0]) for name in names}
        inner = {
            name: [a for a in self.arrivals[name] if a.projection.source in names] for name in names
        }
        for name in names:
            self.spikes[name] = torch.zeros_like(drives[name])
            if self.with_psi:
                self.psi[name] = torch.zeros_like(drives[name])
        for step in range(len(drives[names[0]])):
            for name in names:
                drive = self._arriving(step, drives[name][step], inner[name])
                states[name] = self._step(step, name, drive, states[name])

    def _step(self, step: int, name: str, drive: Tensor, state: State) -> State:
        population = self.populations[name]
        if not self.with_psi:
            self.spikes[name][step], left = population.constants.step(drive, state)
            return left
        spikes, psi, left = population.constants.step_with_surrogate(drive, state, population.slope)
        self.spikes[name][step], self.psi[name][step] = spikes, psi
        return left

    def _drive(self, name: str, without: Sequence[str]) -> Tensor:
        """Input current (steps, samples, neurons) of a population from sources that have run."""
        drives = [
            arrival.drive(self.source(arrival.projection.source))
            for arrival in self.arrivals[name]
            if arrival.projection.source not in without
        ]
        return self._silence(name) if not drives else sum(drives[1:], drives[0])

    def _silence(self, name: str) -> Tensor:
        """No input current at all."""
        shapes = [s.shape for s in self.given.values()] + [s.shape for s in self.spikes.values()]
        steps, samples = shapes[0][:2]
        weight = next(a.synapses.weight for listed in self.arrivals.values() for a in listed)
        return weight.new_zeros((steps, samples, self.populations[name].neurons))

    def _arriving(self, step: int, drive: Tensor, arrivals: Sequence[Arrival]) -> Tensor:
        for arrival in arrivals:
            current = arrival.drive_at(step, self.spikes[arrival.projection.source])
            drive = drive if current is None else drive + current
        return drive
