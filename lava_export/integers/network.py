"""IntegerNetwork: what a chip would be given. Integers and their scales, checked when made.

Semantics are those of Lava 0.10.0's ``LIFReset`` and ``Dense``/``Sparse`` in fixed point
(``lava/proc/lif/models.py``, ``lava/proc/dense/models.py``), see ``hw_targets.emulator.run``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lava_export.chips import limits
from lava_export.integers.host_bias import HostBias, require_host_biases
from lava_export.integers.quantization import Quantization
from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.arrays import Array, frozen_array
from spikeff.ir.codes import InputCode, LabelCode, Readout
from spikeff.ir.connectivity import Connectivity, require_plastic, require_weights
from spikeff.ir.network import BLANK, INPUT, check_wiring, require_structure, require_times
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.plasticity import Plasticity
from spikeff.ir.roles import (
    CONNECTION_ROLES,
    HOST,
    LAYER,
    LEARNED,
    POPULATION_ROLES,
    require_role,
)
from spikeff.ir.sizes import require_steps

EXPONENTS = limits.WEIGHT_EXP_MIN, limits.WEIGHT_EXP_MAX


def require_range(owner: str, name: str, value: int, low: int, high: int, remedy: str) -> None:
    """Raise LimitError unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise LimitError(f"{owner}: {name} = {value} exceeds [{low}, {high}]; {remedy}.")


def whole_numbers(owner: str, name: str, values: Array) -> Array:
    """``values`` as an array; raises LimitError unless all are whole numbers."""
    given = np.asarray(values)
    if given.dtype.kind not in "iuf":
        raise LimitError(f"{owner}: {name} are {given.dtype}; a chip is given integers.")
    odd = int(np.count_nonzero(given != np.trunc(given))) if given.dtype.kind == "f" else 0
    odd += int(np.count_nonzero(np.isinf(given))) if given.dtype.kind == "f" else 0
    if odd:
        raise LimitError(
            f"{owner}: {odd} of {given.size} {name} are no whole numbers; a chip is given "
            f"integers: quantise them first."
        )
    return given


@dataclass(frozen=True, eq=False)
class IntegerPopulation:
    """LIF neurons in integers.

    Attributes:
        du: Decay of the current in 1/4096 per step (Lava applies du + 1).
        dv: Decay of the potential in 1/4096 per step.
        vth: Threshold mantissa; v is compared with ``vth << 6``.
        bias_mant: Bias mantissas, (size,) int16, shifted left by ``bias_exp``.
        current_scale: Integer units of u per unit of the description's current.
        role: What the population is for (``spikeff.ir.roles``).
    """

    name: str
    size: int
    depth: int
    du: int
    dv: int
    vth: int
    bias_mant: Array
    bias_exp: int
    column_size: int
    current_scale: float
    spike_limit: int | None = None
    constraint_columns: int = 0
    role: str = LAYER

    def __post_init__(self) -> None:
        owner = f"population {self.name!r}"
        settle_numbers(owner, self)
        require_role(owner, self.role, POPULATION_ROLES)
        require_structure(owner, self)
        if not 0 < self.current_scale < math.inf:
            raise DescriptionError(
                f"{owner}: current_scale = {self.current_scale}; it must be > 0 and finite."
            )
        remedy = "quantise with another scale or other time constants"
        require_range(owner, "du", self.du, 0, limits.DECAY_MAX, remedy)
        require_range(owner, "dv", self.dv, 0, limits.DECAY_MAX, remedy)
        require_range(owner, "vth", self.vth, 0, limits.VTH_MAX, remedy)
        require_range(owner, "bias_exp", self.bias_exp, 0, limits.BIAS_EXP_MAX, remedy)
        given = whole_numbers(owner, "bias_mant", self.bias_mant)
        if given.shape != (self.size,):
            raise LimitError(
                f"{owner}: bias_mant of shape {given.shape} for {self.size} neurons; "
                f"give one number for each."
            )
        for bias in (int(given.min()), int(given.max())):
            require_range(owner, "bias_mant", bias, limits.BIAS_MIN, limits.BIAS_MAX, remedy)
        object.__setattr__(self, "bias_mant", frozen_array(given, np.int16))


@dataclass(frozen=True, eq=False)
class IntegerConnection:
    """Synapses in integers: ``a = (weights @ spikes) << weight_exp``, ``delay`` local steps late.

    A negative ``weight_exp`` shifts right; every weight must be a multiple of ``2^-weight_exp``,
    so that nothing is rounded, per weight or per sum.

    Attributes:
        connectivity: Kind of connectivity: which synapses there are.
        weights: Weight mantissas, int16, of the shape that ``connectivity`` asks for.
        sign_mode: "mixed", "excitatory" or "inhibitory"; with ``weight_bits`` it fixes the grid.
        role: What the synapses are for (``spikeff.ir.roles``).
        plasticity: How they change where a learning engine runs; None where they do not.
    """

    source: str
    target: str
    connectivity: Connectivity
    weights: Array
    weight_bits: int
    weight_exp: int
    sign_mode: str
    delay: int = 0
    role: str = LEARNED
    plasticity: Plasticity | None = None

    def __post_init__(self) -> None:
        owner = f"connection {self.source}->{self.target}"
        settle_numbers(owner, self)
        require_steps(owner, delay=self.delay)
        require_role(owner, self.role, CONNECTION_ROLES - {HOST})
        remedy = "quantise with another scale"
        require_range(owner, "weight_bits", self.weight_bits, 1, limits.WEIGHT_BITS_MAX, remedy)
        require_range(owner, "weight_exp", self.weight_exp, *EXPONENTS, remedy)
        given = whole_numbers(owner, "weights", self.weights)
        require_weights(owner, self.connectivity, given.shape)
        require_plastic(owner, self)
        low, high = limits.weight_range(self.sign_mode)
        require_range(owner, "weight", int(given.min(initial=0)), low, high, remedy)
        require_range(owner, "weight", int(given.max(initial=0)), low, high, remedy)
        object.__setattr__(self, "weights", frozen_array(given, np.int16))
        if self.weight_exp < 0:
            lost = int(np.count_nonzero(self.weights & ((1 << -self.weight_exp) - 1)))
            if lost:
                raise LimitError(
                    f"{owner}: weight_exp = {self.weight_exp} would round {lost} weights, which "
                    f"are no multiples of {1 << -self.weight_exp}; {remedy}."
                )
        grid = limits.weight_step(self.weight_bits, self.sign_mode)
        off = int(np.count_nonzero(self.weights & (grid - 1)))
        if off:
            raise LimitError(
                f"{owner}: {off} weights are not multiples of {grid}, the grid of "
                f"{self.weight_bits}-bit {self.sign_mode} weights; {remedy}."
            )


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """A whole network in integers; fields as in ``spikeff.ir.network.NetworkDescription``.

    Attributes:
        quantization: How its integers were chosen; None for integers that were not quantised here.
        chip: Name of the chip whose limits it was found to keep (``lava_export.chips.catalogue``);
            "" where nobody asked.
        host: Biases that a host writes for each sample.
    """

    steps: int
    idle_steps: int
    dt: float
    input: InputCode
    labels: LabelCode | None
    populations: tuple[IntegerPopulation, ...]
    connections: tuple[IntegerConnection, ...]
    readout: Readout
    dataset: str
    quantization: Quantization | None = None
    chip: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)
    host: tuple[HostBias, ...] = ()

    def __post_init__(self) -> None:
        settle_numbers("network", self)
        require_times(self)
        require_steps("network", steps=self.steps, idle_steps=self.idle_steps)
        check_wiring(self.sizes, self.connections, [p.name for p in self.populations])
        require_host_biases(self)

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

    def incoming(self, name: str) -> tuple[IntegerConnection, ...]:
        """Connections that end at the population ``name``."""
        return tuple(c for c in self.connections if c.target == name)
