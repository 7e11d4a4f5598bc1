"""Step 5: run integers on a target and read the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import ConfigError, DataError
from spikeff.evidence.figures import Agreement
from spikeff.evidence.tally import EvidenceTally
from spikeff.ir.network import INPUT
from spikeff.ir.numbers import plain_numbers, seed_number
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.run.agreement import tally_of
from spikeff.pipeline.run.answers import (
    ClassFigures,
    class_figures,
    confusion_matrix,
    require_writable_form,
    write_answers,
)
from spikeff.pipeline.run.parts import Outcome, run_network
from spikeff.pipeline.run.shards import run_on_cluster, work_of
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    import torch

    from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class RunReport:
    """One run. Per sample means all of its label passes.

    Attributes:
        seconds: Simulation alone.
        accuracy: Accuracy of the host's readout of the spikes; not a number where the samples have
            no labels.
        spikes_per_sample: Spikes of all populations; input spikes are counted apart.
        identical_to_emulator: Whether every spike equals the emulator's; None for the emulator.
        chip_accuracy: Accuracy of the network's own answers; None where it carries no readout.
        chip_agreement: Share of the network's own answers that equal the host's; None as above.
        answers: Class that the host reads, of every sample.
        labels: Right class of every sample, -1 where unknown.
        confusion: Samples by right class (rows) and answer (columns); None without labels or for
            many classes.
        per_class: Figures of every class; empty where ``confusion`` is None.
        agreement: What a shuffle in time leaves of the answers; None where it was not asked for.
        u_wraps: How often a current left its 24 bits and wrapped; None where the target does not
            count it.
        file: Where answers and scores were written; None where nowhere.
    """

    target: str
    samples: int
    accuracy: float
    seconds: float
    spikes_per_sample: float
    input_spikes_per_sample: float
    synops_per_sample: float
    identical_to_emulator: bool | None
    chip_accuracy: float | None
    chip_agreement: float | None
    answers: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
    per_class: tuple[ClassFigures, ...] = ()
    agreement: Agreement | None = None
    file: str | None = None
    u_wraps: int | None = None


@plain_numbers
def run(
    file: Path | str,
    target: str = "emulator",
    samples: int | None = None,
    data: Path | str | None = None,
    split: str = "test",
    spikes: Path | str | None = None,
    report: Report = silent,
    out: Path | str | None = None,
    shuffle: bool = False,
    seed: int = 0,
    keep_spikes: bool = False,
    device: Mapping[str, Any] | None = None,
    on: str | torch.device = "cpu",
    ray: str | None = None,
) -> RunReport:
    """Run integers on all of ``split`` or its first ``samples``.

    Args:
        file: Network file or "zoo:NAME"; or a run directory, quantised to 8 bits as by
            ``spikeff export``.
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.
        out: .npz or .csv file for the answers, see ``spikeff.pipeline.run.answers``.
        shuffle: Whether to find out what a shuffle in time leaves of the answers.
        seed: Of the shuffle.
        keep_spikes: Whether ``out``, a .npz file, holds the spikes of every population too.
        device: Of target "device": fields of ``hw_targets.learning.device.Device``.
        on: Of target "emulator": the torch device that computes, "cpu", "cuda" or "cuda:1".
        ray: Address of a Ray cluster whose processes share the samples, "local" to start one.

    Raises:
        ConfigError: ``out`` has no known form, or one that holds no spikes.
        OutputError: ``out`` is a file that the run reads.
        DataError: A shuffle is asked for and the samples have no labels.
        TargetUnavailableError: The target cannot run here; or Ray, or its cluster, is not there.
    """
    from hw_targets.registry import get_target

    seed_number(seed)
    where = saved(file)
    place = str(torch_device(on))
    get_target(target, device, place)
    directory = data_directory(file, data) if spikes is None else None
    network = integers_of(where, directory)
    given = Path(spikes) if spikes is not None else None
    require_writable_form(Path(out) if out is not None else None, keep_spikes)
    if out is not None:
        require_output(out, where.path, data, given)
    images = load_samples(network, split, directory, given).head(samples)
    if ray is not None:
        require_no_shuffle(shuffle)
        whole = work_of(
            *(file, directory, given, split, len(images)), target, device, place, keep_spikes
        )
        outcome, tally = run_on_cluster(ray, whole, network, report), None
    else:
        tally = _tally(network, images, seed) if shuffle else None
        outcome = run_network(network, target, images, report, tally, keep_spikes, device, place)
    if out is not None:
        write_answers(Path(out), outcome.answers)
    return _summary(target, outcome, tally, out)


def require_no_shuffle(shuffle: bool) -> None:
    """Refuse a shuffle on a cluster, whose draws go through all samples in their order."""
    if shuffle:
        raise ConfigError(
            "a shuffle goes through all samples in their order; leave out ray, or the shuffle."
        )


def run_split(
    network: IntegerNetwork,
    images: Split,
    target: str = "emulator",
    shuffle: bool = False,
    seed: int = 0,
    device: Mapping[str, Any] | None = None,
) -> RunReport:
    """As :func:`run`, of a network and samples in memory."""
    tally = _tally(network, images, seed) if shuffle else None
    outcome = run_network(network, target, images, silent, tally, device=device)
    return _summary(target, outcome, tally, None)


def _tally(network: IntegerNetwork, images: Split, seed: int) -> EvidenceTally:
    if images.labels.min() < 0:
        raise DataError("the shuffle asks how many answers stay right, and samples have no labels.")
    return tally_of(network, len(images), seed)


def _summary(
    target: str, outcome: Outcome, tally: EvidenceTally | None, out: Path | str | None
) -> RunReport:
    totals, found = outcome.totals, outcome.answers
    samples = len(found.answers)
    confusion = confusion_matrix(found.labels, found.answers, found.classes)
    return RunReport(
        target=target,
        samples=samples,
        accuracy=found.right / samples if found.known else math.nan,
        seconds=outcome.seconds,
        spikes_per_sample=totals.hidden_spikes / samples,
        input_spikes_per_sample=totals.spikes[INPUT] / samples,
        synops_per_sample=totals.synops / samples,
        identical_to_emulator=outcome.identical,
        chip_accuracy=_share(outcome.chip_right if found.known else None, samples),
        chip_agreement=_share(outcome.chip_agreed, samples),
        answers=tuple(found.answers.tolist()),
        labels=tuple(found.labels.tolist()),
        confusion=confusion,
        per_class=class_figures(confusion),
        agreement=None if tally is None else tally.agreement(),
        file=None if out is None else str(out),
        u_wraps=outcome.u_wraps,
    )


def _share(hits: int | None, samples: int) -> float | None:
    return None if hits is None else hits / samples
