"""Quantisation calibrated on data: the emulator runs what the quantiser proposes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import DataError, SpikeffError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX
from spikeff.ir.network import NetworkDescription
from spikeff.ir.readout_codes import answers, summed_goodness
from spikeff.pipeline import Report, silent
from spikeff.pipeline.presentations import passes_per_sample, presentations

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork
    from lava_export.quantize.calibration import Step

# Presentations that choose, and as many again that judge the choice.
PRESENTATIONS = 256


@dataclass(frozen=True)
class CalibrationReport:
    """How the calibrated choice and the one by weights alone do on presentations unseen by both.

    Attributes:
        loss_calibrated: Loss of the calibrated choice, see :class:`Reference`.
        loss_by_weights: Loss of the choice by weights alone.
        labels_calibrated: Share of samples with the float network's label, calibrated.
        labels_by_weights: The same, by weights alone.
        kept: "calibrated" or "by weights", whichever has the smaller loss.
    """

    presentations: int
    steps: tuple[Step, ...]
    loss_calibrated: float
    loss_by_weights: float
    labels_calibrated: float
    labels_by_weights: float
    kept: str


class Reference:
    """What the floats do on given presentations, and how far integers are from it.

    The loss of a population is the share of spikes that differ, plus, where its goodness is read,
    the squared error of its contrast between classes relative to that of the floats.
    """

    def __init__(self, description: NetworkDescription, inputs: Array) -> None:
        from spikeff.references import floats

        self.description = description
        self.inputs = inputs
        self.spikes = floats.run(description, inputs).spikes

    def loss(self, network: IntegerNetwork, name: str) -> float:
        """Loss of population ``name`` in ``network``, which may end with it."""
        return self._loss_of(self._run(network), name)

    def judge(self, network: IntegerNetwork) -> tuple[float, float]:
        """Mean loss over populations, and share of samples with the label of the floats."""
        ours = self._run(network)
        losses = [self._loss_of(ours, p.name) for p in self.description.populations]
        readout, populations = self.description.readout, self.description.populations
        labels = [answers(z, readout, populations) for z in (ours, self.spikes)]
        return float(np.mean(losses)), float((labels[0] == labels[1]).mean())

    def _run(self, network: IntegerNetwork) -> dict[str, Array]:
        from hw_targets.emulator import run as emulator

        return emulator.run(network, self.inputs).trace.window(network.steps).spikes

    def _loss_of(self, ours: dict[str, Array], name: str) -> float:
        theirs = self.spikes[name]
        loss = float((ours[name] != theirs).sum()) / max(int(theirs.sum()), 1)
        if name in self.description.readout.populations:
            target = self._contrast(self.spikes, name)
            error = self._contrast(ours, name) - target
            loss += float((error**2).sum() / max(float((target**2).sum()), 1e-12))
        return loss

    def _contrast(self, spikes: dict[str, Array], name: str) -> Array:
        """What one population says for each class (samples, classes), less the mean over classes.

        Its goodness, or what its spikes add to the linear readout.
        """
        readout = self.description.readout
        if readout.kind == SOFTMAX:
            drive = spikes[name] @ self._softmax_part(name).T
            membrane = readout.membrane
            table = drive.sum(axis=0) if membrane is None else membrane.read(drive)
        else:
            goodness = summed_goodness(spikes, readout.of(name), self.description.populations)
            table = goodness.reshape(-1, readout.classes)
        return np.asarray(table - table.mean(1, keepdims=True))

    def _softmax_part(self, name: str) -> Array:
        """Weights of the linear readout (classes, neurons) for one population."""
        sizes = [self.description.sizes[p] for p in self.description.readout.populations]
        ends = np.cumsum([0, *sizes])
        k = self.description.readout.populations.index(name)
        return self.description.readout.softmax_weights[:, ends[k] : ends[k + 1]]


def quantize_on(
    description: NetworkDescription,
    bits: int,
    inputs: Array,
    report: Report = silent,
) -> tuple[IntegerNetwork, CalibrationReport]:
    """Quantise with the scalings that do best on ``inputs``, bool (steps, presentations, channels).

    The first half chooses, the second judges against the choice by weights alone: the better of
    the two is returned. Presentations come in whole samples.

    Raises:
        DataError: There is only one sample.
    """
    from lava_export.quantize.calibration import calibrate
    from lava_export.quantize.quantize import quantize

    passes = passes_per_sample(description.labels)
    half = inputs.shape[1] // passes // 2 * passes
    if not half:
        raise DataError(
            "one sample to calibrate on; give at least 2: one half chooses, the other judges."
        )
    report("calibrate", 0, 2)
    chooser = Reference(description, inputs[:, :half])
    scalings, steps = calibrate(description, bits, chooser.loss)
    report("calibrate", 1, 2)
    judge = Reference(description, inputs[:, half:])
    calibrated, by_weights = quantize(description, bits, scalings), quantize(description, bits)
    loss, labels = judge.judge(calibrated)
    other_loss, other_labels = judge.judge(by_weights)
    kept = calibrated if loss <= other_loss else by_weights
    report("calibrate", 2, 2)
    return kept, CalibrationReport(
        presentations=inputs.shape[1],
        steps=steps,
        loss_calibrated=loss,
        loss_by_weights=other_loss,
        labels_calibrated=labels,
        labels_by_weights=other_labels,
        kept="calibrated" if kept is calibrated else "by weights",
    )


def quantized(
    description: NetworkDescription, bits: int, inputs: Array | None, report: Report = silent
) -> tuple[IntegerNetwork, CalibrationReport | None]:
    """Quantise as :func:`quantize_on`, or by weights alone where there are no ``inputs``."""
    from lava_export.quantize.quantize import quantize

    if inputs is None:
        return quantize(description, bits), None
    return quantize_on(description, bits, inputs, report)


def calibration_inputs(description: NetworkDescription, data: Path | None) -> Array | None:
    """The first training samples as spikes, or None where their data set is not at hand."""
    try:
        split = load_samples(description, "train", data, None)
    except SpikeffError:
        if data is not None:
            raise
        return None
    return calibration_presentations(description, split)


def calibration_presentations(description: NetworkDescription, split: Split) -> Array:
    """The first samples of ``split`` as spikes, as many as :func:`quantize_on` wants."""
    samples = -(-2 * PRESENTATIONS // passes_per_sample(description.labels))
    split = split.head(min(samples, len(split)))
    return presentations(split, description.input, description.labels, description.steps)
