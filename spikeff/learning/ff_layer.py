"""A spiking Forward-Forward layer for use in any ``torch.nn.Module``.

It takes spikes and returns spikes like any module of torch. It learns by its own local step and not
by a loss: :meth:`FFLayer.learn` compares the goodness of positive and of negative spikes and
updates the weights by objective, learning rule and Adam. No autograd graph goes through it, so it
may lie between modules that learn by backpropagation, each learning on its own.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from spikeff.errors import ConfigError, DescriptionError
from spikeff.ir.numbers import plain_numbers, seed_number, whole_number
from spikeff.ir.sizes import MAX_NEURONS
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
    """Mean goodness of a layer before a learning step.

    Attributes:
        positive: Of the positives; None where none were shown.
        negative: Of the negatives; None where none were shown.
    """

    positive: float | None
    negative: float | None


class FFLayer(SpikingLayer):
    """Dense synapses into LIF neurons in columns, with goodness, learning rule and optimiser.

    The weight is a parameter with ``requires_grad=False``, the moments of Adam are buffers: both
    are in ``state_dict`` and follow ``.to()``, so a layer that is loaded continues learning exactly
    where it was saved. The attributes of weights and neurons are those of
    ``spikeff.nn.layer.SpikingLayer``.

    Attributes:
        objective: Compares positive with negative presentations.
        rule: From its judgement to the error signal of the input current.
        learning_rate: Of Adam.
        weight_decay: Decoupled, of Adam.
    """

    step: Tensor
    exp_avg: Tensor
    exp_avg_sq: Tensor

    @plain_numbers
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
        """A layer with random weights; see :meth:`calibrate_gain`.

        Args:
            inputs: Number of input channels.
            neurons: Number of neurons.
            column_size: Neurons per column, a divisor of ``neurons``.
            constants: Of the neurons.
            goodness: Goodness of its columns.
            objective: A contrast of ``spikeff.learning.objectives``; None for ``Pair()``.
            rule: Of ``spikeff.learning.rules``; None for ``ThreeFactor()``.
            learning_rate: Of Adam.
            weight_decay: Decoupled, of Adam.
            slope: Of the surrogate derivative; larger is narrower.
            seed: Of the initial weights.

        Raises:
            ConfigError: Columns that do not divide the neurons, or an objective without contrast.
        """
        whole_number("inputs", inputs, 1, MAX_NEURONS)
        whole_number("neurons", neurons, 1, MAX_NEURONS)
        generator = torch.Generator().manual_seed(seed_number(seed))
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
        """One local step: raise the goodness of ``positive``, lower that of ``negative``.

        Args:
            positive: Spikes (steps, samples, inputs) of positives.
            negative: Spikes of negatives, for as many samples or a multiple of them: the first
                negatives of all samples, then the second ones. Either may be left out if the
                objective can judge them separately, as ``Threshold`` can.

        Returns:
            Mean goodness of both before the step.

        Raises:
            DescriptionError: Spikes of another shape, or another number of negatives.
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
        """Spikes in the dtype of the weights, if their shape is right."""
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
        """What the objective may know: without labels, all samples are of one class."""
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
        """Built anew for every step, since ``.to()`` and copies replace the tensors it holds."""
        state = {name: getattr(self, name) for name in STATE}
        return LocalAdam([(self.weight, 1.0)], self.weight_decay, [state])
