"""What a population is quantised from, and its incoming synapses by role."""

from __future__ import annotations

from dataclasses import dataclass

from lava_export.integers.network import IntegerConnection, IntegerPopulation
from lava_export.integers.quantization import Scaling
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import NetworkDescription, Population
from spikeff.ir.roles import APART, HOST

# A population in integers with its synapses, without those of the ``APART`` roles.
Quantized = tuple[IntegerPopulation, list[IntegerConnection]]


@dataclass(frozen=True, eq=False)
class Request:
    """One population of a network that is being quantised.

    Attributes:
        population: The population in floats.
        synapses: What ends at it, without ``inhibition``.
        inhibition: Synapses that only have to be strong enough.
        dt: Seconds per step.
        period: Steps from one sample to the next, idle steps included.
        scaling: What was chosen for it.
        bits: Bits of learned weights.
        written: Least and largest of what the host adds to the bias of each neuron.
    """

    population: Population
    synapses: list[Connection]
    inhibition: list[Connection]
    dt: float
    period: int
    scaling: Scaling
    bits: int
    written: tuple[Array, Array]


def incoming_by_role(
    description: NetworkDescription, population: Population
) -> tuple[list[Connection], list[Connection]]:
    """What ends at a population: synapses, and inhibition (``spikeff.ir.roles.APART``).

    What the host adds to the bias (role ``host``) is neither. Inhibition that only has to be strong
    enough, that is blanking and spike limits, is rounded up, not to nearest; what a reset takes is
    exact in units of the scale.
    """
    incoming = description.incoming(population.name)
    inhibition = [c for c in incoming if c.role in APART]
    return [c for c in incoming if c.role not in (*APART, HOST)], inhibition
