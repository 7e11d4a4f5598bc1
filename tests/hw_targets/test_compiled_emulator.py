"""The compiled loops give the bits of the plain emulator and of the NumPy witness.

Most tests run the loops as plain Python, which needs no compilation.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from threading import Thread

import numpy as np
import pytest

from hw_targets.emulator import choice, compiled, tables, witness
from hw_targets.emulator import run as emulator
from hw_targets.emulator.memory import Memory
from hw_targets.emulator.stage import stages_of
from hw_targets.target import TargetRun
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.data.labels import NEUTRAL, present, present_all_labels
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from spikeff.ir.trace import compare_traces
from tests.hw_targets.interpreted import interpret, taken
from tests.hw_targets.plain_emulator import LABELS, images, labelled, plain
from tests.networks import (
    integer_network,
    integer_population,
    layered,
    random_case,
    random_spikes,
)


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    interpret(monkeypatch)


def ran(network: IntegerNetwork, inputs: Array) -> TargetRun:
    return emulator.run(network, inputs, record_states=True)


def assert_equal(ours: TargetRun, reference: TargetRun) -> None:
    comparison = compare_traces(reference.trace, ours.trace)
    assert comparison.equal, comparison.first_divergence
    assert ours.saturation == reference.saturation


def forward(seed: int, steps: int = 7, delay: int = 0) -> IntegerNetwork:
    """``labelled`` without its loop of two populations."""
    network = labelled(seed, steps, delay)
    kept = tuple(c for c in network.connections if (c.source, c.target) != ("p1", "p0"))
    return replace(network, connections=kept)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("code", ["latency", "burst", "rate"])
@pytest.mark.parametrize("delay", [0, 2])
def test_images_with_every_label_and_with_none(code: str, delay: int) -> None:
    network = forward(seed=delay, delay=delay)
    pixels = images(network, code, samples=3)
    pixels[4:5] = False  # silence between two bursts
    every = present_all_labels(pixels, LABELS)
    inputs = np.concatenate([every, present(pixels, np.full(3, NEUTRAL), LABELS)], axis=1)
    assert taken(network)
    assert_equal(ran(network, inputs), plain(network, inputs))


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_chunks_and_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch, samples: int) -> None:
    monkeypatch.setattr(compiled, "CHUNK_SAMPLES", (samples, samples))
    monkeypatch.setattr(tables, "FEWEST_TARGETS", 8)
    monkeypatch.setattr(tables, "BLOCK_BYTES", 1)
    network = forward(seed=3)
    inputs = present_all_labels(images(network, "burst", samples=2), LABELS)
    assert len(compiled.prepared(stages_of(network), network)[0].blocks) == 3
    assert_equal(ran(network, inputs), plain(network, inputs))


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("narrow", [True, False])
def test_random_networks_give_the_bits_and_counters_of_the_plain_model(
    monkeypatch: pytest.MonkeyPatch, narrow: bool
) -> None:
    """Sums of a few rows in int16, and in int32 as where weights are larger."""
    if not narrow:
        monkeypatch.setattr(tables, "INT16_MAX", 0)
    compared = 0
    for seed in range(24) if narrow else range(24, 36):
        case = random_case(Random(seed))
        inputs = case.inputs[:, :2]
        try:
            reference = plain(case.network, inputs)
            ours = ran(case.network, inputs)
        except LimitError:
            continue
        assert_equal(ours, reference)
        compared += taken(case.network)
    assert compared >= 5


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("weight", [254, -254])
def test_currents_wrap_at_either_end(weight: int) -> None:
    rng = np.random.default_rng(0)
    population = integer_population(rng, "p0", 8, 0, du=100, dv=300, vth=3000)
    weights = np.full((8, 12), weight)
    dense = IntegerConnection(INPUT, "p0", DENSE, weights, 8, 7, "mixed")
    network = integer_network([population], [dense], 6, 0, pixels=6)
    inputs = rng.random((6, 4, network.input_size)) < 0.4
    ours = ran(network, inputs)
    assert taken(network)
    assert ours.saturation["p0"].u_wraps
    assert_equal(ours, plain(network, inputs))


def test_loops_of_two_populations_stay_with_the_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "COMPILED_FROM", 0)
    network = labelled(seed=1)
    assert not taken(network)
    inputs = present_all_labels(images(network, "burst", samples=2), LABELS)
    assert_equal(ran(network, inputs), plain(network, inputs))


def test_partial_sums_are_proven_to_fit() -> None:
    """The narrowest type that holds the sum of a few rows, and as many rows as it holds."""
    for seed in range(40):
        network = random_case(Random(seed)).network
        for stage in stages_of(network):
            prepared = tables.prepare(stage.name, stage.synapses, network.sizes)
            if prepared is None:
                continue
            for block in prepared.blocks:
                largest = np.abs(block.table).max(initial=0)
                rows = [most for most in prepared.most if most]
                assert all(most >= tables.FEWEST_ROWS for most in rows)
                if rows:
                    assert int(largest) * min(rows) <= np.iinfo(block.table.dtype).max


def test_little_work_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice._Work, "done", 0)
    asked = []
    monkeypatch.setattr(compiled, "run_samples", lambda *given: asked.append(given) or [{}])
    network = layered((8,), 3)
    inputs = random_spikes(network, 2)
    emulator.run(network, inputs)
    assert not asked
    monkeypatch.setattr(choice, "COMPILED_FROM", 2 * choice._Work.done)
    emulator.run(network, inputs)
    assert len(asked) == 1, "what was run before counts as well"


def test_memory_goes_round_once_nobody_holds_it() -> None:
    memory = Memory(kept_bytes=2**22)
    first = memory.empty((2, 2**20), np.bool_)
    part, place = first[1, 3:], first.ctypes.data
    del first
    other = memory.empty((2**20, 2), np.bool_)
    assert other.ctypes.data != place
    del part
    assert memory.empty((2**19,), np.int32).ctypes.data == place
    assert memory.empty((4,), np.int32).flags.owndata


def test_memory_that_is_freed_while_another_piece_is_taken_waits_for_nobody() -> None:
    memory = Memory()
    held = [memory.empty((2**20,), np.bool_)]

    def free() -> None:
        with memory._lock:
            held.clear()

    thread = Thread(target=free, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.slow
def test_compiled_loops_give_the_bits_of_the_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "COMPILED_FROM", 0)
    compared = 0
    for seed in range(80):
        case = random_case(Random(seed))
        try:
            ours = ran(case.network, case.inputs)
        except LimitError:
            continue
        reference = emulator.run(case.network, case.inputs, True, witness.run_samples)
        assert_equal(ours, reference)
        compared += taken(case.network)
    assert compared >= 25
