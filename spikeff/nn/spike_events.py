"""Spikes as events: sums over the few spikes in place of products with the whole weight matrix.

Under the latency and the burst code each channel starts once per sample, so the input current
changes only by its new spikes; and few neurons of a layer spike in a step. Sums over these events
equal the dense products over all steps, forward and in the weight change (up to the order of the
additions).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
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
# Numbers of a step's input current from which sums of rows are faster than a dense product.
STEP_EVENTS_FROM = 2**14


@dataclass(frozen=True, eq=False)
class SpikeEvents:
    """Spikes (steps, samples, channels), nonzero where there is one.

    Attributes:
        spikes: (steps, samples, channels).
        lasting: Whether a channel also spikes at all steps after the one that is marked.
        device: Where results are wanted.
        size: Value of one spike.
    """

    spikes: Array
    lasting: bool
    device: torch.device
    size: float = 1.0

    @classmethod
    def of(cls, spikes: Array, device: torch.device) -> SpikeEvents:
        """Events of spikes bool (steps, samples, channels).

        If every channel that has spiked spikes at all later steps, only first spikes are stored.
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
        """The spikes as a dense tensor (steps, samples, channels), each with the value ``size``."""
        spikes = np.maximum.accumulate(self.spikes) if self.lasting else self.spikes
        return torch.from_numpy(spikes).to(self.device, torch.get_default_dtype()) * self.size

    @classmethod
    def joined(cls, parts: Sequence[SpikeEvents]) -> SpikeEvents:
        """The samples of all ``parts``, which have the same size of spikes, one after the other."""
        lasting = {part.lasting for part in parts}
        if len(lasting) == 1:
            return replace(parts[0], spikes=np.concatenate([part.spikes for part in parts], 1))
        whole = [np.maximum.accumulate(p.spikes) if p.lasting else p.spikes for p in parts]
        return replace(parts[0], spikes=np.concatenate(whole, 1), lasting=False)

    def part(self, samples: slice | Array) -> SpikeEvents:
        """Those of some samples."""
        return replace(self, spikes=self.spikes[:, samples])

    def dropped(self, share: float, generator: torch.Generator) -> SpikeEvents:
        """Drop a random ``share`` of each sample's channels and scale up the spikes of the others.

        The mean input current stays the same. Source: Srivastava et al., "Dropout", Journal of
        Machine Learning Research 15, 2014, section 10 (scaled in training, not afterwards).
        """
        if not share:
            return self
        kept = torch.rand(self.samples, self.channels, generator=generator).numpy() >= share
        return replace(self, spikes=self.spikes & kept, size=self.size / (1.0 - share))

    def drive(self, weight: Tensor) -> Tensor:
        """Input current (steps, samples, neurons) through ``weight`` (neurons, channels)."""
        rows = self.steps * self.samples
        if compiling_pays(rows * len(weight), weight.device):
            arriving = _sums(*self._by_sample, weight.t(), rows)
        else:
            arriving = self._table.to(weight.dtype) @ weight.t()
        return self.current(arriving.reshape(self.steps, self.samples, -1))

    def current(self, arriving: Tensor) -> Tensor:
        """Input current from the sums of weights over the spikes that are stored, in place.

        Args:
            arriving: (steps, samples, neurons).
        """
        if self.lasting:
            for step in range(1, self.steps):
                arriving[step] += arriving[step - 1]
        return arriving if self.size == 1.0 else arriving.mul_(self.size)

    def weight_change(self, drive_error: Tensor) -> Tensor:
        """:func:`weight_change` of these spikes, (neurons, channels).

        Args:
            drive_error: Error signal of the input current, (steps, samples, neurons).
        """
        errors = self.errors(drive_error).flatten(0, 1)
        if compiling_pays(drive_error.numel(), drive_error.device):
            change = _sums(*self.by_channel, errors, self.channels).t()
        else:
            change = (self._table_by_channel.to(errors.dtype) @ errors).t()
        return change if self.size == 1.0 else change.mul_(self.size)

    def errors(self, drive_error: Tensor) -> Tensor:
        """Error signal of each spike that is stored, without its size.

        Args:
            drive_error: Of the input current, (steps, samples, neurons).
        """
        return _summed_from(drive_error) if self.lasting else drive_error

    @property
    def _flat(self) -> Array:
        return self.spikes.reshape(-1, self.channels)

    @cached_property
    def _by_sample(self) -> tuple[Array, Array]:
        from spikeff.nn.neurons.lif_kernels import index_rows

        starts = np.empty(len(self._flat) + 1, np.int64)
        return starts, index_rows(self._flat, starts)

    @cached_property
    def by_channel(self) -> tuple[Array, Array]:
        """Where the spikes of each channel begin, and the step and sample of all of them."""
        from spikeff.nn.neurons.lif_kernels import transposed_index

        return transposed_index(*self._by_sample, self.channels)

    @cached_property
    def _table(self) -> Tensor:
        return _table(self._flat, self.device)

    @cached_property
    def _table_by_channel(self) -> Tensor:
        dense = dense_products_pay(self.device)
        return self._table.t() if dense else _table(self._flat.T, self.device)


Incoming = Tensor | SpikeEvents


def heard(spikes: Tensor) -> Incoming:
    """A layer's spikes (steps, samples, neurons) as input of the next; events if they are few."""
    few = compiling_pays(spikes.numel(), spikes.device) and spikes.mean().item() < DENSE_FROM
    return SpikeEvents(spikes.numpy(), False, spikes.device) if few else spikes


def drive_of_step(spikes: Tensor, weight: Tensor) -> Tensor:
    """Input current (samples, neurons) of the spikes of one step, (samples, channels).

    A run has many steps, so that compiled sums pay for fewer numbers than elsewhere.
    """
    large = spikes.device.type == "cpu" and len(spikes) * len(weight) >= STEP_EVENTS_FROM
    if not large or spikes.mean().item() >= DENSE_FROM:
        return spikes @ weight.t()
    events = SpikeEvents(spikes[None].numpy(), False, spikes.device)
    return _sums(*events._by_sample, weight.t(), len(spikes))


def weight_change(drive_error: Tensor, spikes: Tensor) -> Tensor:
    """Weight change (neurons, inputs), towards higher goodness where the modulation is positive.

    Args:
        drive_error: Error signal of the input current, (steps, samples, neurons).
        spikes: Incoming, (steps, samples, inputs).
    """
    return (spikes.flatten(0, 1).t() @ drive_error.flatten(0, 1)).t()


def change_of(drive_error: Tensor, incoming: Incoming) -> Tensor:
    """:func:`weight_change` of incoming spikes, as events or dense."""
    if isinstance(incoming, SpikeEvents):
        return incoming.weight_change(drive_error)
    return weight_change(drive_error, incoming)


def dense_products_pay(device: torch.device) -> bool:
    """Whether products with all of the weight matrix are faster there than sparse ones: on GPUs."""
    return device.type != "cpu"


def _summed_from(drive_error: Tensor) -> Tensor:
    """Sum of the errors of each step and all later ones: an onset adds current to all of them."""
    summed = torch.empty_like(drive_error)
    summed[-1] = drive_error[-1]
    for step in range(len(drive_error) - 2, -1, -1):
        torch.add(drive_error[step], summed[step + 1], out=summed[step])
    return summed


def _sums(starts: Array, indices: Array, table: Tensor, rows: int) -> Tensor:
    from spikeff.nn.neurons.lif_kernels import sum_rows

    sums = torch.empty(rows, table.shape[1], dtype=table.dtype)
    sum_rows(starts, indices, table.detach().contiguous().numpy(), sums.numpy())
    return sums


def _table(spikes: Array, device: torch.device) -> Tensor:
    """Spikes as a matrix: dense where that pays, else sparse."""
    if dense_products_pay(device):
        return torch.from_numpy(spikes).to(device, torch.get_default_dtype())
    rows, columns = np.nonzero(spikes)
    starts = np.zeros(len(spikes) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(spikes)), out=starts[1:])
    with warnings.catch_warnings():
        # torch warns once per process that sparse CSR tensors are in beta.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(starts),
            torch.from_numpy(columns),
            torch.ones(len(columns)),
            size=spikes.shape,
            device=device,
        )
