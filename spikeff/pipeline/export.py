"""Step 4: from a run to a file of integers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spikeff.checkpoint import load_for_inference
from spikeff.describe import describe
from spikeff.errors import UnknownNameError

ON_HOST, ON_CHIP = READOUTS = ("host", "chip")


@dataclass(frozen=True)
class PopulationExport:
    """Integers of one population, and the neuro-cores of Loihi 1 that it takes."""

    name: str
    neurons: int
    du: int
    dv: int
    vth: int
    cores: int
    binding: str


@dataclass(frozen=True)
class ExportReport:
    """What was written where."""

    file: str
    bits: int
    bytes: int
    populations: tuple[PopulationExport, ...]


def export(run: Path | str, out: Path | str, bits: int = 8, readout: str = ON_HOST) -> ExportReport:
    """Quantise the last checkpoint of ``run`` to ``bits`` and write an IntegerNetwork file.

    readout : "host", or "chip" for a network that carries its own as neurons
        (``lava_export.chip_readout``); the host's stays in the file as the reference.

    Raises LimitError, and writes nothing, where the network does not fit a chip or its goodness
    cannot be carried exactly.
    """
    from lava_export.capacity import chip_capacity
    from lava_export.chip_readout import with_chip_readout
    from lava_export.integer_file import save_integer_network
    from lava_export.quantize import quantize

    if readout not in READOUTS:
        raise UnknownNameError("readout", readout, READOUTS)
    network = quantize(describe(load_for_inference(Path(run))), bits)
    if readout == ON_CHIP:
        network = with_chip_readout(network)
    capacity = chip_capacity(network)
    save_integer_network(Path(out), network)
    return ExportReport(
        file=str(out),
        bits=bits,
        bytes=Path(out).stat().st_size,
        populations=tuple(
            PopulationExport(p.name, p.size, p.du, p.dv, p.vth, part.cores, part.binding)
            for p, part in zip(network.populations, capacity, strict=True)
        ),
    )
