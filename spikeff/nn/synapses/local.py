"""Local fields: a convolution whose weights are not shared."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from spikeff.ir.connectivity import LocalFields
from spikeff.nn.synapses.base import Synapses


class LocalFieldSynapses(Synapses[LocalFields]):
    """Weights (out_channels, rows, columns, channels, kernel rows, kernel columns)."""

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        fields = self.weight.reshape(self.connectivity.out_channels, self._places, -1)
        currents = torch.einsum("nkp,opk->nop", self._patches(spikes), fields)
        return currents.reshape(*spikes.shape[:-1], self.target)

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        error = drive_error.reshape(-1, self.connectivity.out_channels, self._places)
        gradient = torch.einsum("nop,nkp->opk", error, self._patches(spikes))
        return gradient.reshape(self.weight_shape)

    @property
    def _places(self) -> int:
        return math.prod(self.connectivity.target_shape[1:])

    def _patches(self, spikes: Tensor) -> Tensor:
        """Input of every field: (samples of all steps, channels x kernel, places)."""
        kind = self.connectivity
        grids = spikes.reshape(-1, *kind.source_shape)
        return functional.unfold(grids, kind.kernel, kind.dilation, kind.padding, kind.stride)
