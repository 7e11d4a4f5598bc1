"""Networks with feedback and lateral connections.

A graph of populations and projections with delays. Populations in a loop are run step by step
(``spikeff.nn.neurons.lif.lif_step``); the others over whole samples at once, as in
``spikeff.nn.network``. To learn, a population needs its own error and its incoming spikes, delayed
by their projections: no derivative crosses from one population to another, and none goes through
time except by the neuron's own filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.nn.graph.evaluation_order import Block, blocks
from spikeff.nn.graph.projection import Arrival, Projection
from spikeff.nn.graph.timed_run import TimedRun
from spikeff.nn.input_spikes import Arriving, InputSpikes
from spikeff.nn.neurons.lif import gain_for
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun
from spikeff.nn.synapses.base import LearnedDelays, Synapses


class TimedNetwork(nn.Module):
    """Populations and the projections between them.

    Attributes:
        inputs: Name to number of channels of every input.
        populations: Name to neurons.
        projections: In the order in which they were given.
        blocks: In the order in which they are run.
        learning: Names of populations at which a learned projection ends, in that order.
    """

    def __init__(
        self,
        inputs: Mapping[str, int],
        populations: Mapping[str, SpikingPopulation],
        projections: Sequence[Projection],
        generator: torch.Generator,
    ) -> None:
        """Connect the populations; ``generator`` draws the weights that are not given.

        Raises:
            UnknownNameError: A projection from or to a population that does not exist.
            DescriptionError: Names that are not unique, weights that do not fit, steps of different
                lengths, or a loop without delay.
        """
        super().__init__()
        self.inputs = dict(inputs)
        self.projections = tuple(projections)
        self._names = tuple(populations)
        self._populations = nn.ModuleList(populations.values())
        self._require_parts()
        between = [(p.source, p.target, p.delay) for p in projections if p.source not in inputs]
        self.blocks: list[Block] = blocks(self._names, between)
        learned = {p.target for p in projections if p.learned}
        self.learning = tuple(name for name in self.order if name in learned)
        sizes = self.sizes
        self._synapses = nn.ModuleList(
            p.synapses(sizes[p.target], sizes[p.source], generator) for p in projections
        )

    @property
    def populations(self) -> dict[str, SpikingPopulation]:
        """The populations by name, typed."""
        found = (p for p in self._populations if isinstance(p, SpikingPopulation))
        return dict(zip(self._names, found, strict=True))

    @property
    def sizes(self) -> dict[str, int]:
        """Channels of every input and neurons of every population, by name."""
        return self.inputs | {name: p.neurons for name, p in self.populations.items()}

    @property
    def dt(self) -> float:
        """Seconds per step."""
        return next(iter(self.populations.values())).constants.dt

    @property
    def order(self) -> list[str]:
        """Names of the populations in the order in which they are run."""
        return [name for block in self.blocks for name in block.names]

    @property
    def arrivals(self) -> list[Arrival]:
        """All projections with their synapses."""
        synapses = (s for s in self._synapses if isinstance(s, Synapses))
        return [Arrival(p, s) for p, s in zip(self.projections, synapses, strict=True)]

    def arriving(self, name: str, learned: bool = False) -> list[Arrival]:
        """Projections that end at a population; with ``learned`` only those that learn."""
        ending = (a for a in self.arrivals if a.projection.target == name)
        return [a for a in ending if a.projection.learned or not learned]

    def weight_parts(self, index: int) -> list[Tensor]:
        """Weights of the learned projections onto ``self.learning[index]``."""
        return [a.synapses.weight for a in self.arriving(self.learning[index], learned=True)]

    def delay_parts(self, index: int) -> list[LearnedDelays]:
        """Learned delays of these projections, in the same order."""
        arriving = self.arriving(self.learning[index], learned=True)
        return [delay for a in arriving for delay in a.synapses.learned_delays]

    def forward(self, presented: Mapping[str, Arriving]) -> dict[str, Tensor]:
        """Spikes of every population, and of inputs given as tensors: (steps, samples, neurons).

        Args:
            presented: Spikes of every input by its name, (steps, samples, channels). A population
                that is given spikes here is clamped to them, as a label at the top may be.

        Raises:
            UnknownNameError: A name is neither that of an input nor of a population.
            DescriptionError: An input is missing, or spikes do not fit.
        """
        return self._run(presented, with_psi=False).spikes

    def walk(self, presented: Mapping[str, Arriving]) -> Iterator[LayerRun]:
        """Run, then yield the run of each population that learns, in the order of ``learning``.

        Args:
            presented: As in :meth:`forward`. Clamped populations do not run and are left out.
        """
        run = self._run(presented, with_psi=True)
        for depth, name in enumerate(self.learning):
            if name in run.psi:
                arrivals = self.arriving(name, learned=True)
                incoming = tuple(run.source(a.projection.source) for a in arrivals)
                layer = self.populations[name]
                yield LayerRun(depth, layer, run.spikes[name], run.psi[name], incoming)

    def changes(self, run: LayerRun, drive_error: Tensor) -> list[Tensor]:
        """Change of what :meth:`weight_parts` and then :meth:`delay_parts` list, towards goodness.

        Args:
            run: Spikes of the population and its input.
            drive_error: Error signal of its input current, (steps, samples, neurons).
        """
        assert isinstance(run.incoming, tuple)
        learned = self.arriving(self.learning[run.depth], learned=True)
        pairs = zip(learned, run.incoming, strict=True)
        changes = [arrival.changes(drive_error, spikes) for arrival, spikes in pairs]
        return [c[0] for c in changes] + [delay for c in changes for delay in c[1:]]

    @torch.no_grad()
    def calibrate(self, presented: Mapping[str, Arriving], firing: float | Sequence[float]) -> None:
        """Scale the learned weights so that about a share ``firing`` of neuron-steps spikes.

        Populations are calibrated one after another in the order in which they run, each in the
        network as calibrated so far; feedback from later ones is not iterated. Fixed weights stay.

        Args:
            presented: As in :meth:`forward`.
            firing: Spikes per neuron and step: one number for all, or one for each population that
                learns.
        """
        shares = [firing] * len(self.learning) if isinstance(firing, float) else firing
        for name, share in zip(self.learning, shares, strict=True):
            run = self._run(presented, with_psi=False)
            learned = self.arriving(name, learned=True)
            drives = [a.drive(run.source(a.projection.source)) for a in learned]
            drive = torch.stack(drives).sum(0)
            gain = gain_for(drive, self.populations[name].constants, share)
            for arrival in learned:
                arrival.synapses.weight.mul_(gain)

    def _run(self, presented: Mapping[str, Arriving], with_psi: bool) -> TimedRun:
        self._require_presented(presented)
        arrivals = {name: self.arriving(name) for name in self._names}
        given = {name: s for name, s in presented.items() if isinstance(s, InputSpikes)}
        spikes = {name: s.detach() for name, s in presented.items() if isinstance(s, Tensor)}
        run = TimedRun(self.populations, arrivals, given, spikes, with_psi)
        run.run(self.blocks)
        return run

    def _require_parts(self) -> None:
        twice = self.inputs.keys() & set(self._names)
        if twice:
            raise DescriptionError(
                f"network: {sorted(twice)} name both an input and a population; rename one of them."
            )
        if not self.inputs or not self._names:
            raise DescriptionError("network: it needs at least one input and one population.")
        for p in self.projections:
            if p.source not in self.sizes:
                raise UnknownNameError(f"{p}: source", p.source, self.sizes)
            if p.target not in self._names:
                raise UnknownNameError(f"{p}: target", p.target, self._names)
        steps = {name: p.constants.dt for name, p in self.populations.items()}
        if len(set(steps.values())) > 1:
            raise DescriptionError(f"network: dt differs, {steps} s; give all the same step.")

    def _require_presented(self, presented: Mapping[str, Arriving]) -> None:
        missing = self.inputs.keys() - presented.keys()
        if missing:
            raise DescriptionError(f"network: no spikes of {sorted(missing)}; present every input.")
        sizes = self.sizes
        leading = next(iter(presented.values())).shape[:2]
        for name, spikes in presented.items():
            if name not in sizes:
                raise UnknownNameError("input or population", name, sizes)
            if spikes.shape != (*leading, sizes[name]):
                raise DescriptionError(
                    f"{name}: spikes of shape {tuple(spikes.shape)}; give (steps, samples, "
                    f"{sizes[name]}), steps and samples as {tuple(leading)} for all."
                )
