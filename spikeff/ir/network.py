"""NetworkDescription: a discrete-time spiking network, complete and frozen.

Dynamics of every population, per step of ``dt`` seconds, in this order (Norse's
``lif_feed_forward_step``, Pehle and Pedersen 2021)::

    i    <- i + sum over connections of weights @ spikes of the source, `delay` steps ago
    v    <- v + dt / tau_mem * (v_leak - v + i)
    z    =  v > v_th            (strict)
    v[z] <- 0                   (i is not reset)
    i    <- i * (1 - dt / tau_syn)

Time is local: step ``k`` of a population is its ``k``-th step after the start of the sample.
Simulators in which every connection costs a step run population ``p`` ``p.depth`` steps late;
that known constant delay is taken out of every trace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, frozen_array, require_positive
from spikeff.ir.codes import InputCode, LabelCode, Readout
from spikeff.ir.connectivity import Connection
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.roles import LAYER, POPULATION_ROLES, require_ends, require_role
from spikeff.ir.sizes import MAX_DEPTH, require_few

INPUT = "input"
BLANK = "blank"


@dataclass(frozen=True, eq=False)
class Population:
    """Current-based LIF neurons that share their constants.

    Attributes:
        name: Unique within the network.
        size: Neurons.
        depth: Position in the pipeline; the first population after the input has 0.
        tau_syn: Synaptic time constant in seconds; infinite for a non-leaky synaptic current.
        tau_mem: Membrane time constant in seconds.
        v_th: Threshold.
        v_leak: (size,) leak potential, a constant input current.
        column_size: Neurons per column; columns are consecutive neurons.
        constraint_columns: This many of the last columns count against the goodness.
        spike_limit: Most spikes per neuron and sample, which the connections enforce; None for no
            limit.
        role: What the population is for (``spikeff.ir.roles``).

    Raises:
        DescriptionError: An unknown role, a constant outside its range, columns that the neurons do
            not fill, or ``v_leak`` of another shape or not finite.
    """

    name: str
    size: int
    depth: int
    tau_syn: float
    tau_mem: float
    v_th: float
    v_leak: Array
    column_size: int
    spike_limit: int | None = None
    constraint_columns: int = 0
    role: str = LAYER

    def __post_init__(self) -> None:
        owner = f"population {self.name!r}"
        settle_numbers(owner, self)
        require_role(owner, self.role, POPULATION_ROLES)
        for name in ("tau_syn", "tau_mem", "v_th"):
            require_positive(owner, name, getattr(self, name))
        if not math.isfinite(self.tau_mem) or not math.isfinite(self.v_th):
            raise DescriptionError(f"{owner}: tau_mem and v_th must be finite.")
        require_structure(owner, self)
        object.__setattr__(self, "v_leak", frozen_array(self.v_leak, np.float64))
        if self.v_leak.shape != (self.size,) or not np.isfinite(self.v_leak).all():
            raise DescriptionError(f"{owner}: v_leak must be {self.size} finite numbers.")


def require_structure(owner: str, population: Any) -> None:
    """Raise DescriptionError unless neurons fill columns and depth and spike limit make sense.

    Args:
        owner: The population, for the message.
        population: In floats or in integers.
    """
    p = population
    require_positive(owner, "size", p.size)
    require_few(owner, neurons=p.size)
    require_positive(owner, "column_size", p.column_size)
    if not 0 <= p.depth <= MAX_DEPTH:
        raise DescriptionError(f"{owner}: depth = {p.depth}; it must lie in 0 to {MAX_DEPTH}.")
    if p.size % p.column_size:
        raise DescriptionError(
            f"{owner}: {p.size} neurons do not fill columns of {p.column_size}; "
            f"choose a column size that divides {p.size}."
        )
    if not 0 <= p.constraint_columns <= p.size // p.column_size:
        raise DescriptionError(
            f"{owner}: constraint_columns = {p.constraint_columns} of {p.size // p.column_size} "
            f"columns; give 0 to all of them."
        )
    if p.spike_limit is not None and p.spike_limit < 1:
        raise DescriptionError(
            f"{owner}: spike_limit = {p.spike_limit}; give at least 1, or None for no limit."
        )


@dataclass(frozen=True, eq=False)
class NetworkDescription:
    """A whole network: what every simulator, the quantiser and the files agree on.

    Attributes:
        steps: Time steps of one sample.
        dt: Seconds per step.
        input: How data become input spikes.
        labels: Label channels of the input; None where there are none.
        populations: In the order of evaluation within a step.
        connections: Between them, from the input and from the blanking line.
        readout: How spikes become an answer.
        dataset: Name of the data set it was trained on.
        idle_steps: Silent steps after those of a sample, before the reset.
        provenance: Where the network comes from; for information only.

    Raises:
        DescriptionError: Parts that do not fit together (:func:`check_wiring`), or a time constant
            below ``dt``.
    """

    steps: int
    dt: float
    input: InputCode
    labels: LabelCode | None
    populations: tuple[Population, ...]
    connections: tuple[Connection, ...]
    readout: Readout
    dataset: str
    idle_steps: int = 0
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settle_numbers("network", self)
        require_times(self)
        check_wiring(self.sizes, self.connections, [p.name for p in self.populations])
        for population in self.populations:
            if population.tau_mem < self.dt or population.tau_syn < self.dt:
                raise DescriptionError(
                    f"population {population.name!r}: time constants tau_mem = "
                    f"{population.tau_mem} s, tau_syn = {population.tau_syn} s; each must be at "
                    f"least dt = {self.dt} s."
                )

    @property
    def input_size(self) -> int:
        """Channels of the population ``input``: pixels, then labels."""
        return self.input.pixels + (self.labels.channels if self.labels else 0)

    @property
    def sizes(self) -> dict[str, int]:
        """Neurons of every source of spikes by name, the input and the blanking line included."""
        sizes = {INPUT: self.input_size, BLANK: 1}
        return sizes | {p.name: p.size for p in self.populations}

    @property
    def period(self) -> int:
        """Steps from the start of one sample to the start of the next."""
        return self.steps + self.idle_steps

    def incoming(self, name: str) -> tuple[Connection, ...]:
        """Connections that end at the population ``name``."""
        return tuple(c for c in self.connections if c.target == name)


def require_times(network: Any) -> None:
    """Raise DescriptionError unless the steps of a network, and their length, can be run."""
    require_positive("network", "steps", network.steps)
    require_positive("network", "dt", network.dt)
    if not math.isfinite(network.dt) or network.idle_steps < 0:
        raise DescriptionError(
            f"network: dt = {network.dt} s, idle_steps = {network.idle_steps}; dt must be finite, "
            f"idle_steps at least 0."
        )
    late = [s for s in (network.labels.steps if network.labels else ()) if s >= network.steps]
    if late:
        raise DescriptionError(f"network: label steps {late} of {network.steps} steps.")


def check_wiring(sizes: dict[str, int], connections: tuple[Any, ...], names: list[str]) -> None:
    """Raise DescriptionError unless names are unique and every connection fits its ends.

    Also refuses zero-delay connections that run against the order of the populations, since no
    order of evaluation could satisfy them.
    """
    if not names:
        raise DescriptionError("network: it has no population; give it at least one.")
    reserved = {INPUT, BLANK} & set(names)
    if len(set(names)) != len(names) or reserved:
        raise DescriptionError(f"network: population names {names} are not unique or reserved.")
    require_few("network: input", neurons=sizes[INPUT])
    require_few("network", synapses=sum(c.weights.size for c in connections))
    order = {INPUT: -1, BLANK: -1} | {name: k for k, name in enumerate(names)}
    for c in connections:
        owner = f"connection {c.source}->{c.target}"
        if c.source not in sizes or c.target not in names:
            raise DescriptionError(f"{owner}: an end does not exist; populations: {names}.")
        require_ends(owner, c.role, c.source, c.target, BLANK)
        _require_fit(owner, c, sizes[c.target], sizes[c.source])
        if c.delay == 0 and order[c.source] >= order[c.target]:
            raise DescriptionError(
                f"{owner}: delay 0 against the order of populations {names}; give it a delay."
            )


def _require_fit(owner: str, connection: Any, target: int, source: int) -> None:
    kind, shape = connection.connectivity, connection.weights.shape
    try:
        expected = kind.weight_shape(target, source)
    except DescriptionError as error:
        raise DescriptionError(f"{owner}: {error}") from None
    if shape != expected:
        raise DescriptionError(
            f"{owner}: weights of shape {shape} do not fit {source} -> {target} "
            f"({kind.name} needs {expected})."
        )
