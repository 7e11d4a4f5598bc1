"""The three factors with an online form of ``excess``: its average is a running trace.

The derivative of ``excess`` is the mates of a spike, the other neurons of its column that fire in
the same step, less what they are on average in that sample: a mean that is known at the sample's
end only. Here each neuron keeps an exponential average of its mates over all steps presented so
far, which is known in every step::

    dG/dz_j(t) = 2 / (m - 1) (mates_j(t) - average_j),    mates_j(t) = n(t) - z_j(t)

Presentations of a batch run side by side, so the average moves once a batch, by the mean over it,
as far as it would in as many steps. Where every presentation is like the others it is the exact
average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from spikeff.errors import ConfigError
from spikeff.ir.goodness import EXCESS, in_columns
from spikeff.learning.rules.rule import register_rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.goodness_gradient import goodness_gradient
from spikeff.nn.presented import LayerRun

RUNNING_EXCESS = "running_excess"
PAIRS = "pairs"  # the goodness whose derivative the mates are


@dataclass(frozen=True)
class RunningExcess(ThreeFactor):
    """As the three-factor rule, for goodness ``excess`` with the average of mates as a trace.

    Attributes:
        average_steps: Time constant of the trace, in presented steps.
        averages: The trace of each layer, (neurons,), as the derivative holds mates: times
            2 / (m - 1).
    """

    average_steps: Annotated[float, Field(gt=0.0)] = 1000.0
    averages: dict[str, Tensor] = field(default_factory=dict, init=False)

    def start(self, network: FFNetwork) -> None:
        """Traces of zero.

        Raises:
            ConfigError: A layer has another goodness, or one with a window.
        """
        for depth, layer in enumerate(network.stack):
            spec = layer.goodness_spec
            if spec.name != EXCESS or spec.beta:
                raise ConfigError(
                    f"learning rule {RUNNING_EXCESS!r}: layer {depth + 1} has goodness "
                    f"{spec.name!r} with beta = {spec.beta}; its trace is that of {EXCESS!r} with "
                    f"beta = 0: set that, or choose another rule."
                )
            like = network.weight_parts(depth)[0]
            self.averages[_name(depth)] = torch.zeros(layer.neurons).to(like)

    def slope(self, run: LayerRun) -> Tensor:
        """Mates of every spike less their running average, which then moves on."""
        columns = in_columns(run.spikes, run.layer.column_size)
        mates = goodness_gradient(PAIRS, columns, 0.0)
        average = self.averages[_name(run.depth)]
        moved = mates.mean((0, 1)).reshape(-1) - average
        mates -= average.reshape(mates.shape[2:])
        average += -math.expm1(-mates[..., 0, 0].numel() / self.average_steps) * moved
        return mates

    def state(self) -> dict[str, Tensor]:
        """The trace of each layer."""
        return self.averages


def _name(depth: int) -> str:
    return f"layer{depth + 1}"


register_rule(RUNNING_EXCESS, RunningExcess)
