"""A spiking Forward-Forward layer that stands in somebody's own ``torch.nn.Module``.

It takes spikes and gives spikes like any module of torch. It learns by its own local step and not
by a loss: :meth:`FFLayer.learn` compares what the layer makes of positive and of negative spikes,
and moves its weights by goodness, rule and Adam. No graph of autograd goes through it, so it may
stand between modules that learn by backpropagation, each learning for itself.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from spikeff.errors import ConfigError, DescriptionError
from spikeff.learning.objectives.contrasts import Pair
from spikeff.learning.objectives.objective import Objective, Shown
from spikeff.learning.optim import STATE, LocalAdam, new_state
from spikeff.learning.phase import Phase
from spikeff.learning.rules.rule import Rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import GoodnessSpec
from spikeff.nn.presented import LayerRun
from spikeff.nn.spike_events import change_of, heard

CONSTANTS = LIFConstants(tau_syn=2e-3, tau_mem=2e-3, v_th=1.0, dt=1e-3, spike_limit=None)
GOODNESS = GoodnessSpec("pairs", beta=0.0, scale=1.0)


class LayerGoodness(NamedTuple):
    """Mean goodness of a layer before a step of learning; None of what was not shown."""

    positive: float | None
    negative: float | None


class FFLayer(SpikingLayer):
    """Dense synapses into LIF neurons in columns, with goodness, learning rule and optimiser.

    The weight is a parameter that asks for no gradient, the moments of Adam are buffers: both are
    in ``state_dict`` and follow ``.to()``, so a layer that is loaded learns on as if it had not
    been stopped.

    Attributes:
        objective: Compares positive with negative presentations.
        rule: From its judgement to the error of the drive.
        learning_rate: Of Adam.
        weight_decay: Decoupled, of Adam.

    Those of weights and neurons are in ``spikeff.nn.layer.SpikingLayer``.
    """

    step: Tensor
    exp_avg: Tensor
    exp_avg_sq: Tensor

    def __init__(
        self,
        inputs: int,
        neurons: int,
        column_size: int = 10,
        *,
        constants: LIFConstants = CONSTANTS,
        goodness: GoodnessSpec = GOODNESS,
        objective: Objective | None = None,
        rule: Rule | None = None,
        learning_rate: float = 1e-2,
        weight_decay: float = 0.0,
        slope: float = 5.0,
        seed: int = 0,
    ) -> None:
        """Make a layer with random weights; see :meth:`calibrate_gain`.

        Args:
            inputs: Channels that it hears.
            neurons: Its neurons.
            column_size: Neurons per column, a divisor of ``neurons``.
            constants: Of the neurons.
            goodness: The agreement that its columns are judged by.
            objective: A contrast of ``spikeff.learning.objectives``; None is ``Pair()``.
            rule: Of ``spikeff.learning.rules``; None is ``ThreeFactor()``.
            learning_rate: Of Adam.
            weight_decay: Decoupled, of Adam.
            slope: Of the surrogate derivative; larger is narrower.
            seed: Of the initial weights.

        Raises:
            ConfigError: Columns that do not divide the neurons, or an objective without contrast.
        """
        generator = torch.Generator().manual_seed(seed)
        super().__init__(
            inputs, neurons, column_size, constants, goodness, slope, 0.0, 1.0, 0, generator
        )
        self.objective = Pair() if objective is None else objective
        self.rule = ThreeFactor() if rule is None else rule
        if not self.objective.contrast:
            raise ConfigError(
                f"{self}: objective {self.objective} compares no presentations; give a contrast, "
                f"such as Pair() of spikeff.learning.objectives.contrasts."
            )
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        for name, tensor in new_state(self.weight).items():
            self.register_buffer(name, tensor)

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes (steps, samples, inputs) to spikes (steps, samples, neurons), 0.0 or 1.0.

        Raises:
            DescriptionError: Spikes of another shape.
        """
        return super().forward(self._fitting(spikes))

    @torch.no_grad()
    def learn(
        self, positive: Tensor | None = None, negative: Tensor | None = None
    ) -> LayerGoodness:
        """One local step: up the goodness of ``positive``, down that of ``negative``.

        Args:
            positive: Spikes (steps, samples, inputs) of what belongs together.
            negative: Of what does not, as many samples or a multiple of them: the first
                negatives of all samples, then the second ones. One of both may be left out where
                the objective judges them apart, as ``Threshold`` does.

        Returns:
            Mean goodness of both before the step.

        Raises:
            DescriptionError: Spikes of another shape, or negatives of other samples.
            ConfigError: One is missing, and the objective needs both.
        """
        phase = self._phase(positive, negative)
        sides = [self._fitting(spikes) for spikes in (positive, negative) if spikes is not None]
        shown = self._shown(sides, phase)
        incoming = heard(torch.cat(sides, 1))
        spikes, psi = self.constants.run_with_surrogate(self.drive(incoming), self.slope)
        run = LayerRun(0, self, spikes, psi, incoming)
        judge = partial(self.objective.judge, shown=shown)
        (learned,) = self.rule.learn(iter([run]), judge, share=1.0)
        self._optimiser().ascend([change_of(learned.drive_error, incoming)], self.learning_rate)
        return LayerGoodness(learned.judgement.positive, learned.judgement.negative)

    def _fitting(self, spikes: Tensor) -> Tensor:
        """Spikes in the type of the weights."""
        if spikes.ndim != 3 or spikes.shape[2] != self.inputs:
            raise DescriptionError(
                f"{self}: spikes of shape {tuple(spikes.shape)}; give (steps, samples, "
                f"{self.inputs})."
            )
        return spikes.to(self.weight.dtype)

    def _phase(self, positive: Tensor | None, negative: Tensor | None) -> Phase:
        if positive is not None and negative is not None:
            return Phase.BOTH
        if not self.objective.phases_apart:
            raise ConfigError(
                f"{self}: objective {self.objective} compares positives with negatives; give both, "
                f"or take one that judges them apart, such as Threshold()."
            )
        return Phase.ASLEEP if positive is None else Phase.AWAKE

    def _shown(self, sides: list[Tensor], phase: Phase) -> Shown:
        """What the objective may know: no labels, so one class that all samples are of."""
        samples = [side.shape[1] for side in sides]
        steps = {len(side) for side in sides}
        if not samples or not samples[0] or sum(samples) % samples[0] or len(steps) != 1:
            raise DescriptionError(
                f"{self}: spikes of {samples} samples and {sorted(steps)} steps; give negatives of "
                f"as many steps as the positives and of as many samples, or a multiple of them."
            )
        first = samples[0]
        labels = torch.zeros(first, dtype=torch.int64, device=self.weight.device)
        return Shown(labels, rows=sum(samples) // first, batch=first, classes=1, phase=phase)

    def _optimiser(self) -> LocalAdam:
        """Made anew for every step: ``.to()`` and copies put other tensors in place of these."""
        state = {name: getattr(self, name) for name in STATE}
        return LocalAdam([(self.weight, 1.0)], self.weight_decay, [state])
