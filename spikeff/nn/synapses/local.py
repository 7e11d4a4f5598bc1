"""Local fields: a convolution whose weights are not shared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import LocalFields
from spikeff.nn.neurons.lif import compiling_pays
from spikeff.nn.spike_events import SpikeEvents, heard
from spikeff.nn.synapses.base import Synapses


class LocalFieldSynapses(Synapses[LocalFields]):
    """Weights (out_channels, rows, columns, channels, kernel rows, kernel columns).

    Of spikes that are few, sums over these; else products with the patches of one row of fields
    after the other, copied while they are in cache.
    """

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        incoming = heard(spikes) if spikes.ndim == 3 else spikes
        if isinstance(incoming, SpikeEvents):
            return self.drive_events(incoming)
        return self._products(spikes)

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        incoming = heard(spikes)
        if isinstance(incoming, SpikeEvents):
            return self.change_events(drive_error, incoming)
        return self._change_products(drive_error, spikes)

    def drive_events(self, events: SpikeEvents) -> Tensor:
        """See :meth:`Synapses.drive_events`."""
        rows = events.steps * events.samples
        if not compiling_pays(rows * self.target, self.weight.device):
            return self._products(events.dense().to(self.weight))
        from spikeff.nn.synapses.local_kernels import field_sums

        table = self.weight.detach().reshape(self.connectivity.out_channels, -1).t().contiguous()
        sums = torch.zeros(rows, self._places, table.shape[1], dtype=table.dtype)
        field_sums(*events.by_channel, *self._seen, table.numpy(), sums.numpy())
        return events.current(sums.mT.reshape(events.steps, events.samples, self.target))

    def change_events(self, drive_error: Tensor, events: SpikeEvents) -> Tensor:
        """See :meth:`Synapses.change_events`."""
        if not compiling_pays(drive_error.numel(), drive_error.device):
            return self._change_products(drive_error, events.dense().to(self.weight))
        from spikeff.nn.synapses.local_kernels import field_changes

        fields = self.connectivity.out_channels
        by_place = events.errors(drive_error).reshape(-1, fields, self._places).mT.contiguous()
        table = by_place.new_zeros(self.weight.numel() // fields, fields)
        field_changes(*events.by_channel, *self._seen, by_place.numpy(), table.numpy())
        return table.mul_(events.size).t().reshape(self.weight_shape)

    def _products(self, spikes: Tensor) -> Tensor:
        fields = self.weight.flatten(3)
        rows = [
            torch.bmm(patches, fields[:, row].permute(1, 2, 0)).permute(1, 2, 0)
            for row, patches in enumerate(self._rows(spikes))
        ]
        return torch.stack(rows, 2).reshape(*spikes.shape[:-1], self.target)

    def _change_products(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        errors = drive_error.reshape(-1, *self.connectivity.target_shape)
        rows = [
            torch.bmm(errors[:, :, row].permute(2, 1, 0), patches).permute(1, 0, 2)
            for row, patches in enumerate(self._rows(spikes))
        ]
        return torch.stack(rows, 1).reshape(self.weight_shape)

    @property
    def _places(self) -> int:
        return math.prod(self.connectivity.target_shape[1:])

    @cached_property
    def _seen(self) -> tuple[Array, Array, Array]:
        """Where the patches that see a channel begin, their places, and its weights in them."""
        single = replace(self.connectivity, out_channels=1)
        listed = single.synapses(single.weight_shape(self._places, self.source))
        order = np.argsort(listed.pre, kind="stable")
        starts = np.searchsorted(listed.pre[order], np.arange(self.source + 1))
        return starts, listed.post[order], listed.weight[order]

    def _rows(self, spikes: Tensor) -> Iterator[Tensor]:
        """Input of each row of fields: (columns, samples of all steps, channels x kernel)."""
        kind = self.connectivity
        (row_padding, column_padding), gap = kind.padding, kind.dilation
        grids = spikes.reshape(-1, *kind.source_shape)
        around = (column_padding, column_padding, row_padding, row_padding)
        windows = functional.pad(grids, around)
        for axis in (0, 1):
            extent = gap[axis] * (kind.kernel[axis] - 1) + 1
            windows = windows.unfold(2 + axis, extent, kind.stride[axis])
        windows = windows[..., :: gap[0], :: gap[1]]
        for row in range(windows.shape[2]):
            yield windows[:, :, row].permute(2, 0, 1, 3, 4).flatten(2)
