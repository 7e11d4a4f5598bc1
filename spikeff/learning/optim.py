"""The optimiser: Adam, separately for every part of a layer's weights."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

# State of Adam for each weight: the number of steps, and two moments of the weight's shape.
STATE = ("step", "exp_avg", "exp_avg_sq")


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
            large makes a channel learn as if its spikes had size ``gain``.
        weight_decay: Decoupled, relative to the learning rate.
        states: For each part the tensors that ``STATE`` names, updated in place; None for new ones.

    Raises:
        ValueError: A part has gaps in memory.
    """

    def __init__(
        self,
        parts: list[tuple[Tensor, float]],
        weight_decay: float = 0.0,
        states: list[dict[str, Tensor]] | None = None,
    ) -> None:
        for part, _ in parts:
            if not (part.is_contiguous() or part.t().is_contiguous()):
                raise ValueError(
                    f"a part of shape {tuple(part.shape)} and strides {part.stride()} leaves gaps "
                    f"in memory, where the fused step would write; pass whole rows or columns."
                )
        self.weights = [torch.nn.Parameter(part, requires_grad=False) for part, _ in parts]
        self.gains = [gain for _, gain in parts]
        self.weight_decay = weight_decay
        self._states = states or [new_state(weight) for weight in self.weights]

    @cached_property
    def _adam(self) -> torch.optim.AdamW:
        """Built at the first step: torch takes a second to import what it needs."""
        # Decay is multiplied by the part's learning rate, so dividing by its gain makes it equal.
        groups = [
            {"params": [weight], "weight_decay": self.weight_decay / gain}
            for weight, gain in zip(self.weights, self.gains, strict=True)
        ]
        adam = torch.optim.AdamW(groups, lr=0.0, maximize=True, fused=True)
        for weight, state in zip(self.weights, self._states, strict=True):
            adam.state[weight] = state
        return adam

    def ascend(self, changes: list[Tensor], learning_rate: float) -> None:
        """Update every part in the direction of its change by Adam's step."""
        for weight, change in zip(self.weights, changes, strict=True):
            # The fused step reads a gradient in the memory order of its weight.
            aligned = change.stride() == weight.stride()
            weight.grad = change if aligned else torch.empty_like(weight).copy_(change)
        for group, gain in zip(self._adam.param_groups, self.gains, strict=True):
            group["lr"] = learning_rate * gain
        self._adam.step()

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint needs: weights, moments and the number of steps."""
        tensors = {}
        for index, (weight, state) in enumerate(zip(self.weights, self._states, strict=True)):
            tensors[f"{index}.weight"] = weight.data
            for name, tensor in state.items():
                tensors[f"{index}.{name}"] = tensor
        return tensors
