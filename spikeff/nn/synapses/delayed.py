"""Synapses that each delay a spike by a number of steps of their own, which can be learned.

A synapse of weight w and delay d from source i adds ``w s_i(t - d)`` to the input current of its
target, whose error signal is e(t). The change of its weight and that of its delay come from the
same correlation of error and spikes, one at the delay and one beside it::

    c(d) = sum_t e(t) s_i(t - d)
    dw   = c(d)
    dd   = w sum_k (c(d + k) - c(d - k)) / 2k,    k = 1 .. reach

With reach 1, dd is the derivative by the delay as a central difference. An excitatory synapse so
moves to where its spikes arrive when the target's error wants more current, an inhibitory one to
where it wants less. Errors and spikes are those that the weight sees: nothing is sent that a rule
for weights does not send, and a synapse needs the trace of its spikes a few steps early and late.
The delay is kept as a float and takes effect rounded.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from spikeff.ir.connectivity import Connectivity
from spikeff.nn.delay_settings import UNIFORM, DelaySettings
from spikeff.nn.spike_events import SpikeEvents, change_of, heard
from spikeff.nn.synapses.base import LearnedDelays, Synapses


class DelayedSynapses(Synapses[Connectivity]):
    """Weights and delays of any connectivity, multiplied with a bank of delayed spikes.

    The bank holds each source once for every delay: lag by lag, the sources within each. Synapses
    that share a weight share its delay.

    Attributes:
        delays: How many steps there are, and how they are learned.
        delay: Of each weight, in steps, of the shape of ``weight``.
        post: Target of every synapse, (synapses,).
        pre: Source of every synapse, (synapses,).
        place: Index of its weight in the flattened weights, (synapses,).
    """

    delay: Tensor
    post: Tensor
    pre: Tensor
    place: Tensor

    def __init__(
        self,
        connectivity: Connectivity,
        target: int,
        source: int,
        generator: torch.Generator,
        delays: DelaySettings,
    ) -> None:
        super().__init__(connectivity, target, source, generator)
        self.delays = delays
        self.delay = nn.Parameter(self._initial_delays(generator), requires_grad=False)
        listed = connectivity.synapses(self.weight_shape)
        index = {"post": listed.post, "pre": listed.pre, "place": listed.weight}
        for name, array in index.items():
            self.register_buffer(name, torch.from_numpy(array.astype(np.int64)), persistent=False)

    def _initial_delays(self, generator: torch.Generator) -> Tensor:
        most = self.delays.max_delay
        if self.delays.initial == UNIFORM:
            return torch.randint(most + 1, self.weight_shape, generator=generator).to(self.weight)
        return torch.zeros_like(self.weight)

    @property
    def steps(self) -> Tensor:
        """Delay of each weight as it takes effect: whole steps, int64."""
        return self.delay.round().long()

    @property
    def learned_delays(self) -> list[LearnedDelays]:
        """See :meth:`Synapses.learned_delays`."""
        return [LearnedDelays(self.delay, self.delays)] if self.delays.learned else []

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`; of whole samples (steps, samples, source) alone."""
        incoming = heard(spikes)
        if isinstance(incoming, SpikeEvents):
            return self.drive_events(incoming)
        return _delayed(spikes, self._lags) @ self._bank().t()

    def drive_at(self, step: int, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive_at`."""
        lags = min(step + 1, self._lags)
        sent = spikes[step - lags + 1 : step + 1].flip(0).transpose(0, 1).flatten(1)
        return sent @ self._bank()[:, : sent.shape[1]].t()

    def drive_events(self, events: SpikeEvents) -> Tensor:
        """See :meth:`Synapses.drive_events`."""
        return _delayed_events(events, self._lags).drive(self._bank())

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        return self.changes(drive_error, spikes)[0]

    def changes(self, drive_error: Tensor, spikes: Tensor | SpikeEvents) -> list[Tensor]:
        """See :meth:`Synapses.changes`."""
        incoming = heard(spikes) if isinstance(spikes, Tensor) else spikes
        few = isinstance(incoming, SpikeEvents)
        banked = (_delayed_events if few else _delayed)(incoming, self._lags)  # type: ignore[arg-type]
        by_lag = change_of(drive_error, banked).reshape(self.target, self._lags, self.source)
        changes = [self._by_weight(self._at(by_lag, 0))]
        return [*changes, self._shift(by_lag)] if self.delays.learned else changes

    def error_at(self, step: int, drive_error: Tensor) -> Tensor:
        """See :meth:`Synapses.error_at`."""
        arriving = drive_error[step : step + self._lags]
        bank = self._bank().reshape(self.target, self._lags, self.source)
        return torch.einsum("lnt,tls->ns", arriving, bank[:, : len(arriving)])

    @property
    def _lags(self) -> int:
        return self.delays.max_delay + 1

    def _bank(self) -> Tensor:
        """Weights from the bank of delayed spikes, (target, lags x source)."""
        bank = self.weight.new_zeros((self.target, self._lags, self.source))
        lag = self.steps.reshape(-1)[self.place]
        bank[self.post, lag, self.pre] = self.weight.reshape(-1)[self.place]
        return bank.flatten(1)

    def _at(self, by_lag: Tensor, further: int) -> Tensor:
        """Correlation of each synapse, ``further`` steps beyond its delay, within the bank."""
        lag = (self.steps.reshape(-1)[self.place] + further).clamp(0, self._lags - 1)
        return by_lag[self.post, lag, self.pre]

    def _by_weight(self, by_synapse: Tensor) -> Tensor:
        """Sum over the synapses of each weight."""
        total = by_synapse.new_zeros(self.weight.numel())
        return total.index_add_(0, self.place, by_synapse).reshape(self.weight_shape)

    def _shift(self, by_lag: Tensor) -> Tensor:
        """Change of the delays."""
        sides = range(1, self.delays.reach + 1)
        slope = sum((self._at(by_lag, k) - self._at(by_lag, -k)) / (2 * k) for k in sides)
        assert isinstance(slope, Tensor)
        return self._by_weight(slope) * self.weight


def _delayed(spikes: Tensor, lags: int) -> Tensor:
    """Spikes (steps, samples, source) as their bank, (steps, samples, lags x source)."""
    steps, samples, source = spikes.shape
    bank = spikes.new_zeros((steps, samples, lags, source))
    for lag in range(min(lags, steps)):
        bank[lag:, :, lag] = spikes[: steps - lag]
    return bank.flatten(2)


def _delayed_events(events: SpikeEvents, lags: int) -> SpikeEvents:
    """The same of events: a channel that lasts from its onset lasts from its delayed onset."""
    steps, samples, source = events.spikes.shape
    bank = np.zeros((steps, samples, lags, source), events.spikes.dtype)
    for lag in range(min(lags, steps)):
        bank[lag:, :, lag] = events.spikes[: steps - lag]
    return replace(events, spikes=bank.reshape(steps, samples, lags * source))
