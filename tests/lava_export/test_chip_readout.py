"""The readout as neurons gives the host's numbers, labels and ties, in exact integers."""

import numpy as np
import pytest

from hw_targets.decode_answer import answers_itself, chip_answers, states_read
from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from lava_export.readout.chip_readout import GOODNESS, WINNER, with_chip_readout
from spikeff.errors import LimitError
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, SOFTMAX
from spikeff.ir.readout_codes import answers, summed_goodness
from tests.networks import Layer, on_chip, relays

KINDS = ["pairs", "windowed_pairs", "synchrony", "excess", "rate"]
OVER_TIME = ("synchrony", "excess")  # nothing in a single step
PLAIN = [Layer(24, 4)]
UNLIKE = [Layer(24, 4), Layer(30, 5)]
LIMITED = [Layer(24, 4, limit=2), Layer(15, 5, limit=1)]
SIGNED = [Layer(24, 4, constraint_columns=2), Layer(25, 5, constraint_columns=5)]


def random_spikes(network, samples, seed):
    rng = np.random.default_rng(seed)
    density = rng.uniform(0.05, 0.9, (1, samples, 1))
    return rng.random((network.steps, samples, network.input_size)) < density


def read_both_ways(network, inputs):
    run = emulator.run(network, inputs, states_read(network))
    spikes = run.trace.window(network.steps).spikes
    host = answers(spikes, network.readout, network.populations)
    return host, chip_answers(network, run), run, spikes


@pytest.mark.parametrize("goodness", KINDS)
@pytest.mark.parametrize("layers", [PLAIN, UNLIKE, LIMITED, SIGNED])
@pytest.mark.parametrize("steps", [1, 7])
def test_accumulators_hold_the_goodness_exactly(goodness, layers, steps):
    network = on_chip(relays(layers, steps, goodness, kind=ALL_LABELS, classes=4))
    host, chip, run, spikes = read_both_ways(network, random_spikes(network, 80, steps))
    np.testing.assert_array_equal(host, chip)
    expected = summed_goodness(spikes, network.readout, network.populations)
    held = run.trace.v[GOODNESS][steps - 1].sum(axis=1, dtype=np.int64)
    best = np.abs(expected).argmax()
    assert len(set(held.tolist())) > 3 or (goodness in OVER_TIME and steps == 1)
    if expected[best]:
        unit = held[best] / expected[best]
        np.testing.assert_allclose(held, unit * expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("goodness", ["pairs", "synchrony", "excess", "rate"])
@pytest.mark.parametrize("layers", [PLAIN, UNLIKE, LIMITED])
def test_one_class_wins_and_it_is_the_hosts(goodness, layers):
    network = on_chip(relays(layers, 6, goodness))
    host, chip, run, _ = read_both_ways(network, random_spikes(network, 200, 3))
    np.testing.assert_array_equal(host, chip)
    assert len(set(chip.tolist())) == 3
    winner = run.trace.spikes[WINNER]
    assert not winner[: network.steps].any()
    assert (winner[network.steps].sum(axis=1) == 1).all()


def test_ties_go_to_the_lowest_label_on_chip_and_host():
    """Tied classes hold the same columns in another order, so the host's sums round differently."""
    network = on_chip(relays([Layer(84, 4)], 7, "pairs"))
    rng = np.random.default_rng(0)
    spikes = rng.random((7, 300, 7, 4)) < 0.5
    orders = [rng.permutation(7) for _ in range(3)]
    tied = np.stack([spikes[:, :, order] for order in orders], axis=2)
    weaker = rng.integers(0, 3, 300)
    tied[:, np.arange(300), weaker] &= rng.random((300, 7, 7, 4)).transpose(1, 0, 2, 3) < 0.3
    host, chip, _, _ = read_both_ways(network, tied.reshape(7, 300, -1))
    np.testing.assert_array_equal(chip, np.where(weaker == 0, 1, 0))
    np.testing.assert_array_equal(host, chip)


def test_silence_is_a_tie():
    network = on_chip(relays(PLAIN, 5, "synchrony"))
    host, chip, _, _ = read_both_ways(network, np.zeros((5, 2, 24), bool))
    assert host.tolist() == chip.tolist() == [0, 0]


def test_accumulators_split_before_they_could_overflow():
    small = on_chip(relays([Layer(80, 40)], 8, "synchrony", kind=ALL_LABELS))
    large = on_chip(relays([Layer(240, 40)], 8, "synchrony", kind=ALL_LABELS))
    sizes = [n.sizes[GOODNESS] for n in (small, large)]
    assert sizes[0] < sizes[1]
    run = emulator.run(large, np.ones((8, 1, 240), bool), True)
    u, v = run.trace.u[GOODNESS][:8], run.trace.v[GOODNESS][:8]
    assert max(np.abs(u).max(), np.abs(v).max()) < 2**23
    host, chip, _, _ = read_both_ways(large, random_spikes(large, 30, 1))
    np.testing.assert_array_equal(host, chip)


def test_a_network_without_its_own_readout_says_so():
    plain = quantize(relays(PLAIN, 5, "pairs"))
    assert not answers_itself(plain)
    answering = with_chip_readout(plain)
    assert answers_itself(answering)
    assert (plain.idle_steps, answering.idle_steps) == (0, 1)
    assert with_chip_readout(answering) is answering


def test_without_readout_or_its_states_there_is_no_answer():
    plain = quantize(relays(PLAIN, 5, "pairs"))
    assert chip_answers(plain, emulator.run(plain, np.ones((5, 2, 24), bool))) is None
    passes = on_chip(relays(PLAIN, 5, "pairs", kind=ALL_LABELS))
    assert chip_answers(passes, emulator.run(passes, np.ones((5, 6, 24), bool))) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"goodness": "windowed_pairs", "beta": 0.3}, r"beta = 0.3 cannot be carried.*0.3\^lag"),
        ({"goodness": "synchrony", "beta": 0.5}, r"'synchrony' with beta = 0.5 cannot"),
        ({"goodness": "excess", "beta": 0.5}, r"'excess' with beta = 0.5 cannot"),
        ({"goodness": "pairs", "kind": SOFTMAX}, "'softmax' reads spike counts by a matrix"),
        ({"goodness": "unheard"}, "no ladder of thresholds is known"),
    ],
)
def test_what_integers_cannot_carry_is_refused(fields, message):
    with pytest.raises(LimitError, match=message):
        on_chip(relays(PLAIN, 5, **fields))


def test_sums_and_counts_beyond_the_registers_are_refused():
    with pytest.raises(LimitError, match=r"the difference of two classes may reach \d+ units"):
        on_chip(relays([Layer(300, 50)], 60, "pairs"))
    with pytest.raises(LimitError, match=r"'layer1.totals': a count of 900 spikes .* leaks"):
        on_chip(relays([Layer(90, 30)], 30, "synchrony"))
    with pytest.raises(LimitError, match=r"'layer1.totals': it would count to 5000"):
        on_chip(relays([Layer(300, 50)], 100, "synchrony"))


def test_several_winners_are_an_error_not_an_answer():
    network = on_chip(relays(PLAIN, 5, "pairs", kind=CLASS_COLUMNS))
    run = emulator.run(network, random_spikes(network, 2, 0))
    run.trace.spikes[WINNER][network.steps, 1] = True
    with pytest.raises(LimitError, match="3 classes win in sample 1"):
        chip_answers(network, run)
