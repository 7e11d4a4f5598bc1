"""Spikes as events: a few spikes move a few columns of the weights, not the whole matrix.

Under the latency and the burst code each channel starts once per sample, so the drive changes only
by its new spikes; and few neurons of a layer spike in a step. Sums over these events give what the
dense products over all steps give, forward and in the weight change (in another order).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.nn.neurons.lif import compiling_pays

# Share of neurons that spike in a step from which a dense product is faster than sums of rows.
DENSE_FROM = 0.2


@dataclass(frozen=True, eq=False)
class SpikeEvents:
    """Spikes (steps, samples, channels), nonzero where there is one.

    lasting : channels spike at all steps after the one given here as well.
    size : what one spike counts.
    """

    spikes: Array
    lasting: bool
    device: torch.device
    size: float = 1.0

    @classmethod
    def of(cls, spikes: Array, device: torch.device) -> SpikeEvents:
        """Of spikes bool (steps, samples, channels).

        Where every channel, once it spikes, spikes at all later steps, only first spikes are kept.
        """
        if not all((later >= now).all() for now, later in pairwise(spikes)):
            return cls(spikes, False, device)
        onsets = spikes.copy()
        for step in range(1, len(spikes)):
            np.greater(spikes[step], spikes[step - 1], out=onsets[step])
        return cls(onsets, True, device)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.spikes.shape[0])

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.spikes.shape[1])

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.spikes.shape[2])

    def dense(self) -> Tensor:
        """The spikes as numbers, (steps, samples, channels), each of its size."""
        spikes = np.maximum.accumulate(self.spikes) if self.lasting else self.spikes
        return torch.from_numpy(spikes).to(self.device, torch.get_default_dtype()) * self.size

    def part(self, samples: slice | Array) -> SpikeEvents:
        """Those of some samples."""
        return replace(self, spikes=self.spikes[:, samples])

    def dropped(self, share: float, generator: torch.Generator) -> SpikeEvents:
        """Without a random ``share`` of each sample's channels; the spikes of the rest count more.

        What arrives stays the same on average. Source: Srivastava et al., "Dropout", Journal of
        Machine Learning Research 15, 2014, section 10 (scaled in training, not afterwards).
        """
        if not share:
            return self
        kept = torch.rand(self.samples, self.channels, generator=generator).numpy() >= share
        return replace(self, spikes=self.spikes & kept, size=self.size / (1.0 - share))

    def drive(self, weight: Tensor) -> Tensor:
        """Summed weights (steps, samples, neurons) that arrive; weight (neurons, channels)."""
        rows = self.steps * self.samples
        if compiling_pays(rows * len(weight), weight.device):
            arriving = _sums(*self._by_sample, weight.t(), rows)
        else:
            arriving = self._sparse_by_sample.to(weight.dtype) @ weight.t()
        drive = arriving.reshape(self.steps, self.samples, -1)
        if self.lasting:
            for step in range(1, self.steps):
                drive[step] += drive[step - 1]
        return drive if self.size == 1.0 else drive.mul_(self.size)

    def weight_change(self, drive_error: Tensor) -> Tensor:
        """``learning_rule.weight_change`` of these spikes.

        drive_error : (steps, samples, neurons); returns (neurons, channels).
        """
        if self.lasting:
            drive_error = _later_too(drive_error)
        errors = drive_error.flatten(0, 1)
        if compiling_pays(drive_error.numel(), drive_error.device):
            change = _sums(*self._by_channel, errors, self.channels).t()
        else:
            change = (self._sparse_by_channel.to(errors.dtype) @ errors).t()
        return change if self.size == 1.0 else change.mul_(self.size)

    @property
    def _flat(self) -> Array:
        return self.spikes.reshape(-1, self.channels)

    @cached_property
    def _by_sample(self) -> tuple[Array, Array]:
        from spikeff.nn.neurons.lif_kernels import index_rows

        starts = np.empty(len(self._flat) + 1, np.int64)
        return starts, index_rows(self._flat, starts)

    @cached_property
    def _by_channel(self) -> tuple[Array, Array]:
        from spikeff.nn.neurons.lif_kernels import turned

        return turned(*self._by_sample, self.channels)

    @cached_property
    def _sparse_by_sample(self) -> Tensor:
        return _sparse(self._flat, self.device)

    @cached_property
    def _sparse_by_channel(self) -> Tensor:
        return _sparse(self._flat.T, self.device)


Incoming = Tensor | SpikeEvents


def heard(spikes: Tensor) -> Incoming:
    """A layer's spikes (steps, samples, neurons) as the layer above takes them: few as events."""
    few = compiling_pays(spikes.numel(), spikes.device) and spikes.mean().item() < DENSE_FROM
    return SpikeEvents(spikes.numpy(), False, spikes.device) if few else spikes


def weight_change(drive_error: Tensor, spikes: Tensor) -> Tensor:
    """Weight change (neurons, inputs), up the goodness where the modulation is positive.

    drive_error : (steps, samples, neurons).   spikes : incoming, (steps, samples, inputs).
    """
    return (spikes.flatten(0, 1).t() @ drive_error.flatten(0, 1)).t()


def change_of(drive_error: Tensor, incoming: Incoming) -> Tensor:
    """The weight change from what came in, as events or as dense spikes."""
    if isinstance(incoming, SpikeEvents):
        return incoming.weight_change(drive_error)
    return weight_change(drive_error, incoming)


def _later_too(drive_error: Tensor) -> Tensor:
    """Errors of each step and all later ones: an onset drives all that come after it."""
    summed = torch.empty_like(drive_error)
    summed[-1] = drive_error[-1]
    for step in range(len(drive_error) - 2, -1, -1):
        torch.add(drive_error[step], summed[step + 1], out=summed[step])
    return summed


def _sums(starts: Array, found: Array, table: Tensor, rows: int) -> Tensor:
    from spikeff.nn.neurons.lif_kernels import sum_rows

    sums = torch.empty(rows, table.shape[1], dtype=table.dtype)
    sum_rows(starts, found, table.detach().contiguous().numpy(), sums.numpy())
    return sums


def _sparse(spikes: Array, device: torch.device) -> Tensor:
    rows, columns = np.nonzero(spikes)
    starts = np.zeros(len(spikes) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(spikes)), out=starts[1:])
    with warnings.catch_warnings():
        # torch announces once per process that its sparse rows are in beta.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(starts),
            torch.from_numpy(columns),
            torch.ones(len(columns)),
            size=spikes.shape,
            device=device,
        )
