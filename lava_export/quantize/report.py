"""What quantisation did to each connection and population, in numbers a person can judge."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from lava_export.integers.headroom import Headroom, headroom
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.integers.parts import parts_of, realised_weights, weight_scale
from lava_export.integers.quantization import Quantization
from lava_export.integers.time_constants import time_constant
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.request import incoming_by_role
from lava_export.quantize.weight_grid import weight_grid
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import NetworkDescription, Population


@dataclass(frozen=True)
class ConnectionReport:
    """One learned connection on its grid.

    Attributes:
        bits: Bits of a weight.
        grid: Spacing of the weights in units of the description, for each exponent in use.
        exponents: Share of the sources that take each exponent.
        clipped: Share of weights beyond the end of the grid.
        zeros: Share of weights that are 0.
        lost: Share of the weights other than 0 that became 0.
        error: Root mean square of the rounding error over that of the weights.
    """

    name: str
    bits: int
    grid: tuple[float, ...]
    exponents: dict[int, float]
    clipped: float
    zeros: float
    lost: float
    error: float


@dataclass(frozen=True)
class PopulationReport:
    """Constants of one population: seconds as wanted and as 12-bit decays give them.

    Attributes:
        threshold_error: Relative, from rounding and calibration together.
    """

    name: str
    scale: float
    limited_by: str
    vth: int
    threshold_error: float
    tau_syn: float
    tau_syn_made: float
    tau_mem: float
    tau_mem_made: float
    headroom: Headroom
    connections: tuple[ConnectionReport, ...]


def quantization_report(
    description: NetworkDescription, network: IntegerNetwork
) -> tuple[PopulationReport, ...]:
    """Compare ``network`` with the ``description`` that it was quantised from.

    Raises:
        DescriptionError: ``network`` was not quantised here.
    """
    streamed = with_blanking(description)
    bounds = headroom(network)
    return tuple(
        _population(streamed, p, integers, network, bound)
        for p, integers, bound in zip(
            streamed.populations, network.populations, bounds, strict=True
        )
    )


def how_quantised(network: IntegerNetwork) -> Quantization:
    """``network.quantization``; DescriptionError where it has none."""
    if network.quantization is None:
        raise DescriptionError(
            "network: it does not say how its integers were chosen; compare a description with "
            "integers that were quantised from it."
        )
    return network.quantization


def _population(
    description: NetworkDescription,
    population: Population,
    integers: IntegerPopulation,
    network: IntegerNetwork,
    bound: Headroom,
) -> PopulationReport:
    scale = weight_scale(network, integers.name)
    exact_vth = scale * population.v_th * population.tau_mem / description.dt
    learned, _ = incoming_by_role(description, population)
    return PopulationReport(
        name=population.name,
        scale=scale,
        limited_by=how_quantised(network).of(population.name).limited_by,
        vth=integers.vth,
        threshold_error=integers.vth / exact_vth - 1,
        tau_syn=population.tau_syn,
        tau_syn_made=time_constant(network.dt, integers.du + limits.DS_OFFSET),
        tau_mem=population.tau_mem,
        tau_mem_made=time_constant(network.dt, integers.dv),
        headroom=bound,
        connections=tuple(connection_report(c, network) for c in learned),
    )


def connection_report(connection: Connection, network: IntegerNetwork) -> ConnectionReport:
    """Compare a connection of the description with the sum of its integer parts.

    Raises:
        DescriptionError: ``network`` was not quantised here.
    """
    bits = how_quantised(network).weight_bits
    parts = parts_of(network, connection)
    realised, scale = realised_weights(network, parts), weight_scale(network, connection.target)
    grid = weight_grid(bits)
    exponents = _exponents(parts)
    ends = np.exp2(exponents) / scale
    beyond = (connection.weights > (grid.high + grid.step / 2) * ends) | (
        connection.weights < (grid.low - grid.step / 2) * ends
    )
    power = float((connection.weights**2).mean())
    error = float(((realised - connection.weights) ** 2).mean())
    used = sorted({int(e) for e in exponents})
    return ConnectionReport(
        name=f"{connection.source}->{connection.target}",
        bits=bits,
        grid=tuple(grid.step * 2**e / scale for e in used),
        exponents={e: float((exponents == e).mean()) for e in used},
        clipped=float(beyond.mean()),
        zeros=float((realised == 0).mean()),
        lost=float((realised[connection.weights != 0] == 0).mean()) if power else 0.0,
        error=math.sqrt(error / power) if power else 0.0,
    )


def _exponents(parts: list[IntegerConnection]) -> Array:
    """Exponent along the last axis of the weights, the smallest in use where all are zero."""
    exponents = np.full(parts[0].weights.shape[-1], min(c.weight_exp for c in parts))
    for c in parts:
        stored = c.weights != 0
        exponents[stored.any(axis=tuple(range(stored.ndim - 1)))] = c.weight_exp
    return exponents
