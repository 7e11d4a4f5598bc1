"""Networks on several chips: the fewest chips, few messages between them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lava_export.chips import boards
from lava_export.chips.boards import BOARDS, Board, chips_for, get_board, register_board
from lava_export.chips.catalogue import CHIPS
from lava_export.mapping import partition
from lava_export.mapping.capacity import chip_capacity
from lava_export.mapping.partition import chips_of_cores, core_axons, on_chips
from spikeff.errors import ConfigError, LimitError, TargetUnavailableError, UnknownNameError
from spikeff.ir.connectivity import ONE_TO_ONE
from tests.networks import integers
from tests.registries import registries_kept

TINY = replace(CHIPS["loihi1"], name="tiny", cores=4, neurons=2)


def two_halves(neurons=8):
    """Two populations behind each other, each of two halves that keep to themselves.

    In their own order, the first population fills one chip and the second the other.
    """
    half = np.kron(np.eye(2, dtype=int), np.full((neurons // 2, neurons // 2), 2))
    return integers(np.full((neurons, 3), 2), depth_weights=[half])


def test_boards_name_their_chips():
    assert {name: (b.chip, b.chips) for name, b in BOARDS.items()} == {
        "kapoho-bay": ("loihi1", 2),
        "nahuku-8": ("loihi1", 8),
        "nahuku-32": ("loihi1", 32),
        "oheo-gulch": ("loihi2", 1),
        "kapoho-point": ("loihi2", 8),
        "hala-point": ("loihi2", 1152),
    }
    assert get_board("nahuku-32").cores == 32 * 128
    assert get_board("hala-point").cores == 140_544
    assert all(board.source for board in BOARDS.values())
    with pytest.raises(UnknownNameError, match="Did you mean 'nahuku-32'"):
        get_board("nahuku32")


def test_a_board_of_ones_own_joins_by_name():
    with registries_kept():
        register_board(Board("pair", "loihi2", 2, "here"))
        assert chips_for(None, "pair", "loihi1") == (CHIPS["loihi2"], 2)
        with pytest.raises(ConfigError, match="exists already"):
            register_board(Board("pair", "loihi2", 3, "here"))
    assert "pair" not in boards.BOARDS
    with pytest.raises(UnknownNameError, match="loihi3"):
        register_board(Board("other", "loihi3", 2, "here"))
    with pytest.raises(ConfigError, match="0 chips"):
        register_board(Board("none", "loihi2", 0, "here"))
    for usable in (0, 129):
        with pytest.raises(ConfigError, match=f"{usable} usable cores; a loihi2 has 1 to 128"):
            register_board(Board("none", "loihi2", 1, "here", usable_cores=usable))


def test_cores_that_take_no_neurons_are_left_out():
    with registries_kept():
        register_board(Board("spared", "loihi1", 2, "here", usable_cores=3))
        chip, chips = chips_for(None, "spared", "")
        assert (chip.name, chip.cores, chips) == ("loihi1", 3, 2)
    with pytest.raises(LimitError, match="needs 4 cores, a loihi1 chip has 3"):
        chip_capacity(integers(np.full((3 * 1024 + 1, 3), 2)), chip, 1)


def test_the_chip_is_asked_for_or_the_files_own():
    assert chips_for(None, None, "") == (CHIPS["loihi1"], 1)
    assert chips_for(None, None, "loihi2") == (CHIPS["loihi2"], 1)
    assert chips_for("loihi1", None, "loihi2") == (CHIPS["loihi1"], 1)
    assert chips_for("loihi2", "kapoho-point", "loihi1") == (CHIPS["loihi2"], 8)
    with pytest.raises(ConfigError, match="kind loihi2, and loihi1 was asked for"):
        chips_for("loihi1", "kapoho-point", "")


def test_axons_between_cores_by_hand():
    """Neurons 0, 1 on core 0, neuron 2 on core 1; behind them one core each for two neurons."""
    second = np.array([[2, 0, 2], [2, 2, 0], [2, 0, 0]])
    network = integers(np.full((3, 2), 2), depth_weights=[second])
    # A second way between the same neurons takes no further message.
    again = replace(network.connections[1], delay=1)
    network = replace(network, connections=(*network.connections, again))
    found = on_chips(network, TINY, 1)
    assert [part.sizes for part in found.capacity] == [(2, 1), (2, 1)]
    assert core_axons(network, found.capacity).toarray().tolist() == [
        [0, 0, 2, 1],
        [0, 0, 1, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]
    assert found.axons.tolist() == [[4]]
    assert found.between == 0


def test_one_chip_needs_no_library(monkeypatch):
    monkeypatch.setattr(partition, "_pymetis", lambda: pytest.fail("asked for"))
    assert on_chips(two_halves(4), TINY, 8).chip_of.tolist() == [0, 0, 0, 0]


def test_several_chips_name_the_library_that_is_missing(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(partition, "import_module", missing)
    with pytest.raises(TargetUnavailableError, match=r"pymetis.*spikeff\[boards\]"):
        on_chips(two_halves(), TINY, 2)


def test_a_board_too_small_names_how_many_chips_it_takes():
    with pytest.raises(LimitError, match=r"needs 16 cores, 3 tiny chips have 12.*board of 4 chips"):
        on_chips(two_halves(16), TINY, 3)


def test_halves_that_keep_to_themselves_are_kept_together():
    pytest.importorskip("pymetis")
    network = two_halves()
    found = on_chips(network, TINY, 8)
    assert found.cores.tolist() == [4, 4]
    assert found.between == 0
    # Each of 8 neurons sends to the two cores that hold its half of the second population.
    assert np.trace(found.axons) == 8 * 2
    in_order = np.arange(8) // 4
    assert found.chip_of.tolist() != in_order.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_no_chip_is_overfull_and_its_own_order_is_no_better(seed):
    pytest.importorskip("pymetis")
    rng = np.random.default_rng(seed)
    first = rng.choice([0, 2], (int(rng.integers(10, 30)), 5))
    second = rng.choice([0, 0, 0, 2], (int(rng.integers(10, 30)), len(first)))
    network = integers(first, depth_weights=[second])
    found = on_chips(network, TINY, 32)
    cores = sum(part.cores for part in found.capacity)
    assert found.cores.max() <= TINY.cores
    assert len(found.cores) == -(-cores // TINY.cores)
    matrix = core_axons(network, found.capacity).toarray()
    in_order = np.arange(cores) // TINY.cores
    apart = found.chip_of[:, np.newaxis] != found.chip_of
    assert found.between == matrix[apart].sum()
    assert found.between <= matrix[in_order[:, np.newaxis] != in_order].sum()
    assert found.chip_of.tolist() == on_chips(network, TINY, 32).chip_of.tolist()


def test_chips_full_to_the_last_core():
    """Two of two cores each: METIS has no room at all."""
    pytest.importorskip("pymetis")
    network = integers(np.full((8, 2), 2))
    back = replace(network.connections[0], source="layer1", weights=np.full((8, 8), 2), delay=1)
    network = replace(network, connections=(*network.connections, back))
    found = on_chips(network, replace(TINY, cores=2), 2)
    assert found.cores.tolist() == [2, 2]
    # 4 neurons on each chip send to the two cores of the other.
    assert found.between == 16


def test_pairs_of_neurons_stay_on_a_chip():
    pytest.importorskip("pymetis")
    base = integers(np.full((8, 3), 2), depth_weights=[np.full((8, 8), 2)])
    pairs = replace(base.connections[1], connectivity=ONE_TO_ONE, weights=np.full(8, 2))
    found = on_chips(replace(base, connections=(base.connections[0], pairs)), TINY, 2)
    assert found.between == 0


def test_a_graph_without_edges_is_kept_in_order():
    pytest.importorskip("pymetis")
    found = on_chips(integers(np.full((16, 2), 2)), TINY, 2)
    assert found.chip_of.tolist() == [0] * 4 + [1] * 4


@pytest.mark.parametrize("times", [1, 2**40])
def test_metis_is_told_both_directions_in_32_bits(monkeypatch, times):
    told = []

    def part_graph(chips, graph, eweights, **how):
        told.append(csr_matrix((eweights, *graph)).toarray())
        return SimpleNamespace(vertex_part=[0, 0, 1])

    metis = SimpleNamespace(
        Options=dict, CSRAdjacency=lambda starts, ends: (ends, starts), part_graph=part_graph
    )
    monkeypatch.setattr(partition, "_pymetis", lambda: metis)
    axons = csr_matrix([[0, 3, 0], [2, 0, 1], [0, 0, 7]]) * times
    assert chips_of_cores(axons, 2, 2).tolist() == [0, 0, 1]
    for weights in told:
        assert weights.dtype == np.int32
        assert weights.sum() <= 2**30 + 4
        share = min(1, 2**30 / (12 * times))
        expected = np.array([[0, 5, 0], [5, 0, 1], [0, 1, 0]]) * times * share
        np.testing.assert_allclose(weights, expected, atol=1)
    assert told


def test_an_overfull_answer_is_not_taken(monkeypatch):
    overfull = np.array([0, 0, 0, 0, 0, 1, 1, 1])  # five cores on a chip of four
    monkeypatch.setattr(partition, "_by_metis", lambda *_: iter([overfull]))
    chain = np.zeros((8, 8), int)
    chain[3, 4] = 9  # where the chips are cut in their own order
    assert np.bincount(chips_of_cores(csr_matrix(chain), 2, 4)).tolist() == [4, 4]
