"""A network in integers, on the emulator: answers, accuracy, energy."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from spikeff.data.labels import present_all_labels
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX
from spikeff.ir.numbers import plain_numbers
from spikeff.ir.readout_codes import one_pass_logits, summed_goodness
from spikeff.models.network import Network
from spikeff.models.samples import in_memory, samples_to_test, write_test_samples
from spikeff.nn.settings import GoodnessSettings
from spikeff.pipeline.energy.energy_report import EnergyReport
from spikeff.pipeline.energy.estimate import TABLES, estimated
from spikeff.pipeline.presentations import CHUNK_BYTES, passes_per_sample
from spikeff.pipeline.report.report import ReportResult
from spikeff.pipeline.report.report import report as write_report
from spikeff.pipeline.run.answers import output_counts
from spikeff.pipeline.run.readings import counts_output_spikes
from spikeff.pipeline.run.run import RunReport, run_split

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork
    from spikeff.pipeline.compile.calibrated import CalibrationReport
    from spikeff.pipeline.compile.export import PopulationExport

SCALE: float = GoodnessSettings.model_fields["scale"].default


class IntegerModel(Network):
    """An exported network, as ``spikeff.load`` reads it from a file or from the zoo.

    A file does not hold the scale of the goodness in training: :meth:`predict_proba` takes the
    default of configurations for it, and that of the training where the network was exported by
    :meth:`spikeff.models.trained.TrainedModel.export`.

    Attributes:
        network: The integers.
        counts: Whether the class whose output neurons spike most is the answer, as in networks made
            elsewhere; scores are then spike counts, and ``scale`` is 1.
        populations: What is said of each population in export; () where it was loaded.
        calibration: How the integers were calibrated; None where they were not, or were loaded.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        name: str,
        scale: float = SCALE,
        populations: tuple[PopulationExport, ...] = (),
        calibration: CalibrationReport | None = None,
    ) -> None:
        self.network = network
        self.populations = populations
        self.calibration = calibration
        self.name = name
        self.counts = counts_output_spikes(network.readout)
        self.scale = 1.0 if self.counts else scale
        self.input = network.input
        self.steps = network.steps
        self.classes = network.readout.classes
        self.reading = network.readout.kind
        self.dataset = network.dataset

    @plain_numbers
    def evaluate(
        self, data: Any = None, target: str = "emulator", shuffle: bool = False, seed: int = 0
    ) -> RunReport:
        """Accuracy by class, spikes and synaptic operations on a target.

        Args:
            data: (X, y), a torch Dataset, a Split, or the folder of a data set; None for the test
                split of a data set that comes with the package.
            target: Name of a target, see ``spikeff.targets``.
            shuffle: Whether to find out what a shuffle in time leaves of the answers.
            seed: Of the shuffle.

        Raises:
            DataError: There are no such data, or they do not fit.
            TargetUnavailableError: The target cannot run here.
        """
        split = samples_to_test(data, self.dataset, self.input.encoder, self.classes)
        return run_split(self.network, split, target, shuffle, seed)

    def energy(self, data: Any = None, tables: Sequence[str] = TABLES) -> EnergyReport:
        """Estimated joules and seconds of an answer, see ``spikeff.energy``.

        Args:
            data: As in :meth:`evaluate`; also X alone, without labels.
            tables: Names of cost tables, or paths of TOML files with one.
        """
        split = samples_to_test(data, self.dataset, self.input.encoder, self.classes)
        return estimated(self.network, split, tables, (self.name, "test"))

    def save(self, out: Path | str) -> None:
        """Write a network file that every command takes, and ``spikeff.load``; whole or not."""
        from lava_export.integers.file import save_integer_network

        save_integer_network(Path(out), self.network)

    @property
    def history(self) -> NoReturn:
        """Integers have no history of training.

        Raises:
            ConfigError: Always.
        """
        self._refuse("have no history of training")

    def export(self, *_: Any, **__: Any) -> NoReturn:
        """Integers are exported already.

        Raises:
            ConfigError: Always.
        """
        self._refuse("are exported already, and cannot be quantised again; save(FILE) writes them")

    @plain_numbers
    def report(self, out: Path | str, data: Any = None, samples: int | None = None) -> ReportResult:
        """Write the HTML page of ``spikeff report``, without what only floats have.

        Args:
            out: The page.
            data: Test samples, as in :meth:`evaluate`.
            samples: Only the first of them; None takes all.

        Raises:
            ConfigError: Samples in memory are given of a network that has its data set's files.
        """
        with tempfile.TemporaryDirectory() as folder:
            file, test = Path(folder) / "network", Path(folder) / "test.npz"
            self.save(file)
            if not in_memory(data):
                return write_report(file, out, data=data, samples=samples)
            write_test_samples(data, self.dataset, self.input.encoder, self.classes, test)
            if self.dataset:
                return write_report(file, out, data=folder, samples=samples)
            return write_report(file, out, samples=samples, spikes=test)

    def _refuse(self, reason: str) -> NoReturn:
        raise ConfigError(
            f"{self.name} holds integers, which {reason}. What was trained in floats comes from "
            f"spikeff.train(...), or from spikeff.load of its run directory."
        )

    @property
    def _chunk_size(self) -> int:
        passes = passes_per_sample(self.network.labels)
        record = self.network.period * sum(self.network.sizes.values()) * passes
        return max(1, CHUNK_BYTES // record)

    @property
    def _neurons(self) -> list[int]:
        return [p.size for p in self.network.populations]

    def _scores(self, spikes: Array) -> Array:
        from hw_targets.emulator import run as emulator

        labels, readout = self.network.labels, self.network.readout
        inputs = spikes if labels is None else present_all_labels(spikes, labels)
        seen = emulator.run(self.network, inputs).trace.window(self.steps).spikes
        if self.counts:
            return output_counts(seen, readout)
        if readout.kind == SOFTMAX:
            return one_pass_logits(seen, readout)
        goodness = summed_goodness(seen, readout, self.network.populations)
        return goodness.reshape(-1, readout.classes)
