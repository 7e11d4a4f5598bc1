"""Local learning rules: from a layer's error to the change of its weights. No graph.

``three_factor`` (the default), online and known at the synapse, its neuron, column and layer::

    dw_ij = sum_t [ m * dG/dz_j(t) * psi_j(t) ] * xbar_i(t)

m is the layer's (or the column's) modulation, dG/dz_j what neuron j's column mates do at that
moment, psi the surrogate derivative at j's membrane, xbar_i the synaptic trace of input i.

``surrogate_gradient``, the reference: the layer's gradient through time, in which a spike's reset
cuts the membrane's memory of what came before. Where each neuron spikes at most once per sample
the two are equal: nothing is learned after the cut.

A rule turns ``error`` (the bracket above) into the error of the drive, filtered backwards in time;
its product with the incoming spikes is the weight change. Filtering the error backwards or the
spikes forwards gives the same sum.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from spikeff.errors import UnknownNameError
from spikeff.nn.lif import LIFConstants, adjoint_run, filtered_backwards

LearningRule = Callable[[Tensor, Tensor, LIFConstants], Tensor]


def three_factor(error: Tensor, spikes: Tensor, constants: LIFConstants) -> Tensor:
    """Error of the drive, (steps, samples, neurons); the neuron's own ``spikes`` play no part."""
    return filtered_backwards(error, constants)


def surrogate_gradient(error: Tensor, spikes: Tensor, constants: LIFConstants) -> Tensor:
    """Error of the drive through time, cut at every reset by the neuron's own ``spikes``."""
    return adjoint_run(error, spikes, constants)


BACKPROP = "backprop"  # end to end, not local: no rule of a layer
LEARNING_RULES: dict[str, LearningRule] = {
    "three_factor": three_factor,
    "surrogate_gradient": surrogate_gradient,
}


def get_learning_rule(name: str) -> LearningRule:
    """Look a learning rule up by name; raises UnknownNameError."""
    if name not in LEARNING_RULES:
        raise UnknownNameError("learning rule", name, LEARNING_RULES)
    return LEARNING_RULES[name]


# What Adam keeps beside each weight: a number, and two tensors of its shape.
STATE = ("step", "exp_avg", "exp_avg_sq")


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
        self.weight_decay = weight_decay
        self._states = [
            {
                name: torch.zeros((), device=weight.device)
                if name == "step"
                else torch.zeros_like(weight)
                for name in STATE
            }
            for weight in self.weights
        ]

    @cached_property
    def _adam(self) -> torch.optim.AdamW:
        """Made by the first step: torch takes a second to import what it needs."""
        groups = [
            {"params": [weight], "weight_decay": self.weight_decay / gain}
            for weight, gain in zip(self.weights, self.gains, strict=True)
        ]
        adam = torch.optim.AdamW(groups, lr=0.0, maximize=True, fused=True)
        for weight, state in zip(self.weights, self._states, strict=True):
            adam.state[weight] = state
        return adam

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
        for index, (weight, state) in enumerate(zip(self.weights, self._states, strict=True)):
            found[f"{index}.weight"] = weight.data
            for name, tensor in state.items():
                found[f"{index}.{name}"] = tensor
        return found
