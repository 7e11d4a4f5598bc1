"""A network on several chips: hops by way of each chip's entry, messages between chips."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.counts import active_updates, source_spikes
from hw_targets.cost.placement import Placement, place
from hw_targets.cost.traffic import traffic
from lava_export.chips.catalogue import CHIPS
from lava_export.mapping.partition import on_chips
from spikeff.ir.trace import SpikeTrace
from tests.networks import integers

# Two neurons to a core; four cores are a tile, six a chip.
TINY = replace(CHIPS["loihi1"], name="tiny", cores=6, neurons=2)


def network():
    """10 neurons on cores 0 to 4, behind them 4 on cores 5 and 6; all to all."""
    return integers(np.full((10, 3), 2), depth_weights=[np.full((4, 10), 2)], steps=2)


def placed(chip_of):
    """As if METIS had chosen ``chip_of``."""
    alone = place(network(), replace(TINY, cores=7))
    return replace(alone, chip_of=np.array(chip_of))


def test_cores_have_tiles_on_their_own_chip():
    both = placed([0, 0, 0, 0, 0, 1, 1])
    assert both.core_tiles().tolist() == [0, 0, 0, 0, 1, 0, 0]
    assert (both.cores, both.chips, both.tiles) == (7, 2, 3)
    mixed = placed([0, 1, 0, 1, 0, 1, 0])
    assert mixed.core_tiles().tolist() == [0] * 7
    assert (mixed.chips, mixed.tiles) == (2, 2)


def test_messages_to_another_chip_leave_and_enter_by_its_first_tile():
    both = placed([0, 0, 0, 0, 0, 1, 1])
    columns, rows = both.hops("layer1", 10)
    assert columns[0].tolist() == [0, 0, 0, 0, 1, 0, 0]
    assert columns[9].tolist() == [1, 1, 1, 1, 0, 1, 1]  # from tile 1: back to tile 0, then over
    assert not rows.any()
    assert both.hops("input", 3)[0].tolist() == [[0, 0, 0, 0, 1, 0, 0]] * 3
    assert both.crossing("layer1", 10).sum() == 10 * 2
    assert not both.crossing("input", 3).any()


def test_traffic_between_chips_by_hand():
    """Neurons 0 (core 0) and 9 (core 4) spike once; each sends to cores 5 and 6."""
    net, where = network(), placed([0, 0, 0, 0, 1, 0, 1])
    spikes = {"layer1": np.zeros((2, 1, 10), bool), "layer2": np.zeros((2, 1, 4), bool)}
    spikes["layer1"][0, 0, [0, 9]] = True
    inputs = np.zeros((2, 1, 3), bool)
    inputs[0, 0] = True
    sources = source_spikes(net, inputs, SpikeTrace("hand", spikes))
    active = {p.name: active_updates(net, p.name, sources) for p in net.populations}
    load = traffic(net, where, sources, active)
    assert load.messages["layer1"].tolist() == [4]
    assert load.between_chips["layer1"].tolist() == [2]
    assert load.between_chips["input"].tolist() == [0]
    assert load.messages["input"].tolist() == [3 * 5]


def test_a_board_places_as_the_partition_says():
    pytest.importorskip("pymetis")
    found, where = on_chips(network(), TINY, 4), place(network(), TINY, 4)
    assert isinstance(where, Placement)
    assert where.chips == 2
    assert where.chip_of.tolist() == found.chip_of.tolist()
    assert where.crossing("layer1", 10).sum() > 0
