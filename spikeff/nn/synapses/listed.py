"""Synapses by the list of their connectivity: the default for kinds without their own class."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from spikeff.ir.connectivity import Connectivity
from spikeff.nn.synapses.base import Synapses

# Most products of errors with spikes that are held in memory at once.
PRODUCTS = 2**22


class ListedSynapses(Synapses[Connectivity]):
    """Weights of any shape, multiplied with spikes as a sparse matrix.

    Attributes:
        post: Target of every synapse, (synapses,), in ascending order.
        pre: Source of every synapse, (synapses,).
        place: Index of its weight in the flattened weights, (synapses,).
        starts: Where the synapses of each target begin, (target + 1,).
    """

    post: Tensor
    pre: Tensor
    place: Tensor
    starts: Tensor

    def __init__(
        self, connectivity: Connectivity, target: int, source: int, generator: torch.Generator
    ) -> None:
        super().__init__(connectivity, target, source, generator)
        listed = connectivity.synapses(self.weight_shape)
        starts = np.searchsorted(listed.post, np.arange(target + 1))
        index = {"post": listed.post, "pre": listed.pre, "place": listed.weight, "starts": starts}
        for name, array in index.items():
            tensor = torch.from_numpy(array.astype(np.int64))
            self.register_buffer(name, tensor, persistent=False)

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        rows = spikes.reshape(-1, self.source)
        currents = (self._matrix() @ rows.t()).t().contiguous()
        return currents.reshape(*spikes.shape[:-1], self.target)

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        by_synapse = torch.zeros_like(self.post, dtype=self.weight.dtype)
        at_once = max(1, PRODUCTS // max(1, len(self.post)))
        errors, incoming = (x.flatten(0, 1).split(at_once) for x in (drive_error, spikes))
        for error, arrived in zip(errors, incoming, strict=True):
            by_synapse += (error[:, self.post] * arrived[:, self.pre]).sum(0)
        total = torch.zeros(self.weight.numel(), dtype=by_synapse.dtype, device=by_synapse.device)
        # Synapses that share a weight add up.
        return total.index_add_(0, self.place, by_synapse).reshape(self.weight_shape)

    def error_below(self, drive_error: Tensor) -> Tensor:
        """See :meth:`Synapses.error_below`."""
        by_synapse = drive_error[:, self.post] * self.weight.reshape(-1)[self.place]
        error = drive_error.new_zeros((len(drive_error), self.source))
        return error.index_add_(1, self.pre, by_synapse)

    def _matrix(self) -> Tensor:
        with warnings.catch_warnings():
            # torch warns once per process that sparse CSR tensors are in beta.
            warnings.simplefilter("ignore", UserWarning)
            return torch.sparse_csr_tensor(
                self.starts,
                self.pre,
                self.weight.reshape(-1)[self.place],
                size=(self.target, self.source),
            )
