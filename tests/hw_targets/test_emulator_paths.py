"""Every way by which the emulator computes gives the bits of the plain one, written out here."""

from __future__ import annotations

from functools import partial
from random import Random

import numpy as np
import pytest
import torch

from hw_targets.emulator import input_drive, spike_product, synapses, witness
from hw_targets.emulator import run as emulator
from hw_targets.emulator import torch_kernel as torch_emulator
from lava_export.integers.network import IntegerNetwork
from spikeff import parallel as worker_threads
from spikeff.data.labels import NEUTRAL, present, present_all_labels
from spikeff.errors import LimitError, TargetUnavailableError
from spikeff.ir.arrays import Array
from spikeff.ir.trace import compare_traces
from tests.hw_targets.plain_emulator import LABELS, images, labelled, plain
from tests.networks import random_case


def assert_plain(network: IntegerNetwork, inputs: Array) -> None:
    reference = plain(network, inputs)
    for run in (emulator.run, partial(torch_emulator.run, device="cpu")):
        ours = run(network, inputs, record_states=True)
        comparison = compare_traces(reference.trace, ours.trace)
        assert comparison.equal, (run, comparison.first_divergence)
        assert ours.saturation == reference.saturation


@pytest.mark.parametrize("code", ["latency", "burst", "rate"])
@pytest.mark.parametrize("delay", [0, 2])
def test_images_with_every_label_and_with_none(code: str, delay: int) -> None:
    network = labelled(seed=delay, delay=delay)
    pixels = images(network, code, samples=5)
    every = present_all_labels(pixels, LABELS)
    neutral = present(pixels, np.full(5, NEUTRAL), LABELS)
    assert_plain(network, np.concatenate([every, neutral], axis=1))


@pytest.mark.parametrize("ahead", [1, 5000, 10**9])
def test_any_number_of_steps_ahead(monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    monkeypatch.setattr(input_drive, "AHEAD_BYTES", ahead)
    network = labelled(seed=3, steps=9)
    pixels = images(network, "burst", samples=4)
    pixels[4:6] = False  # silence between two bursts
    assert_plain(network, present_all_labels(pixels, LABELS))


@pytest.mark.parametrize("share", [0.0, 0.5, 2.0])
def test_rows_and_dense_products(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    monkeypatch.setattr(spike_product, "EVENT_SHARE", share)
    network = labelled(seed=1)
    rng = np.random.default_rng(1)
    for density in (0.02, 0.3, 0.9):
        inputs = rng.random((network.steps, 9, network.input_size)) < density
        assert_plain(network, inputs)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(worker_threads, "cores", lambda: threads)
    monkeypatch.setattr(witness, "CHUNK_SAMPLES", (4, 4))
    network = labelled(seed=2)
    assert_plain(network, present_all_labels(images(network, "burst", samples=9), LABELS))


def test_random_networks_give_the_counters_of_the_plain_model() -> None:
    compared = 0
    for seed in range(80):
        case = random_case(Random(seed))
        try:
            assert_plain(case.network, case.inputs)
        except LimitError:
            continue
        compared += 1
    assert compared >= 40


def test_lists_of_synapses_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for large populations with few synapses, here for all."""
    monkeypatch.setattr(synapses, "SPARSE_SIZE", 0)
    monkeypatch.setattr(synapses, "SPARSE_SHARE", 2.0)
    listed = 0
    for seed in range(100, 140):
        case = random_case(Random(seed))
        try:
            assert_plain(case.network, case.inputs)
        except LimitError:
            continue
        found = [synapses.prepare([c]) for c in case.network.connections]
        listed += sum(s.sparse is not None for group in found for s in group)
    assert listed >= 40


def test_shared_trains_are_found_wherever_they_stand() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.random((4, 3, 10)) < 0.5
    order = np.array([2, 0, 0, 1, 2, 2])
    inputs = np.concatenate([pixels[:, order], np.zeros((4, 6, 2), bool)], axis=2)
    trains, labels = input_drive.distinct_trains(inputs, 10)
    assert trains.spikes.shape == (4, 3, 10)
    assert labels.spikes.shape == (4, 1, 2)
    assert trains.owner is not None
    np.testing.assert_array_equal(trains.spikes[:, trains.owner], inputs[:, :, :10])


def test_the_cores_to_use_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(worker_threads.LIMIT, "1")
    assert worker_threads.cores() == 1
    monkeypatch.delenv(worker_threads.LIMIT)
    assert worker_threads.cores() >= 1
    assert worker_threads.over_cores(lambda k: k * k, range(5)) == [0, 1, 4, 9, 16]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_gives_the_same_bits() -> None:
    network = labelled(seed=4)
    inputs = present_all_labels(images(network, "burst", samples=9), LABELS)
    ours = torch_emulator.run(network, inputs, record_states=True, device="cuda")
    assert compare_traces(plain(network, inputs).trace, ours.trace).equal


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_gpu_that_is_not_there_is_named() -> None:
    network = labelled(seed=4)
    with pytest.raises(TargetUnavailableError, match="device 'cuda' cannot run here: torch finds"):
        torch_emulator.run(network, np.zeros((7, 1, network.input_size), bool), device="cuda")
