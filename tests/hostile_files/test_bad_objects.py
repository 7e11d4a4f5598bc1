"""Networks, checkpoints and failures that no simulator or command may stumble over."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hw_targets.cost.counts import count_run
from hw_targets.emulator import run as emulator
from lava_export.integers.network import IntegerConnection
from lava_export.integers.timing import DELAY_MAX
from spikeff.cli.failures import message_of
from spikeff.errors import ConfigError, DataError, DescriptionError, FileFormatError, LimitError
from spikeff.ir.connectivity import DENSE
from spikeff.ir.io.reading import reading
from spikeff.ir.io.sealed import load_sealed, save_sealed
from spikeff.pipeline.compile.calibrated import quantize_on
from spikeff.pipeline.evaluate import evaluate_run
from spikeff.pipeline.report.overview import origin
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.run_folder import CHECKPOINT, RECORD
from spikeff.training.stored import KIND, VERSION
from tests import networks


def two_layers(delay: int = 0, depth: int = 1) -> Any:
    """Two layers of repeaters; the second at ``depth``, reached after ``delay`` steps."""
    made = networks.integers(np.full((4, 3), 8), depth_weights=[np.full((4, 4), 8)])
    first, second = made.populations
    to_first, to_second = made.connections
    return replace(
        made,
        populations=(first, replace(second, depth=depth)),
        connections=(to_first, replace(to_second, delay=delay)),
    )


@pytest.mark.parametrize(
    ("delay", "depth", "error", "message"),
    [
        (0, 0, DescriptionError, "shorter than the step that every connection takes"),
        (DELAY_MAX + 1, 1, LimitError, "it has to wait 64 steps"),
        (0, DELAY_MAX + 2, LimitError, "it has to wait 64 steps"),
    ],
)
def test_the_emulator_refuses_what_no_chip_can_time(
    delay: int, depth: int, error: type[Exception], message: str
) -> None:
    network = two_layers(delay, depth)
    with pytest.raises(error, match=message):
        emulator.run(network, np.ones((network.steps, 1, 3), bool))
    emulator.run(two_layers(), np.ones((network.steps, 1, 3), bool))


def test_a_delay_longer_than_the_period_is_counted() -> None:
    """Its spikes never arrive; there is no input of an earlier step to look at."""
    network = two_layers()
    inputs = np.ones((network.steps, 2, 3), bool)
    trace = emulator.run(network, inputs).trace
    plain = count_run(network, inputs, trace)
    source = network.connections[1].source
    for delay in (network.period, network.period + 1, 40):
        late = IntegerConnection(
            source, network.connections[1].target, DENSE, np.full((4, 4), 8), 8, 0, "mixed", delay
        )
        more = replace(network, connections=(*network.connections, late))
        counts = count_run(more, inputs, trace)
        for name, active in counts.active.items():
            np.testing.assert_array_equal(active, plain.active[name])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_named(
    value: float, run_directory: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(run_directory, run)
    meta, arrays = load_sealed(run / CHECKPOINT, KIND, VERSION)
    weights = arrays["layer0.0.weight"].copy()
    weights[0, :2] = value
    save_sealed(run / CHECKPOINT, KIND, VERSION, meta, arrays | {"layer0.0.weight": weights})
    with pytest.raises(FileFormatError, match=r"layer0.0.weight: 2 of .* are not finite"):
        evaluate_run(run, samples=4)


@pytest.mark.parametrize("found", [5, None, [1], "x", {"a": 2}])
def test_what_a_run_s_record_tells_decides_nothing(found: object, tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"")
    record = dict.fromkeys(("command", "versions", "git", "seed"), found)
    (tmp_path / RECORD).write_text(json.dumps(record))
    source = SimpleNamespace(path=tmp_path, is_run=True)
    told: Any = SimpleNamespace(source=source, command=("spikeff", "report"))
    assert "spikeff report" in origin(told)


def test_the_last_resort_of_loaders() -> None:
    for failure in (RecursionError("deep"), IndexError("x"), AttributeError("y"), KeyError("z")):
        with (
            pytest.raises(FileFormatError, match="file cannot be read"),
            reading("file", FileFormatError),
        ):
            raise failure
    for failure in (ConfigError("ours"), MemoryError("none"), OSError("full")):
        with pytest.raises(type(failure)), reading("file", FileFormatError):
            raise failure


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 8. GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried\nframe"),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
    ],
)
def test_no_memory_is_a_message(error: Exception) -> None:
    message = message_of(error)
    assert message is not None
    assert "more memory" in message
    assert "frame" not in message


def test_a_defect_is_no_message() -> None:
    assert message_of(RecursionError("too deep")) == "RecursionError: too deep"
    assert message_of(RuntimeError("anything else")) is None
    assert message_of(TypeError("x")) is None


@pytest.mark.parametrize("goodness", ["synchrony", "excess"])
def test_one_step_leaves_nothing_to_compare(goodness: str) -> None:
    fields = {
        "data.steps": 1,
        "network.labels.steps": [0],
        "network.layer_defaults.goodness": {"kind": goodness},
    }
    with pytest.raises(ConfigError, match=r"at least 2 steps, or one of: first_spike, pairs, rate"):
        make_config(with_fields(preset_table("digits"), fields), "test")
    for other in ({"data.steps": 2}, {"network.layer_defaults.goodness": {"kind": "pairs"}}):
        make_config(with_fields(preset_table("digits"), fields | other), "test")


def test_one_sample_is_too_few_to_calibrate_on() -> None:
    description = networks.description(labels=None)
    inputs = np.ones((description.steps, 1, description.input_size), bool)
    with pytest.raises(DataError, match="at least 2"):
        quantize_on(description, 8, inputs)
