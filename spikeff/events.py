"""Input spikes as events: a few spikes move a few columns of the weights, not the whole matrix.

Under the latency and the burst code each channel starts once per sample, so the drive changes only
by its new spikes. Sparse products over these events give what the dense products over all steps
give, forward and in the weight change (as sums in another order).
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from spikeff.description import Array
from spikeff.learning_rule import weight_change


class SpikeEvents:
    """Spikes bool (steps, samples, channels) as two sparse matrices, by sample and by channel.

    Where every channel, once it spikes, spikes at all later steps, only the first spikes are kept
    and ``lasting`` is true.
    """

    def __init__(self, spikes: Array, device: torch.device) -> None:
        self.steps, self.samples, self.channels = spikes.shape
        self.lasting = bool((spikes[1:] >= spikes[:-1]).all())
        if self.lasting:
            spikes = np.concatenate([spikes[:1], spikes[1:] & ~spikes[:-1]])
        rows, columns = np.nonzero(spikes.reshape(self.steps * self.samples, self.channels))
        by_channel = np.argsort(columns, kind="stable")
        size = (self.steps * self.samples, self.channels)
        self._by_sample = _sparse(rows, columns, size, device)
        self._by_channel = _sparse(columns[by_channel], rows[by_channel], size[::-1], device)

    def drive(self, weight: Tensor) -> Tensor:
        """Summed weights (steps, samples, neurons) that arrive; weight (neurons, channels)."""
        arriving = self._by_sample @ weight.t()
        drive = arriving.reshape(self.steps, self.samples, -1)
        return drive.cumsum_(0) if self.lasting else drive

    def weight_change(self, drive_error: Tensor) -> Tensor:
        """``learning_rule.weight_change`` of these spikes.

        drive_error : (steps, samples, neurons); returns (neurons, channels).
        """
        if self.lasting:
            # An onset drives all later steps, so it hears the errors of all later steps.
            drive_error = drive_error.flip(0).cumsum_(0).flip(0)
        return (self._by_channel @ drive_error.flatten(0, 1)).t()


def change_of(drive_error: Tensor, incoming: Tensor | SpikeEvents) -> Tensor:
    """The weight change from what came in, as events or as dense spikes."""
    if isinstance(incoming, SpikeEvents):
        return incoming.weight_change(drive_error)
    return weight_change(drive_error, incoming)


def _sparse(rows: Array, columns: Array, size: tuple[int, ...], device: torch.device) -> Tensor:
    starts = np.zeros(size[0] + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=size[0]), out=starts[1:])
    with warnings.catch_warnings():
        # torch announces once per process that its sparse rows are in beta.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(starts),
            torch.from_numpy(columns),
            torch.ones(len(columns)),
            size=size,
            device=device,
        )
