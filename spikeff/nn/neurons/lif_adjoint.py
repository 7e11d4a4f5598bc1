"""The backward pass of LIF neurons, step by step: for populations whose errors run in loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from spikeff.nn.neurons.lif import LIFConstants


class AdjointState(NamedTuple):
    """Derivatives by current and membrane potential after a step, both of one shape."""

    current: Tensor
    potential: Tensor

    @classmethod
    def at_rest(cls, like: Tensor) -> AdjointState:
        """The state behind the last step."""
        return cls(torch.zeros_like(like), torch.zeros_like(like))


def adjoint_step(
    error: Tensor, spikes: Tensor, state: AdjointState, constants: LIFConstants
) -> tuple[Tensor, AdjointState]:
    """One step of ``spikeff.nn.neurons.lif.adjoint_run``, from the later state to the earlier.

    Args:
        error: At the membrane potential before the reset, surrogate included, (samples, neurons).
        spikes: Of the same step.
        state: After the step, later in time.
        constants: Of the neurons.

    Returns:
        Error of the input current of this step, and the state before it.
    """
    potential = state.potential * (1.0 - spikes) * (1.0 - constants.dv) + error
    current = state.current * (1.0 - constants.du) + potential * constants.dv
    return current, AdjointState(current, potential)
