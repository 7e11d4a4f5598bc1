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
    return error.flatten(0, 1).t() @ trace.flatten(0, 1)


class LocalAdam:
    """Adam (Kingma and Ba 2015) on one weight tensor, ascending; its state is two tensors.

    gain : factor per input channel on the gradient and on the step, so that a channel with gain g
    behaves as if its spikes had size g.   weight_decay : decoupled (Loshchilov and Hutter 2019).
    """

    FIRST_DECAY = 0.9
    SECOND_DECAY = 0.999
    EPSILON = 1e-8

    def __init__(
        self, weight: Tensor, gain: Tensor | None = None, weight_decay: float = 0.0
    ) -> None:
        self.weight = weight
        self.gain = gain
        self.weight_decay = weight_decay
        self.first = torch.zeros_like(weight)
        self.second = torch.zeros_like(weight)
        self.updates = 0

    def ascend(self, change: Tensor, learning_rate: float) -> None:
        """Move the weights along ``change`` by Adam's step."""
        self.updates += 1
        if self.gain is not None:
            change = change * self.gain
        self.first.lerp_(change, 1 - self.FIRST_DECAY)
        self.second.mul_(self.SECOND_DECAY).addcmul_(change, change, value=1 - self.SECOND_DECAY)
        first_unbias = 1 - self.FIRST_DECAY**self.updates
        second_unbias = 1 - self.SECOND_DECAY**self.updates
        scale = (self.second / second_unbias).sqrt_().add_(self.EPSILON)
        step = (self.first / first_unbias).div_(scale)
        if self.gain is not None:
            step.mul_(self.gain)
        if self.weight_decay:
            self.weight.mul_(1 - learning_rate * self.weight_decay)
        self.weight.add_(step, alpha=learning_rate)
