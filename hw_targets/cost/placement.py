"""Where neurons sit on a chip: which core, which tile, how far from where spikes enter.

The placement is the simplest that fits: populations in their order, each on as many consecutive
cores, and its neurons shared among them, as ``lava_export.mapping.capacity`` gives them; four
consecutive cores make a tile, tiles fill the mesh row by row. Input spikes and the blanking line
enter at tile 0. No mesh of Loihi 2 is published: it is taken for that of Loihi 1.

Spikes travel in steps east or west first, then north or south (dimension order). On a board of
several chips (``lava_export.mapping.partition``) the cores of each keep their order. How chips are
joined is not published: a message to another one is taken to leave and to enter by tile 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from lava_export.chips.catalogue import Chip
from lava_export.integers.network import IntegerNetwork
from lava_export.mapping.capacity import LOIHI1, PopulationCapacity, chip_capacity
from lava_export.mapping.partition import on_chips
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT

# 32 tiles as 8 columns of 4 rows: J. A. Boyle et al., SANA-FE, TCAD 44(8), 2025, arch/loihi.yaml.
MESH_COLUMNS, MESH_ROWS = 8, 4
ENTRY_TILE = 0


@dataclass(frozen=True, eq=False)
class Placement:
    """Neurons of a network on the cores of a chip.

    Attributes:
        core_of: Core of every neuron, (size,), by population.
        capacity: Cores and memory, as packed; empty where nothing is placed.
        chip: None where operations are priced wherever they are done.
        chip_of: Which of the chips each core in use stands on, (cores,).
    """

    core_of: dict[str, Array]
    capacity: tuple[PopulationCapacity, ...]
    chip: Chip | None
    chip_of: Array

    @property
    def cores(self) -> int:
        """Cores in use."""
        return len(self.chip_of)

    @property
    def chips(self) -> int:
        """Chips in use."""
        return len(np.unique(self.chip_of))

    @property
    def tiles(self) -> int:
        """Tiles in use, of all chips."""
        return len(np.unique(np.stack([self.chip_of, self.core_tiles()]), axis=1).T)

    def cores_of(self, population: str) -> range:
        """Cores that hold a population."""
        cores = self.core_of[population]
        return range(int(cores[0]), int(cores[-1]) + 1)

    def tile_of(self, source: str, size: int) -> Array:
        """Tile that every neuron of a source of spikes sends from, (size,)."""
        if source in (INPUT, BLANK):
            return np.full(size, ENTRY_TILE)
        return np.asarray(self.core_tiles()[self.core_of[source]])

    def core_tiles(self) -> Array:
        """Tile of every core in use on its chip, (cores,)."""
        within = np.zeros(self.cores, np.int64)
        for chip in np.unique(self.chip_of):
            own = self.chip_of == chip
            within[own] = np.arange(own.sum())
        return within // limits.CORES_PER_TILE

    def crossing(self, source: str, size: int) -> Array:
        """Whether a message of a neuron to a core passes between chips, bool (size, cores)."""
        if source in (INPUT, BLANK):  # the host is joined to every chip
            return np.zeros((size, self.cores), np.bool_)
        return np.asarray(self.chip_of[self.core_of[source]][:, np.newaxis] != self.chip_of)

    def hops(self, source: str, size: int) -> tuple[Array, Array]:
        """Hops east-west and north-south of a message of every neuron to every core."""
        sent, cores = self.tile_of(source, size)[:, np.newaxis], self.core_tiles()
        entry = np.asarray(ENTRY_TILE)
        apart = self.crossing(source, size)
        columns, rows = (
            np.where(apart, out + into, direct)
            for out, into, direct in zip(
                distance(sent, entry), distance(entry, cores), distance(sent, cores), strict=True
            )
        )
        return columns, rows


def place(network: IntegerNetwork, chip: Chip | None = LOIHI1, chips: int = 1) -> Placement:
    """Place a network on one chip, or on as few of several as hold it.

    Args:
        chip: None gives every population a core of its own without limits.
        chips: How many of the kind there are.

    Raises:
        LimitError: It does not fit.
        TargetUnavailableError: It takes several chips, and the package that shares it is missing.
    """
    if chip is None:
        apart = {p.name: np.full(p.size, k) for k, p in enumerate(network.populations)}
        return Placement(apart, (), None, np.zeros(len(apart), np.int64))
    if chips > 1:
        found = on_chips(network, chip, chips)
        capacity, chip_of = found.capacity, found.chip_of
    else:
        capacity = chip_capacity(network, chip)
        chip_of = np.zeros(sum(part.cores for part in capacity), np.int64)
    core_of, first = {}, 0
    for population, part in zip(network.populations, capacity, strict=True):
        core_of[population.name] = np.repeat(first + np.arange(part.cores), part.sizes)
        first += part.cores
    return Placement(core_of, capacity, chip, chip_of)


def distance(tiles: Array, others: Array) -> tuple[Array, Array]:
    """Hops between tiles, east-west and north-south; both broadcast."""
    columns = np.abs(tiles % MESH_COLUMNS - others % MESH_COLUMNS)
    rows = np.abs(tiles // MESH_COLUMNS - others // MESH_COLUMNS)
    return columns, rows
