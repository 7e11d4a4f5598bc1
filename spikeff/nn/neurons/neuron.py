"""The interface of a neuron model: its dynamics, and how an error propagates to its input current.

Layers, networks and learning rules use neurons through this interface alone.
``spikeff.nn.neurons.lif`` has the current-based leaky integrate-and-fire neuron, which runs whole
samples in compiled loops; another model need only define its step and its error filter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from spikeff.errors import ConfigError

# Whatever a kind keeps between steps.
State = Any


class Neuron(ABC):
    """Constants of neurons of one kind, and their dynamics; a frozen dataclass.

    Attributes:
        dt: Seconds of a time step.
        spike_limit: Most spikes of a neuron and sample; None for no limit.
    """

    dt: float
    spike_limit: int | None

    @abstractmethod
    def at_rest(self, like: Tensor) -> State:
        """The state before the first step, in the shape of ``like``."""

    @abstractmethod
    def step_with_surrogate(
        self, drive: Tensor, state: State, slope: float
    ) -> tuple[Tensor, Tensor, State]:
        """One step; no argument is modified.

        Args:
            drive: Input current, the summed weights of the spikes that arrive, (samples, neurons).
            state: After the step before.
            slope: Of the surrogate derivative; larger is narrower.

        Returns:
            Spikes, 0 or 1; the surrogate derivative of each; the state after the step.
        """

    @abstractmethod
    def filter_error(self, error: Tensor) -> Tensor:
        """Error signal of the input current by the three-factor rule, resets left out.

        Args:
            error: Derivative by the membrane potential at every step, surrogate included, (steps,
                samples, neurons).

        Returns:
            Derivative by the input current of every step, of the same shape.
        """

    def adjoint(self, error: Tensor, spikes: Tensor) -> Tensor:
        """As :meth:`filter_error`, cut at every reset by the neurons' own ``spikes``.

        Raises:
            ConfigError: The model does not define it.
        """
        raise ConfigError(
            f"neurons {type(self).__name__!r} have no gradient through their resets; use learning "
            f"rule 'three_factor', or give the kind a method 'adjoint'."
        )

    def adjoint_at_rest(self, like: Tensor) -> State:
        """The state of :meth:`adjoint_step` behind the last step, in the shape of ``like``.

        Raises:
            ConfigError: The model does not define it.
        """
        raise ConfigError(
            f"neurons {type(self).__name__!r} have no backward step for loops; use a local rule, "
            f"or give the kind methods 'adjoint_at_rest' and 'adjoint_step'."
        )

    def adjoint_step(self, error: Tensor, spikes: Tensor, state: State) -> tuple[Tensor, State]:
        """One step of :meth:`adjoint`, backwards: the error of its input, and the state before it.

        Args:
            error: Derivative by the membrane potential of this step, (samples, neurons).
            spikes: Of this step.
            state: After it.
        """
        raise NotImplementedError

    def step(self, drive: Tensor, state: State) -> tuple[Tensor, State]:
        """One step without surrogate derivative."""
        spikes, _, after = self.step_with_surrogate(drive, state, 1.0)
        return spikes, after

    def run_with_surrogate(self, drive: Tensor, slope: float) -> tuple[Tensor, Tensor]:
        """Spikes and surrogate derivatives of whole samples from rest.

        Args:
            drive: Input current, (steps, samples, neurons).
            slope: Of the surrogate derivative.

        Returns:
            Two tensors of the shape of ``drive``.
        """
        spikes, psi = torch.empty_like(drive), torch.empty_like(drive)
        state = self.at_rest(drive[0])
        for step, arriving in enumerate(drive):
            spikes[step], psi[step], state = self.step_with_surrogate(arriving, state, slope)
        return spikes, psi

    def run(self, drive: Tensor) -> Tensor:
        """Spikes of whole samples from rest, (steps, samples, neurons) like ``drive``."""
        return self.run_with_surrogate(drive, 1.0)[0]
