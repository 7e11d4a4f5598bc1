"""Networks of lava-dl to integer networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline.outputs import require_output

if TYPE_CHECKING:
    from lava_export.mapping.capacity import PopulationCapacity
    from lava_export.nir.file import Grade


@dataclass(frozen=True)
class FromNetxReport:
    """What was written, and how each aspect of the file came through.

    Attributes:
        steps: Of a sample.
        capacity: Cores of every population.
    """

    file: str
    bytes: int
    chip: str
    steps: int
    grades: tuple[Grade, ...]
    capacity: tuple[PopulationCapacity, ...]


@plain_numbers
def from_netx(
    file: Path | str,
    out: Path | str,
    steps: int | None = None,
    chip: str | None = None,
    board: str | None = None,
    currents_as: str | None = None,
) -> FromNetxReport:
    """Read a file of lava-dl's netx and write an IntegerNetwork file; no integer is changed.

    Args:
        steps: Of a sample; None for the file's own.
        chip: Whose limits must hold; None for "loihi1", or the chips of ``board``.
        board: Of several chips that hold the network together
            (``lava_export.chips.boards``); None for one chip.
        currents_as: How numbers come in: "planes", spikes of their bits, or "bias", written by the
            host for each sample.

    Raises:
        FileFormatError: The file is damaged or foreign.
        DescriptionError: A layer cannot be given to a chip; the message names it.
        LimitError: The network does not fit the chips; nothing is written.
        ConfigError: ``board`` has other chips than ``chip``.
    """
    from lava_export.chips.boards import chips_for
    from lava_export.integers.file import save_integer_network
    from lava_export.mapping.capacity import chip_capacity
    from lava_export.netx.file import read_netx
    from lava_export.netx.importer import import_netx

    require_output(out, file)
    target, chips = chips_for(chip, board, "")
    imported = import_netx(read_netx(Path(file)), steps, currents_as)
    capacity = chip_capacity(imported.network, target, chips)
    save_integer_network(Path(out), replace(imported.network, chip=target.name))
    return FromNetxReport(
        str(out),
        Path(out).stat().st_size,
        target.name,
        imported.network.steps,
        imported.grades,
        capacity,
    )
