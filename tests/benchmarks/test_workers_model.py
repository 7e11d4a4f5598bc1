"""The model of many workers: what one of them does is what was measured, and what limits many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.speed import workers_model as model

MEASURED = model.Constants(
    draw=1e-4,
    update=0.01,
    piece=0.02,
    pieces=6,
    images=100,
    adding=0.0,
    changes=1000,
    layers=(0.05, 0.07),
    spikes=500,
    latency=1e-3,
    byte=1e-6,
    run=1e-3,
    start=2.0,
    encode=1e-5,
    step=1e-4,
    steps=8,
)


def test_one_worker_takes_what_was_measured_and_sends_nothing() -> None:
    batch = model.data_parallel(MEASURED, 1)
    assert batch.seconds == pytest.approx(100 * 1e-4 + 0.01 + 6 * 0.02)
    assert batch.moved == 0
    alone = model.layer_pipeline(MEASURED, 1)
    assert (alone.seconds, alone.moved) == (pytest.approx(model.one_process(MEASURED, 1)), 0)
    assert model.chips(MEASURED, 1).seconds == pytest.approx(8e-4)


def test_what_takes_the_longest_changes_with_the_workers() -> None:
    assert model.data_parallel(MEASURED, 2).longest.startswith("pieces")
    slow = replace(MEASURED, latency=0.1)
    assert model.data_parallel(slow, 4).longest.startswith("the chain of totals")
    assert model.data_parallel(MEASURED, 64).parts["pieces"] == 0.02
    assert model.data_parallel(MEASURED, 8, 8).parts["pieces"] == pytest.approx(6 * 0.02)
    assert model.chips(MEASURED, 1000).longest == "encoding by one process, 100 %"
    assert model.shards(MEASURED, 10**6, 10_000, 88).parts["images"] == 1e-3


def test_a_pipeline_is_as_fast_as_its_slowest_layer() -> None:
    deep = model.layer_pipeline(MEASURED, 8)
    assert deep.parts["the slowest layer"] == 0.07
    assert deep.moved == 7 * 500
    assert model.one_process(MEASURED, 8) == pytest.approx(100 * 1e-4 + 0.05 + 7 * 0.07)
