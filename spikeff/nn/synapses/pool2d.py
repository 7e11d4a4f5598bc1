"""Pooling: sums over patches times one weight."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from spikeff.ir.connectivity import SumPool2d
from spikeff.nn.synapses.base import Synapses


class PoolSynapses(Synapses[SumPool2d]):
    """Weight (1,), initially that of plain pooling, sum or average."""

    def _initial(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return torch.full(shape, self.connectivity.unit)

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        return self._sums(spikes) * self.weight

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        return (drive_error * self._sums(spikes)).sum().reshape(self.weight_shape)

    def _sums(self, spikes: Tensor) -> Tensor:
        kind = self.connectivity
        grids = spikes.reshape(-1, *kind.source_shape)
        summed = functional.avg_pool2d(
            grids, kind.kernel, kind.stride, kind.padding, divisor_override=1
        )
        return summed.reshape(*spikes.shape[:-1], self.target)
