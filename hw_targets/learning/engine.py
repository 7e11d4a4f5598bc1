"""Loihi's learning engine for one connection, for many devices side by side.

Equal to Lava's ``LearningDense`` in fixed point in weights, tags and traces, bit for bit, where the
rounding is shared (``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0): every step takes
the spikes of both sides and, with third factors, what the target's neurons send as y1, y2 and y3;
every ``epoch``-th step the rule is applied, traces move on, and the spikes are forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hw_targets.learning.kernels import apply
from hw_targets.learning.randomness import PerSynapse, Rounding, SharedStream
from hw_targets.learning.terms import TARGETS, terms
from hw_targets.learning.traces import NO_DECAY, Traces
from lava_export.chips.limits import weight_range
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import SHARED, Plasticity

TAG_BOUNDS, DELAY_BOUNDS = (-257, 255), (0, 255)
NO_RANDOM = np.zeros((1, 1))


class LearningEngine:
    """Plastic synapses of a connection, on as many devices as it has weights for.

    Attributes:
        state: w, t and d of every device, int16 (devices, 3, sources, targets).
        updates: Synapses that the engine has worked on, of each device, int64 (devices,).
    """

    def __init__(
        self,
        rule: Plasticity,
        weights: Array,
        sign_mode: str = "mixed",
        seeds: Sequence[int] = (0,),
        tags: int = 0,
        delays: int = 0,
    ) -> None:
        """Start at rest.

        Args:
            weights: Whole numbers (devices, targets, sources).
            sign_mode: Of the weights.
            seeds: One for each device; with shared rounding that of Lava's rule.
            tags: Every t at the start.
            delays: Every d at the start.

        Raises:
            DescriptionError: Weights that are not one matrix for each seed.
        """
        if weights.ndim != 3 or len(weights) != len(seeds):
            raise DescriptionError(
                f"learning engine: weights of shape {weights.shape} for {len(seeds)} seeds; give "
                f"(devices, targets, sources), and a seed for each device."
            )
        self.rule = rule
        devices, targets, sources = weights.shape
        self.state = np.empty((devices, 3, sources, targets), np.int16)
        self.state[:, 0] = weights.transpose(0, 2, 1)
        self.state[:, 1], self.state[:, 2] = tags, delays
        shared = rule.rounding == SHARED
        # Lava lets what neurons send decay a little, which per-synapse rounding leaves out.
        sent = [NO_DECAY if shared else np.inf] * 3
        taus = sent if rule.third_factors else [rule.y1_tau, rule.y2_tau, rule.y3_tau]
        impulses = [rule.y1_impulse, rule.y2_impulse, rule.y3_impulse]
        self.x = Traces(
            devices, sources, [rule.x1_impulse, rule.x2_impulse], [rule.x1_tau, rule.x2_tau]
        )
        self.y = Traces(devices, targets, impulses, taus)
        self.updates = np.zeros(devices, np.int64)
        self._rounding: Rounding = SharedStream(seeds) if shared else PerSynapse(seeds)
        self._decimation = rule.decimation
        self._terms = terms(rule)
        self._changed = np.array([bool(getattr(rule, name)) for name in TARGETS])
        low, high = weight_range(sign_mode)
        step = rule.weight_step
        grid = (-(-low // step) * step, high // step * step)
        self._bounds = np.array([grid, TAG_BOUNDS, DELAY_BOUNDS])
        self._spacing = np.array([step, 1, 1])
        self._edge = np.full(devices, tags <= TAG_BOUNDS[0])
        self._steps = 0

    @property
    def weights(self) -> Array:
        """(devices, targets, sources)."""
        return self.state[:, 0].transpose(0, 2, 1)

    @property
    def tags(self) -> Array:
        """(devices, targets, sources)."""
        return self.state[:, 1].transpose(0, 2, 1)

    @property
    def delays(self) -> Array:
        """(devices, targets, sources)."""
        return self.state[:, 2].transpose(0, 2, 1)

    def step(self, before: Array, after: Array, sent: Array | None = None) -> None:
        """Take one step.

        Args:
            before: Spikes of the sources, bool (devices, sources).
            after: Spikes that the targets send back, bool (devices, targets).
            sent: With third factors y1, y2 and y3, int (devices, 3, targets).
        """
        self._steps += 1
        epoch = self.rule.epoch
        within = (self._steps - 1) % epoch + 1
        self.x.spike(before, within, None, slice(0, 2))
        self._rounding.draw_traces()
        if after.any() or epoch > 1:
            targets = after.shape[1]
            impulse = self._rounding.impulse(1, targets) if self.y.rounds else NO_RANDOM
            self.y.spike(after, within, impulse, slice(0, 3))
        if sent is not None:
            self.y.values[:] = sent
        self._rounding.draw_traces()
        if within == epoch:
            self._end_epoch()

    def _end_epoch(self) -> None:
        drawn, keys = self._rounding.draw_synapses()
        k, sent = self._decimation, self.rule.third_factors
        due = k is not None and self._steps // self.rule.epoch % 2**k == 0
        quiet = self._quiet(due)
        x = self._history(0, self.x)
        self.x.values = x[:, -1].copy()
        if quiet and sent:
            self._forget()
            return
        y = self._history(1, self.y)
        if not sent:
            self.y.values = y[:, -1].copy()
        if quiet:
            self._forget()
            return
        t = self._terms
        table = (t.target, t.dependency, t.scale, t.left, t.needs_x, t.read, t.needs_t, t.factors)
        for device in range(len(self.state)):
            worked, self._edge[device] = apply(
                self.state[device],
                self._changed,
                self._spacing,
                self._bounds,
                table,
                x[device],
                y[device],
                self.x.last[device],
                self.y.last[device],
                due,
                self._edge[device],
                drawn[device],
                keys[device],
            )
            self.updates[device] += worked
        self._forget()

    def arrays(self) -> dict[str, Array]:
        """All that changes, to go on from."""
        return {
            "synapses": self.state,
            "x": self.x.values,
            "y": self.y.values,
            "last_x": self.x.last,
            "last_y": self.y.last,
            "edge": self._edge,
            "updates": self.updates,
            "engine_steps": np.array([self._steps]),
        }

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go on from :meth:`arrays`, in an engine that has taken no step.

        Raises:
            KeyError: An array is missing.
            ValueError: One does not fit.
        """
        for name, own in self.arrays().items():
            own[:] = arrays[name]
        self._steps = int(arrays["engine_steps"][0])
        self._rounding.skip(self._steps, self._steps // self.rule.epoch)

    def _history(self, side: int, traces: Traces) -> Array:
        neurons = traces.last.shape[1]
        decay = self._rounding.decay(side, neurons) if traces.decays else NO_RANDOM
        impulse = self._rounding.impulse(side, neurons) if traces.rounds else NO_RANDOM
        return traces.history(self.rule.epoch, decay, impulse)

    def _quiet(self, due: bool) -> bool:
        """Whether no product counts, so that no synapse changes."""
        spikes = (self.x.last, self.y.last)
        counts = [spikes[k].any() if k < 2 else due for k in self._terms.dependency]
        return not (any(counts) or self._edge.any())

    def _forget(self) -> None:
        """Spikes are forgotten at the end of every epoch."""
        self.x.last[:] = 0
        self.y.last[:] = 0
