"""Buffers that a message passes from the core that sends it to the one that takes it.

First a buffer of the sending core, then that of the router in every tile on its way, its own
included: east or west first, then north or south. All that passes a router shares its buffer, since
nobody has published how they are divided. Between chips a message leaves and enters by tile 0, as
input does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.placement import ENTRY_TILE, MESH_COLUMNS, MESH_ROWS, Placement
from spikeff.ir.arrays import Array

TILES = MESH_COLUMNS * MESH_ROWS
NO_HOP, EAST_WEST, NORTH_SOUTH = range(3)
Way = list[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways of messages, one a row.

    Attributes:
        length: Buffers on it, (ways,).
        buffer: Its buffers in their order, numbered without gaps, (ways, longest).
        hop: Which hop leads into each, (ways, longest); none does into a core's own router.
    """

    length: Array
    buffer: Array
    hop: Array

    @property
    def buffers(self) -> int:
        """How many buffers there are."""
        return int(self.buffer.max(initial=-1)) + 1


def ways_of(placement: Placement, pairs: list[tuple[int, int]]) -> Ways:
    """The ways of pairs of sender and core; the entry port sends as the core behind the last."""
    found = [_way(placement, sender, core) for sender, core in pairs]
    length = np.array([len(way) for way in found], np.int64)
    buffer = np.zeros((len(found), length.max(initial=0)), np.int64)
    hop = np.zeros(buffer.shape, np.int64)
    passed = np.arange(buffer.shape[1]) < length[:, np.newaxis]
    steps = [step for way in found for step in way]
    names = np.array([name for name, _ in steps], np.int64)
    buffer[passed] = np.unique(names, return_inverse=True)[1]
    hop[passed] = [kind for _, kind in steps]
    return Ways(length, buffer, hop)


def _way(placement: Placement, sender: int, core: int) -> Way:
    """Buffers from a sender to a core, and the hop that leads into each."""
    entering, tiles = sender == placement.cores, placement.core_tiles()
    there = int(placement.chip_of[core])
    chip = there if entering else int(placement.chip_of[sender])
    tile = ENTRY_TILE if entering else int(tiles[sender])
    way: Way = [(-1 - sender, NO_HOP), (chip * TILES + tile, NO_HOP)]
    if chip != there:
        way += _across(chip, tile, ENTRY_TILE)
        way.append((there * TILES + ENTRY_TILE, NO_HOP))
        tile = ENTRY_TILE
    return way + _across(there, tile, int(tiles[core]))


def _across(chip: int, tile: int, last: int) -> Way:
    """Routers behind the first on the way from one tile to another."""
    way: Way = []
    while tile % MESH_COLUMNS != last % MESH_COLUMNS:
        tile += 1 if tile % MESH_COLUMNS < last % MESH_COLUMNS else -1
        way.append((chip * TILES + tile, EAST_WEST))
    while tile != last:
        tile += MESH_COLUMNS if tile < last else -MESH_COLUMNS
        way.append((chip * TILES + tile, NORTH_SOUTH))
    return way
