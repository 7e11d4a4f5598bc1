"""The three-factor local rule and the local optimiser. No graph, no derivative between layers.

    dw_ij = sum_t [ m * dG/dz_j(t) * psi_j(t) ] * xbar_i(t)

m is the layer's (or the column's) modulation, dG/dz_j what neuron j's column mates do at that
moment, psi the surrogate derivative at j's membrane, xbar_i the synaptic trace of input i. Each
is known at the synapse, its neuron, its column or its layer.
"""

from __future__ import annotations

import torch
from torch import Tensor


def three_factor(error: Tensor, trace: Tensor) -> Tensor:
    """Weight change (neurons, inputs), up the goodness where the modulation is positive.

    error : (steps, samples, neurons), the product of the first two factors and psi.
    trace : (steps, samples, inputs).
    """
    return (trace.flatten(0, 1).t() @ error.flatten(0, 1)).t()


class LocalAdam:
    """Adam with decoupled weight decay, ascending, on the parts of one weight matrix.

    Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; torch's fused implementation.

    parts : views (neurons, inputs) of the weights without gaps in memory, each with a gain. Adam's
        step does not depend on the scale of the gradient, so a step ``gain`` times as large makes a
        channel learn as if its spikes had size ``gain``.
    """

    def __init__(self, parts: list[tuple[Tensor, float]], weight_decay: float = 0.0) -> None:
        for part, _ in parts:
            if not (part.is_contiguous() or part.t().is_contiguous()):
                raise ValueError(
                    f"a part of shape {tuple(part.shape)} and strides {part.stride()} leaves gaps "
                    f"in memory, where the fused step would write; pass whole rows or columns."
                )
        self.weights = [torch.nn.Parameter(part, requires_grad=False) for part, _ in parts]
        self.gains = [gain for _, gain in parts]
        groups = [
            {"params": [weight], "weight_decay": weight_decay / gain}
            for weight, gain in zip(self.weights, self.gains, strict=True)
        ]
        self._adam = torch.optim.AdamW(groups, lr=0.0, maximize=True, fused=True)
        for weight in self.weights:
            self._adam.state[weight] = {
                "step": torch.zeros((), device=weight.device),
                "exp_avg": torch.zeros_like(weight),
                "exp_avg_sq": torch.zeros_like(weight),
            }

    def ascend(self, changes: list[Tensor], learning_rate: float) -> None:
        """Move every part along its change by Adam's step."""
        for weight, change in zip(self.weights, changes, strict=True):
            aligned = change.stride() == weight.stride()
            weight.grad = change if aligned else torch.empty_like(weight).copy_(change)
        for group, gain in zip(self._adam.param_groups, self.gains, strict=True):
            group["lr"] = learning_rate * gain
        self._adam.step()

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint needs: weights, moments and the number of steps."""
        found = {}
        for index, weight in enumerate(self.weights):
            found[f"{index}.weight"] = weight.data
            for name, tensor in self._adam.state[weight].items():
                found[f"{index}.{name}"] = tensor
        return found
