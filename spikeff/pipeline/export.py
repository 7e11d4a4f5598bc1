"""Step 4: from a run to a file of integers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spikeff.checkpoint import load_for_inference
from spikeff.describe import describe


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


def export(run: Path | str, out: Path | str, bits: int = 8) -> ExportReport:
    """Quantise the last checkpoint of ``run`` to ``bits`` and write an IntegerNetwork file.

    Raises LimitError, and writes nothing, where the network does not fit a chip.
    """
    from lava_export.capacity import chip_capacity
    from lava_export.integer_file import save_integer_network
    from lava_export.quantize import quantize

    network = quantize(describe(load_for_inference(Path(run))), bits)
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
