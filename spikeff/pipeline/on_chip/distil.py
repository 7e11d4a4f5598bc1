"""``spikeff distil``: emulated chips that learn from a teacher's answers, not from its weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import plain_numbers, whole_number
from spikeff.pipeline import Report, silent
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.on_chip.network import plastic_network, require_on_chip
from spikeff.pipeline.on_chip.train import learn_one_epoch, learner_of
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.run.parts import run_network
from spikeff.pipeline.run.run import run_split
from spikeff.pipeline.saved import Saved, saved
from spikeff.training.config.schema import TrainConfig
from spikeff.training.resolve import wanted_fields, whole_config

if TYPE_CHECKING:
    from hw_targets.learning.device import Device
    from lava_export.integers.network import IntegerNetwork

SHARPNESS = 10.0  # of the softmax over the goodness of labels
MAX_STUDENTS = 256


@dataclass(frozen=True)
class Distilled:
    """What teaching came to.

    Attributes:
        file: Network of the first student.
        teacher_accuracy: Of the teacher on the test samples.
        accuracies: Of every student on these, each on its own device.
        mean: Of the students' accuracies.
        spread: Their standard deviation.
        seconds: Of the whole call.
    """

    file: str
    teacher_accuracy: float
    accuracies: tuple[float, ...]
    mean: float
    spread: float
    seconds: float


@plain_numbers
def distil(
    teacher: Path | str,
    out: Path | str,
    preset: str | None = None,
    *,
    config: Path | str | None = None,
    data: Path | str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    students: int = 1,
    device: Mapping[str, Any] | None = None,
    samples: int | None = None,
    test_samples: int | None = None,
    report: Report = silent,
    log: Callable[[str], None] = lambda line: None,
) -> Distilled:
    """Teach students by what a teacher finds good for every label of every training sample.

    A student takes the teacher's best label for a positive, as much as the teacher is sure of it,
    and its own best wrong one for a negative, as much as the teacher is sure that it is wrong. It
    sees no true label and none of the teacher's weights. Everything that is asked for is checked
    before the data are read.

    Args:
        teacher: Run, network file or "zoo:NAME"; floats are quantised.
        out: File for the first student's integer network.
        preset: Of the students; that of the teacher's data set, "-onchip", where nothing is said.
        students: How many learn side by side, on devices of consecutive seeds.
        device: What their devices are like, as for ``train_on_chip``.
        samples: Learn from the first so many training samples.
        test_samples: Judge by the first so many test samples.

    Raises:
        ConfigError: The students cannot learn so, or not what the teacher knows.
        OutputError: ``out`` is something that is read, or part of a run.
    """
    from lava_export.integers.file import save_integer_network

    start, where = time.perf_counter(), Path(out)
    devices = _devices(dict(device or {}), students)
    source = saved(teacher)
    require_output(where, source.path, data)
    directory = Path(data) if data is not None else None
    settings = _settings(source, preset, config, epochs, seed)
    network = integers_of(source, directory)
    training = load_split(settings.data.dataset, "train", directory).head(samples)
    test = load_split(settings.data.dataset, "test", directory).head(test_samples)
    student = plastic_network(settings, training)
    learner = learner_of(student, settings, devices)
    beliefs = soft_labels(network, training)
    for epoch in range(settings.schedule.epochs):
        done = learn_one_epoch(learner, settings, training, epoch, report, beliefs)
        log(
            f"epoch {epoch + 1}: goodness {done.positive:.2f} of positives, {done.negative:.2f} of "
            f"negatives"
        )
    accuracies = tuple(
        run_split(
            learner.network_of(k),
            test,
            "device",
            device={**(device or {}), "seed": each.seed},
        ).accuracy
        for k, each in enumerate(devices)
    )
    save_integer_network(where, learner.network_of())
    return Distilled(
        str(out),
        run_split(network, test).accuracy,
        accuracies,
        float(np.mean(accuracies)),
        float(np.std(accuracies)),
        time.perf_counter() - start,
    )


def _devices(given: dict[str, Any], students: int) -> list[Device]:
    """Devices of consecutive seeds."""
    from hw_targets.learning.device import device_of

    whole_number("students", students, 1, MAX_STUDENTS)
    first = device_of(given).seed
    return [device_of(given | {"seed": first + k}) for k in range(students)]


def _settings(
    source: Saved,
    preset: str | None,
    config: Path | str | None,
    epochs: int | None,
    seed: int | None,
) -> TrainConfig:
    """How the students learn: the same data set as the teacher, and by something a chip can."""
    teacher = source.network() if source.is_integers else source.description()
    chosen = preset if preset or config else f"{teacher.dataset}-onchip"
    settings = whole_config(wanted_fields(chosen, config, epochs, seed))
    require_on_chip(settings)
    if settings.data.dataset != teacher.dataset:
        raise ConfigError(
            f"{source.name} learned {teacher.dataset!r}, and its students would learn "
            f"{settings.data.dataset!r}; choose --preset or --config for the data of the teacher."
        )
    return settings


def soft_labels(teacher: IntegerNetwork, samples: Split) -> Array:
    """How sure the teacher is of every label, (samples, classes)."""
    scores = run_network(teacher, "emulator", samples, silent).answers.scores
    scaled = SHARPNESS * (scores - scores.max(axis=1, keepdims=True))
    sure = np.exp(scaled)
    return np.asarray(sure / sure.sum(axis=1, keepdims=True))
