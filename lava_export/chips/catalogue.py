"""What a neuro-core of each chip holds, with sources; ``None`` where nothing is published.

Loihi 1: M. Davies et al., "Loihi: A Neuromorphic Manycore Processor with On-Chip Learning", IEEE
Micro 38(1), 2018; axons, formats and the packing of synapses as in nengo-loihi's ``block.py`` and
``hardware/allocator.py``. Loihi 2: Intel, "Taking Neuromorphic Computing to the Next Level with
Loihi 2", technology brief, 2021; its axons differ by board, so they are the user's to state.
"""

from __future__ import annotations

from dataclasses import dataclass

from spikeff.errors import UnknownNameError


@dataclass(frozen=True)
class Chip:
    """Limits per core unless named otherwise.

    Attributes:
        synapse_formats: Different (bits, exponent, sign mode) that one core may hold.
        delay_max: Most steps that a synapse may delay a spike.
    """

    name: str
    cores: int
    neurons: int
    synapse_bits: int
    input_axons: int | None
    output_axons: int | None
    synapse_formats: int | None
    delay_max: int
    source: str


CHIPS = {
    "loihi1": Chip(
        name="loihi1",
        cores=128,
        neurons=1024,
        synapse_bits=16384 * 64,
        input_axons=4096,
        output_axons=4096,
        synapse_formats=8,
        delay_max=62,
        source="Davies et al., IEEE Micro 38(1), 2018; nengo-loihi",
    ),
    "loihi2": Chip(
        name="loihi2",
        cores=128,
        neurons=8192,
        synapse_bits=128 * 1024 * 8,
        input_axons=None,
        output_axons=None,
        synapse_formats=None,
        delay_max=62,
        source="Intel, technology brief on Loihi 2, 2021",
    ),
}


def get_chip(name: str) -> Chip:
    """Look a chip up by name.

    Raises:
        UnknownNameError: No such chip exists; the message lists those that do.
    """
    if name not in CHIPS:
        raise UnknownNameError("chip", name, CHIPS)
    return CHIPS[name]
