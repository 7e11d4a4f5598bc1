"""A trained network in floats: answers, evaluation, integers, report, run directory."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from spikeff.data.arrays import write_split
from spikeff.data.dataset import Split
from spikeff.data.encoders import get_encoder
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError
from spikeff.evidence.figures import Evaluation
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import plain_numbers
from spikeff.lowering import describe
from spikeff.lowering.parts import input_code
from spikeff.models.integers import IntegerModel
from spikeff.models.network import Network
from spikeff.models.samples import (
    in_memory,
    samples_to_test,
    split_of,
    write_test_samples,
)
from spikeff.nn.spike_events import SpikeEvents
from spikeff.pipeline.compile.calibrated import calibration_inputs, calibration_presentations
from spikeff.pipeline.compile.export import ON_HOST, SHORTEST, compiled
from spikeff.pipeline.report.report import ReportResult
from spikeff.pipeline.report.report import report as write_report
from spikeff.training.answers import class_scores
from spikeff.training.checkpoint import start_run
from spikeff.training.config.schema import TrainConfig
from spikeff.training.evaluation import CHUNK_MOST, CHUNK_ROWS, evaluate
from spikeff.training.history import EpochSummary, History
from spikeff.training.model import Model
from spikeff.training.run_folder import copy_run, record_seconds
from spikeff.training.trainer import Trainer

IN_MEMORY = "the trained model"
KEPT = 512  # training samples that integers are calibrated on


class TrainedModel(Network):
    """A trained network, as ``spikeff.train`` makes it and ``spikeff.load`` reads it from a run.

    Attributes:
        model: Configuration, torch network and linear readout.
        trainer: What trained it, with its optimisers; None where it was loaded.
        log: What every epoch showed.
        run: Its run directory; None where there is none.
        samples: The first training samples, on which integers are calibrated; None where it was
            loaded.
    """

    def __init__(
        self,
        model: Model,
        log: History,
        run: Path | None = None,
        trainer: Trainer | None = None,
        samples: Split | None = None,
    ) -> None:
        self.model = model
        self.log = log
        self.run = run
        self.trainer = trainer
        self.samples = samples
        self.name = str(run) if run is not None else IN_MEMORY
        self.input = input_code(model)
        self.steps = model.config.data.steps
        self.classes = model.network.classes
        self.reading = model.network.reading
        self.dataset = model.config.data.dataset
        self.scale = goodness_scale(model.config)

    @property
    def config(self) -> TrainConfig:
        """The whole configuration."""
        return self.model.config

    @property
    def history(self) -> list[EpochSummary]:
        """A summary of every epoch."""
        return self.log.summaries(self.config.schedule.epochs)

    @plain_numbers
    def evaluate(self, data: Any = None, seed: int = 0, jitter: int = 0) -> Evaluation:
        """Accuracy by every readout, and how much of it depends on spike times.

        The layers' spikes are recorded once, then shuffled in time, jittered, deleted and reversed
        (docs/agreement.md).

        Args:
            data: (X, y), a torch Dataset, a Split, or the folder of a data set; None for the test
                split of a data set that comes with the package.
            seed: Of the jitter and of the time shuffle.
            jitter: Most steps by which input spikes are moved.

        Raises:
            DataError: There are no such data, or they do not fit.
        """
        split = samples_to_test(data, self.dataset, self.input.encoder, self.classes)
        return evaluate(self.model, split, seed, jitter, perturbed=True)

    @plain_numbers
    def export(
        self,
        out: Path | str | None = None,
        bits: int = 8,
        chip: str = "loihi1",
        readout: str = ON_HOST,
        data: Any = None,
        period: str = SHORTEST,
    ) -> IntegerModel:
        """The network in integers.

        Args:
            out: File to write, as ``spikeff export`` does; None writes none.
            bits: Bits of a signed weight, 1 to 9.
            chip: Whose limits must hold.
            readout: "host", or "chip" for a network that answers by neurons of its own.
            data: Training samples to calibrate on, as in :meth:`evaluate`; None for those that it
                was trained on, where they are at hand. Without any the weights alone decide.
            period: "shortest", or "power-of-two" steps from sample to sample, after which Loihi 2
                clears its neurons without a host.

        Raises:
            LimitError: The network does not fit the chip.
        """
        description = describe(self.model)
        network, parts, calibration = compiled(
            description, bits, self._calibration_inputs(data), chip, readout, period=period
        )
        made = IntegerModel(network, f"{self.name}, {bits} bits", self.scale, parts, calibration)
        if out is not None:
            made.save(out)
        return made

    @plain_numbers
    def report(
        self, out: Path | str, data: Any = None, samples: int | None = None, bits: int = 8
    ) -> ReportResult:
        """Write the HTML page of ``spikeff report``.

        Args:
            out: The page.
            data: Test samples, as in :meth:`evaluate`.
            samples: Only the first of them; None takes all.
            bits: Of a signed weight of the integers on the page.

        Raises:
            ConfigError: Samples in memory are given of a network that has its data set's files, or
                that was loaded without its training samples.
        """
        with tempfile.TemporaryDirectory() as folder:
            run, place = self.run or Path(folder) / "model", data
            if self.run is None:
                self.save(run)
            if in_memory(data):
                place = self._written(data, Path(folder) / "data")
            return write_report(run, out, data=place, samples=samples, bits=bits)

    def save(self, out: Path | str) -> None:
        """Write a run directory that every command takes, and ``spikeff.load``.

        Raises:
            ConfigError: ``out`` is there already.
        """
        out = Path(out)
        if out.exists():
            raise ConfigError(f"{out} is there already; choose another directory.")
        if self.trainer is not None:
            start_run(out, self.trainer, sys.argv)
            record_seconds(out, self.log.seconds)
        elif self.run is not None:
            copy_run(self.run, out)

    @property
    def _neurons(self) -> list[int]:
        return [layer.neurons for layer in self.config.layers]

    @property
    def _chunk_size(self) -> int:
        return min(CHUNK_MOST, max(1, CHUNK_ROWS // self.steps))

    def _scores(self, spikes: Array) -> Array:
        events = SpikeEvents.of(spikes, self.model.device)
        scores: Array = class_scores(self.model, events).cpu().numpy()
        return scores

    def _calibration_inputs(self, data: Any) -> Array | None:
        description, split = describe(self.model), self.samples
        if in_memory(data):
            split = split_of(data, self.input.encoder, self.classes)
        elif data is not None:
            split = load_split(self.dataset, "train", Path(data))
        if split is None:
            return calibration_inputs(description, None)
        return calibration_presentations(description, split)

    def _written(self, data: Any, folder: Path) -> Path:
        """Samples in memory as files of a data set, which the steps of the pipeline read."""
        encoder = self.input.encoder
        write_test_samples(data, self.dataset, encoder, self.classes, folder / "test.npz")
        if self.samples is None:
            raise ConfigError(
                f"{self.name} was loaded without its training samples, on which the integers of "
                f"the page are calibrated: give data as the folder of train.npz and test.npz."
            )
        write_split(folder / "train.npz", self.samples, get_encoder(encoder).in_steps)
        return folder


def model_of(trainer: Trainer, run: Path | None = None) -> TrainedModel:
    """What ``trainer`` has trained. run : where its checkpoints are.

    Of its samples only the first stay, copied, so that the model does not keep all of the data.
    """
    trainer.split = trainer.split.take(np.arange(min(KEPT, len(trainer.split))))
    trainer.validation = None
    return TrainedModel(trainer.model, trainer.log, run, trainer, trainer.split)


def goodness_scale(config: TrainConfig) -> float:
    """Factor on goodness where layers compare it in training: its scale over the temperature."""
    scales = [layer.goodness.scale for layer in config.layers if layer.goodness]
    temperature = getattr(config.objective, "temperature", 1.0)
    return fmean(scales or [1.0]) / temperature
