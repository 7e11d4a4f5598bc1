"""How much memory a large network takes, for each of its synapses of two bytes."""

import tracemalloc

import numpy as np
import pytest

from hw_targets.emulator import choice
from hw_targets.emulator import run as emulator
from lava_export.integers.file import load_integer_network, save_integer_network
from tests.networks import integer_connection, integer_network, integer_population

NEURONS = 1500
MOST_BYTES = 11  # the integers of the file, and one form of them to multiply by


@pytest.fixture(params=["numpy", pytest.param("compiled", marks=pytest.mark.slow)])
def way(request, monkeypatch):
    """The way of the emulator, compiled before its memory counts."""
    monkeypatch.setattr(choice, "COMPILED_FROM", 0 if request.param == "compiled" else 2**62)
    layer = integer_population(np.random.default_rng(0), "a", 5)
    synapses = integer_connection(np.random.default_rng(0), "input", "a", (5, 12))
    emulator.run(integer_network([layer], [synapses], pixels=6), np.ones((6, 1, 12), bool))


def test_a_large_network_is_loaded_and_run_in_a_few_bytes_per_synapse(way, tmp_path):
    rng = np.random.default_rng(0)
    layers = [integer_population(rng, name, NEURONS, depth) for depth, name in enumerate("ab")]
    first = integer_connection(rng, "input", "a", (NEURONS, 12))
    second = integer_connection(rng, "a", "b", (NEURONS, NEURONS))
    made = integer_network(layers, [first, second], pixels=6)
    save_integer_network(tmp_path / "n", made)
    spikes = rng.random((made.steps, 1, made.input_size)) < 0.1
    tracemalloc.start()
    try:
        network = load_integer_network(tmp_path / "n")
        assert emulator.run(network, spikes).trace.spikes["b"].any()
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES * NEURONS**2
    finally:
        tracemalloc.stop()
