"""Which cores and chips a network takes: of the chip it was made for, or of a board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from lava_export.mapping.formats import Storage


@dataclass(frozen=True)
class PopulationCores:
    """Cores of one population; axons are those of its fullest core.

    Attributes:
        synapse_bits: Synaptic memory of all its cores.
        fill: For each limit, the share of it that the fullest core uses.
        binding: The limit that forbids a core fewer, or the fullest one of a single core.
        formats: "dense" or "sparse", of each incoming connection.
        chips: Chips that hold its cores.
    """

    name: str
    neurons: int
    cores: int
    neurons_per_core: int
    input_axons: int
    output_axons: int
    synapse_bits: int
    fill: dict[str, float]
    binding: str
    formats: dict[str, str]
    chips: tuple[int, ...]


@dataclass(frozen=True)
class CapacityReport:
    """What a network takes.

    Attributes:
        board: None where a single chip is meant.
        chips: Chips that there are.
        chips_used: The fewest that hold its cores.
        cores_on_chip: Cores in use on each of these.
        axons: Output axons from chip (row) to chip (column): neurons times the cores that each
            sends to. A spike takes one message along each axon of its neuron.
        axons_between_chips: Those that pass from one chip to another.
        storage: What each list of synapses takes in each format of synaptic memory.
        formats: Of each format, whether it is packed or estimated, and the source of its layout.
            What is estimated does not decide what fits.
    """

    file: str
    chip: str
    board: str | None
    chips: int
    chips_used: int
    cores: int
    cores_per_chip: int
    cores_on_chip: tuple[int, ...]
    axons: tuple[tuple[int, ...], ...]
    axons_between_chips: int
    populations: tuple[PopulationCores, ...]
    storage: tuple[Storage, ...]
    formats: dict[str, tuple[str, str]]


def capacity(
    file: Path | str,
    chip: str | None = None,
    board: str | None = None,
    data: Path | str | None = None,
) -> CapacityReport:
    """Find the fewest cores and chips that hold a network.

    Args:
        file: Network file or "zoo:NAME"; or a run directory, quantised to 8 bits as by
            ``spikeff export``.
        chip: Name of a chip; None for the one that the file was made for, or that of ``board``.
        board: Name in ``lava_export.chips.boards``; None for a single chip.
        data: Directory of a run's data set, on which it is calibrated.

    Raises:
        LimitError: The network does not fit.
        ConfigError: ``board`` has other chips than ``chip``.
        TargetUnavailableError: Several chips are needed, and the extra "boards" is missing.
    """
    from lava_export.chips.boards import chips_for
    from lava_export.mapping.formats import FORMATS, storage
    from lava_export.mapping.partition import on_chips

    chips_for(chip, board, "")
    network = integers_of(saved(file), data_directory(file, data))
    kind, chips = chips_for(chip, board, network.chip)
    found = on_chips(network, kind, chips)
    chip_of, populations, first = found.chip_of, [], 0
    for part in found.capacity:
        own = np.unique(chip_of[first : first + part.cores])
        shared = {name: getattr(part, name) for name in _SHARED}
        populations.append(PopulationCores(**shared, chips=tuple(own.tolist())))
        first += part.cores
    return CapacityReport(
        file=str(file),
        chip=kind.name,
        board=board,
        chips=chips,
        chips_used=len(found.cores),
        cores=first,
        cores_per_chip=kind.cores,
        cores_on_chip=tuple(found.cores.tolist()),
        axons=tuple(tuple(row) for row in found.axons.tolist()),
        axons_between_chips=found.between,
        populations=tuple(populations),
        storage=storage(network, kind),
        formats=FORMATS,
    )


_SHARED = tuple(name for name in PopulationCores.__dataclass_fields__ if name != "chips")
