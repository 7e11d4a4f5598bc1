"""Convolution: torch's own, and its weight gradient."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional
from torch.nn.grad import conv2d_weight

from spikeff.ir.connectivity import Conv2d
from spikeff.nn.synapses.base import Synapses


class Conv2dSynapses(Synapses[Conv2d]):
    """Weights (out_channels, channels / groups, kernel rows, kernel columns)."""

    @property
    def _options(self) -> dict[str, Any]:
        kind = self.connectivity
        return {
            "stride": kind.stride,
            "padding": kind.padding,
            "dilation": kind.dilation,
            "groups": kind.groups,
        }

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        grids = spikes.reshape(-1, *self.connectivity.source_shape)
        currents = functional.conv2d(grids, self.weight, **self._options)
        return currents.reshape(*spikes.shape[:-1], self.target)

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        kind = self.connectivity
        incoming = spikes.reshape(-1, *kind.source_shape)
        error = drive_error.reshape(-1, *kind.target_shape)
        gradient: Tensor = conv2d_weight(incoming, self.weight_shape, error, **self._options)
        return gradient
