"""The mesh that blocks: its rules by hand, its messages, the samples it is simulated for."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost import energy
from hw_targets.cost.latency import Prices
from hw_targets.cost.mesh import blocking, queues
from hw_targets.cost.mesh.messages import messages_of
from hw_targets.cost.mesh.queues import Queued, last_work
from hw_targets.cost.mesh.ways import TILES, Ways, ways_of
from hw_targets.cost.placement import MESH_COLUMNS, place
from hw_targets.cost.report import table_report
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from tests.hw_targets.sanafe_nets import estimated_of
from tests.networks import integers
from tests.networks.cores import spread_over

FITTED = cost_table("loihi1-fitted")


def two_ways(same_router):
    """From one core to two others, over one router or each over its own."""
    last = 1 if same_router else 2
    return Ways(np.array([2, 2]), np.array([[0, 1], [0, last]]), np.zeros((2, 2), int))


def queued(ready, way, work, ways, hop=0.0):
    """One step of the third core's messages."""
    numbers = (np.array(each, float) for each in (ready, work))
    ready, work = numbers
    sender = np.full(len(ready), 2)
    hops = np.array([[0.0, hop], [0.0, hop]])
    return Queued(np.array([0, len(ready)]), ready, sender, np.array(way), work, ways, hops)


SILENT = np.zeros((1, 3))


@pytest.mark.parametrize(
    ("same_router", "end"), [(True, 1 + 100 + 5), (False, 1 + 100)], ids=("shared", "apart")
)
def test_a_busy_core_blocks_what_comes_behind(same_router, end):
    """The second message goes to an idle core, and waits where the first is in front of it."""
    ends = last_work(queued([1, 2], [0, 1], [100, 5], two_ways(same_router)), SILENT)
    assert ends.tolist() == [end]


def test_a_core_takes_one_message_at_a_time():
    ends = last_work(queued([1, 2, 3], [0, 0, 0], [10, 20, 30], two_ways(True), hop=4), SILENT)
    assert ends.tolist() == [1 + 4 + 60]


def test_a_full_buffer_holds_up_the_core_that_sends():
    """32 messages fit on the way; the last of 40 enters as the eighth is done."""
    many = queued([0] * 40, [0] * 40, [10] * 40, two_ways(True))
    assert last_work(many, SILENT).tolist() == [400]
    busy = np.array([[0, 0, 1000.0]])
    assert last_work(many, busy).tolist() == [1000 + (40 - 32) * 10]
    fits = queued([0] * 32, [0] * 32, [10] * 32, two_ways(True))
    assert last_work(fits, busy).tolist() == [1000]


def test_nothing_of_a_step_is_left_in_the_next():
    one = queued([0] * 40, [0] * 40, [10] * 40, two_ways(True))
    columns = ("ready", "sender", "way", "work")
    twice = {name: np.tile(getattr(one, name), 2) for name in columns}
    both = replace(one, first=np.array([0, 40, 80]), **twice)
    busy = np.array([[0, 0, 390.0]])
    assert last_work(both, np.tile(busy, (2, 1))).tolist() == last_work(one, busy).tolist() * 2


def test_messages_go_east_or_west_first():
    network = integers(np.full((80, 2), 2))
    placement = spread_over(place(network), (80,))
    entry = placement.cores
    ways = ways_of(placement, [(entry, 0), (0, 4 * (MESH_COLUMNS + 2)), (79, 0)])
    assert ways.length.tolist() == [2, 2 + 3, 2 + 3 + 2]
    hops = [hop[:length].tolist() for hop, length in zip(ways.hop, ways.length, strict=True)]
    assert hops == [[0, 0], [0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 2, 2]]
    assert ways.buffer[0, 1] == ways.buffer[1, 1], "the router of tile 0"


def test_messages_between_chips_leave_and_enter_by_their_first_tiles():
    network = integers(np.full((80, 2), 2))
    placement = spread_over(place(network), (80,))
    placement = replace(placement, chip_of=np.arange(80) // 40)
    within, across = 4 * MESH_COLUMNS, 40 + 4 * MESH_COLUMNS
    ways = ways_of(placement, [(within, 0), (within, across), (80, across)])
    assert ways.length.tolist() == [2 + 1, 2 + 1 + 1 + 1, 2 + 1]
    assert set(ways.buffer[2, 1:3]) == set(ways.buffer[1, 3:5]), "the other chip's routers"
    assert len(np.unique(ways.buffer[1])) == 5 < TILES


def test_where_nothing_is_sent_cores_only_update(three_cores):
    network, placement, spikes = three_cores
    cut = tuple(replace(c, weights=0 * c.weights) for c in network.connections)
    estimate = estimated_of(replace(network, connections=cut), placement, spikes, 1)
    seconds = estimate.interval["blocking"]["value"]
    assert seconds * 1e9 == pytest.approx([3 * 600 + 3 * 9.7 + 30])


@pytest.fixture
def three_cores():
    """Two inputs to neurons on two cores, these to one on a third; both inputs spike at once."""
    network = integers([[4, 4], [4, 0]], vth=2, steps=1, depth_weights=[[[2, 2]]])
    placement = spread_over(place(network), (2, 1))
    spikes = {
        "input": np.ones((1, 1, 2), bool),
        "blank": np.zeros((1, 1, 1), bool),
        network.populations[0].name: np.ones((1, 1, 2), bool),
        network.populations[1].name: np.zeros((1, 1, 1), bool),
    }
    return network, placement, spikes


def test_messages_of_a_run_by_hand(three_cores):
    found = messages_of(*three_cores)
    assert found.first.tolist() == [0, 5]
    order = np.lexsort((found.sent, found.sender, found.step))
    columns = ("step", "sender", "sent", "fired", "updated", "synapses")
    rows = np.stack([getattr(found, name)[order] for name in columns], axis=1)
    assert rows.tolist() == [
        [0, 3, 1, 1, 0, 1],
        [0, 3, 2, 1, 0, 1],
        [0, 3, 3, 2, 0, 1],
        [1, 0, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1],
    ]
    price = Prices(FITTED, "value", all_active=True)
    ready = blocking._ready_ns(found, 3, price)[order]
    update, spike, out, message = 9.7, 30.0, 5.1, 16.0
    from_core = update + spike + out
    assert ready == pytest.approx([message, 2 * message, 3 * message, from_core, from_core])


def test_a_step_of_three_cores_by_hand(three_cores):
    """Three messages of the port share a router, two neurons' messages one core."""
    network, placement, spikes = three_cores
    load = traffic(network, placement, spikes, {p: spikes[p] for p in network.sizes if p in spikes})
    seconds = blocking.blocked_seconds(
        network, placement, load, np.array([[0]]), FITTED, ["value"]
    )["value"]
    barrier, update, work = 600.0, 9.7, 16 + 3.8
    hears = 16 + 3 * work
    sends = update + 30 + 5.1 + 2 * work
    assert seconds * 1e9 == pytest.approx([3 * barrier + hears + sends + update])


def test_only_the_first_samples_are_simulated(three_cores, monkeypatch):
    network, placement, spikes = three_cores
    many = {name: np.repeat(z, 4, axis=1) for name, z in spikes.items()}
    whole = estimated_of(network, placement, many, 4)
    monkeypatch.setattr(blocking, "MOST", 12)
    some = estimated_of(network, placement, many, 4)
    for level, seconds in some.interval["blocking"].items():
        assert seconds.tolist() == whole.interval["blocking"][level][:2].tolist()
    monkeypatch.setattr(blocking, "MOST", 1)
    one = estimated_of(network, placement, many, 4)
    others = {name: each for name, each in whole.interval.items() if name != "blocking"}
    together = energy.joined([one, replace(whole, interval=others)])
    named = {time.name: time for time in table_report(together).times}
    assert named["blocking"].inferences == 1
    assert named["blocking"].meaning.endswith("; the first 1 of 8 inferences")
    whole_named = {time.name: time for time in table_report(whole).times}
    assert whole_named["blocking"].inferences == 4
    assert "first" not in whole_named["blocking"].meaning


@pytest.mark.slow
def test_compiled_loops_give_the_same_times(monkeypatch):
    rng = np.random.default_rng(3)
    many = 300
    ways = ways_of(
        spread_over(place(integers(np.full((40, 2), 2))), (40,)),
        [(sender, core) for sender in range(41) for core in range(0, 40, 7)],
    )
    first = np.sort(np.append(rng.integers(0, many, 5), [0, many]))
    way = rng.integers(0, len(ways.length), many)
    sender = way // 6
    ready, work = np.sort(rng.random(many)), rng.random(many)
    hop = ways.hop * 0.01
    queue = Queued(first, ready, sender, way, work, ways, hop)
    sending = rng.random((6, 40))
    interpreted = last_work(queue, sending)
    monkeypatch.setattr(queues, "COMPILED_FROM", 0)
    assert last_work(queue, sending).tolist() == interpreted.tolist()
