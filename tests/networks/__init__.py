"""Builders of networks for tests and benchmarks: one file for each family of networks.

``given`` takes weights, ``relays`` repeat their input, ``random_descriptions`` and
``random_integers`` are drawn from a seed, ``layered`` are large, ``integer_parts`` are put together
by hand, ``circuits`` stand behind the populations of another network, and ``connectivities`` fit
between any two populations.
"""

from tests.networks.circuits import first_spikes, with_budget, with_gates, within
from tests.networks.given import TWO_LABELS, description, integers, repeaters
from tests.networks.integer_parts import (
    integer_connection,
    integer_network,
    integer_population,
    silencing,
)
from tests.networks.layered import layered, random_spikes
from tests.networks.random_descriptions import (
    DT,
    INPUT_SIZE,
    LABELS,
    PIXELS,
    calm_description,
    random_description,
    random_inputs,
    spikes_in,
    with_self_inhibition,
)
from tests.networks.random_integers import Case, random_case
from tests.networks.readouts import readout
from tests.networks.relays import Layer, on_chip, relays

__all__ = [
    "DT",
    "INPUT_SIZE",
    "LABELS",
    "PIXELS",
    "TWO_LABELS",
    "Case",
    "Layer",
    "calm_description",
    "description",
    "first_spikes",
    "integer_connection",
    "integer_network",
    "integer_population",
    "integers",
    "layered",
    "on_chip",
    "random_case",
    "random_description",
    "random_inputs",
    "random_spikes",
    "readout",
    "relays",
    "repeaters",
    "silencing",
    "spikes_in",
    "with_budget",
    "with_gates",
    "with_self_inhibition",
    "within",
]
