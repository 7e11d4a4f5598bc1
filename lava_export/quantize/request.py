"""What one population is to become integers from, and what ends at it by role."""

from __future__ import annotations

from dataclasses import dataclass

from lava_export.integers.network import IntegerConnection, IntegerPopulation
from lava_export.integers.quantization import Scaling
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import NetworkDescription, Population
from spikeff.ir.roles import BRAKES

# A population in integers with its synapses, brakes left out.
Made = tuple[IntegerPopulation, list[IntegerConnection]]


@dataclass(frozen=True, eq=False)
class Request:
    """One population of a network that is being quantised.

    Attributes:
        population: The population in floats.
        synapses: What ends at it, brakes left out.
        brakes: Inhibition that only has to be strong enough.
        dt: Seconds per step.
        period: Steps from one sample to the next, idle steps included.
        scaling: What was chosen for it.
        bits: Bits of learned weights.
    """

    population: Population
    synapses: list[Connection]
    brakes: list[Connection]
    dt: float
    period: int
    scaling: Scaling
    bits: int


def incoming_by_role(
    description: NetworkDescription, population: Population
) -> tuple[list[Connection], list[Connection]]:
    """What ends at a population: synapses, and brakes (``spikeff.ir.roles.BRAKES``).

    Brakes, that is blanking and spike limits, are rounded up, not to nearest.
    """
    incoming = description.incoming(population.name)
    brakes = [c for c in incoming if c.role in BRAKES]
    return [c for c in incoming if c.role not in BRAKES], brakes
