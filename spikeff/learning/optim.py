"""The optimiser: Adam, separately for every part of a layer's weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim.adamw import adamw

# State of Adam for each weight: the number of steps, and two moments of the weight's shape.
STATE = ("step", "exp_avg", "exp_avg_sq")
MOMENTUM, SECOND_MOMENTUM, EPSILON = 0.9, 0.999, 1e-8


def new_state(weight: Tensor) -> dict[str, Tensor]:
    """State of Adam for ``weight`` before its first step, by the names of ``STATE``."""
    step, *moments = STATE
    state = {step: torch.zeros((), device=weight.device)}
    return state | {name: torch.zeros_like(weight, requires_grad=False) for name in moments}


class LocalAdam:
    """Adam with decoupled weight decay, ascending, on the parts of one weight matrix.

    Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; torch's fused implementation.

    Args:
        parts: Views (neurons, inputs) of the weights without gaps in memory, each with a gain.
            Adam's step does not depend on the scale of the gradient, so a step ``gain`` times as
            large makes a channel learn as if its spikes had size ``gain``. Delays may follow the
            weights.
        weight_decay: Decoupled, relative to the learning rate.
        decaying: How many of the parts, the first ones, decay; None for all.
        states: For each part the tensors that ``STATE`` names, updated in place; None for new ones.
        momentum: Share of the mean change that stays from one step to the next.

    Raises:
        ValueError: A part has gaps in memory.
    """

    def __init__(
        self,
        parts: list[tuple[Tensor, float]],
        weight_decay: float = 0.0,
        states: list[dict[str, Tensor]] | None = None,
        decaying: int | None = None,
        momentum: float = MOMENTUM,
    ) -> None:
        for part, _ in parts:
            if not (part.is_contiguous() or part.t().is_contiguous()):
                raise ValueError(
                    f"a part of shape {tuple(part.shape)} and strides {part.stride()} leaves gaps "
                    f"in memory, where the fused step would write; pass whole rows or columns."
                )
        self.weights = [part.detach() for part, _ in parts]
        self.gains = [gain for _, gain in parts]
        decaying = len(parts) if decaying is None else decaying
        self.decays = [weight_decay if k < decaying else 0.0 for k in range(len(parts))]
        self.momentum = momentum
        self._states = states or [new_state(weight) for weight in self.weights]

    def ascend(self, changes: list[Tensor], learning_rate: float) -> None:
        """Update every part in the direction of its change by Adam's step."""
        parts = zip(self.weights, self.gains, self.decays, self._states, changes, strict=True)
        for weight, gain, decay, state, change in parts:
            # The fused step reads a gradient in the memory order of its weight.
            aligned = change.stride() == weight.stride()
            gradient = change if aligned else torch.empty_like(weight).copy_(change)
            # Decay is multiplied by the part's learning rate: dividing by its gain makes it equal.
            rate = learning_rate * gain
            _step(weight, gradient, state, rate, decay / gain, self.momentum)

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint needs: weights, moments and the number of steps."""
        tensors = {}
        for index, (weight, state) in enumerate(zip(self.weights, self._states, strict=True)):
            tensors[f"{index}.weight"] = weight.data
            for name, tensor in state.items():
                tensors[f"{index}.{name}"] = tensor
        return tensors


@torch.no_grad()
def _step(
    weight: Tensor,
    gradient: Tensor,
    state: dict[str, Tensor],
    lr: float,
    weight_decay: float,
    momentum: float,
) -> None:
    """One step by torch's function: its class takes seconds to import what it does not need."""
    step, first, second = ([state[name]] for name in STATE)
    adamw(
        [weight], [gradient], first, second, [], step,
        fused=True, amsgrad=False, beta1=momentum, beta2=SECOND_MOMENTUM,
        lr=lr, weight_decay=weight_decay, eps=EPSILON, maximize=True,
    )  # fmt: skip
