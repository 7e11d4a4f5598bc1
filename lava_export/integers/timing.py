"""When things happen in Lava, where every connection costs a step.

Time steps count from 1. ``Dense`` sends what it accumulated one step before
(``lava/proc/dense/models.py``), so a population of depth p runs ``1 + p`` steps behind the input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import BLANK, INPUT, NetworkDescription

# lava/proc/dense/models.py, PyDelayDenseModelBitAcc.
DELAY_MAX = 63


@dataclass(frozen=True)
class Timing:
    """Time steps of a run of ``samples`` samples, one every ``period`` steps.

    Attributes:
        steps: Steps of one sample, without its idle steps.
        warm_up: Steps before the first sample.
        depths: Depth of every population, by name.
        latency: Steps that spikes of the host take before they reach the first synapses.
    """

    steps: int
    period: int
    samples: int
    warm_up: int
    depths: dict[str, int]
    latency: int = 0

    @property
    def total(self) -> int:
        """Time steps until the deepest population has finished the last sample."""
        return self.start(max(self.depths, key=lambda name: self.depths[name])) - 1 + self.recorded

    @property
    def recorded(self) -> int:
        """Time steps of all samples together."""
        return self.samples * self.period

    def start(self, population: str) -> int:
        """Time step in which ``population`` does local step 0 of the first sample."""
        return self.warm_up + 2 + self.latency + self.depths[population]

    def extra_delay(self, connection: Connection | IntegerConnection) -> int:
        """Steps that a connection must wait beyond the one that Lava always takes.

        Raises:
            DescriptionError: Lava is too slow for the connection.
            LimitError: The wait is longer than a synapse can delay.
        """
        depths = self.depths | {INPUT: -1}
        source, target = connection.source, connection.target
        if source == BLANK:
            return 0
        extra = connection.delay + depths[target] - depths[source] - 1
        owner = f"connection {source}->{target}"
        if extra < 0:
            raise DescriptionError(
                f"{owner}: delay {connection.delay} from depth {depths[source]} to depth "
                f"{depths[target]} is shorter than the step that every connection takes in Lava; "
                f"give it a delay of at least {connection.delay - extra} or place "
                f"{target!r} deeper."
            )
        if extra > DELAY_MAX:
            raise LimitError(
                f"{owner}: it has to wait {extra} steps beyond its own; the most is {DELAY_MAX}: "
                f"shorten its delay of {connection.delay} or skip fewer populations."
            )
        return extra

    def input_rows(self, inputs: Array) -> Array:
        """Bits of the input by time step: uint8 (total, ceil(channels / 8)).

        Args:
            inputs: bool (steps, samples, channels).
        """
        bits = np.packbits(inputs, axis=2)
        rows = np.zeros((self.total, bits.shape[2]), np.uint8)
        samples = rows[self.warm_up : self.warm_up + self.recorded]
        samples.reshape(self.samples, self.period, -1)[:, : self.steps] = bits.transpose(1, 0, 2)
        return rows

    def blanking_rows(self, target: str) -> Array:
        """When the blanking line spikes so that it reaches ``target`` in its idle steps.

        Bits uint8 (total, 1), one channel. The warm-up is blanked like a sample.
        """
        step = np.arange(1, self.total + 1) + 1 + self.latency - self.start(target)
        started = step >= -self.warm_up
        return np.packbits((started & (step % self.period >= self.steps))[:, np.newaxis], axis=1)

    def local(self, record: Array, population: str) -> Array:
        """Cut ``record``, (total, neurons), into local time: (period, samples, neurons)."""
        first = self.start(population) - 1
        samples = record[first : first + self.recorded]
        return samples.reshape(self.samples, self.period, -1).transpose(1, 0, 2)


def require_timing(network: NetworkDescription | IntegerNetwork) -> None:
    """Raise where a chip, on which every connection takes a step, cannot time a network.

    Raises:
        DescriptionError: A connection would have to be faster than that.
        LimitError: A connection would have to wait longer than a synapse can.
    """
    timing = timing_of(network, samples=1)
    for connection in network.connections:
        timing.extra_delay(connection)


def timing_of(
    network: NetworkDescription | IntegerNetwork, samples: int, latency: int = 0
) -> Timing:
    """Timing of ``samples`` samples of ``network``, whose input arrives ``latency`` steps late.

    Where there are idle steps, one period without input comes first: a population that is driven
    by its bias could otherwise bring spikes from before the first sample into it.
    """
    for c in network.connections:
        if c.source == BLANK and c.delay:
            raise DescriptionError(
                f"connection {c.source}->{c.target}: delay = {c.delay}; the blanking line must "
                f"arrive at once: give it delay 0."
            )
    return Timing(
        steps=network.steps,
        period=network.period,
        samples=samples,
        warm_up=network.period if network.idle_steps else 0,
        depths={p.name: p.depth for p in network.populations},
        latency=latency,
    )
