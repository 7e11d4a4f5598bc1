"""Where neurons sit on a chip: which core, which tile, how far from where spikes enter.

The placement is the simplest that fits: populations in their order, each on as many consecutive
cores, and its neurons shared among them, as ``lava_export.mapping.capacity`` gives them; four
consecutive cores make a tile, tiles fill the mesh row by row. Input spikes and the blanking line
enter at tile 0. No mesh of Loihi 2 is published: it is taken for that of Loihi 1.

Spikes travel in steps east or west first, then north or south (dimension order).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from lava_export.chips.catalogue import Chip
from lava_export.integers.network import IntegerNetwork
from lava_export.mapping.capacity import LOIHI1, PopulationCapacity, chip_capacity
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
    """

    core_of: dict[str, Array]
    capacity: tuple[PopulationCapacity, ...]
    chip: Chip | None

    @property
    def cores(self) -> int:
        """Cores in use."""
        return 1 + max(int(cores.max()) for cores in self.core_of.values())

    @property
    def tiles(self) -> int:
        """Tiles in use."""
        return -(-self.cores // limits.CORES_PER_TILE)

    def cores_of(self, population: str) -> range:
        """Cores that hold a population."""
        cores = self.core_of[population]
        return range(int(cores[0]), int(cores[-1]) + 1)

    def tile_of(self, source: str, size: int) -> Array:
        """Tile that every neuron of a source of spikes sends from, (size,)."""
        if source in (INPUT, BLANK):
            return np.full(size, ENTRY_TILE)
        return np.asarray(self.core_of[source] // limits.CORES_PER_TILE)

    def core_tiles(self) -> Array:
        """Tile of every core in use, (cores,)."""
        return np.arange(self.cores) // limits.CORES_PER_TILE


def place(network: IntegerNetwork, chip: Chip | None = LOIHI1) -> Placement:
    """Place a network on one chip.

    Args:
        chip: None gives every population a core of its own without limits.

    Raises:
        LimitError: It does not fit.
    """
    if chip is None:
        apart = {p.name: np.full(p.size, k) for k, p in enumerate(network.populations)}
        return Placement(apart, (), None)
    capacity = chip_capacity(network, chip)
    core_of, first = {}, 0
    for population, part in zip(network.populations, capacity, strict=True):
        core_of[population.name] = np.repeat(first + np.arange(part.cores), part.sizes)
        first += part.cores
    return Placement(core_of, capacity, chip)


def distance(tiles: Array, others: Array) -> tuple[Array, Array]:
    """Hops between tiles, east-west and north-south; both broadcast."""
    columns = np.abs(tiles % MESH_COLUMNS - others % MESH_COLUMNS)
    rows = np.abs(tiles // MESH_COLUMNS - others // MESH_COLUMNS)
    return columns, rows
