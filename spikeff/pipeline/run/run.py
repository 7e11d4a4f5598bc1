"""Step 5: run integers on a target and read the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import DataError
from spikeff.evidence.figures import Agreement
from spikeff.evidence.tally import EvidenceTally
from spikeff.ir.numbers import plain_numbers, seed_number
from spikeff.ir.trace import compare_traces
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.presentations import chunks, passes_per_sample, presentations
from spikeff.pipeline.run.agreement import add_recorded, tally_of
from spikeff.pipeline.run.answers import (
    Answers,
    ClassFigures,
    class_figures,
    confusion_matrix,
    joined,
    read_answers,
    require_writable_form,
    write_answers,
)
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    import torch

    from hw_targets.cost.counts import Counts
    from lava_export.integers.network import IntegerNetwork

# The emulator itself, and what is meant to differ from it.
NOT_COMPARED = ("emulator", "device")


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

    Raises:
        ConfigError: ``out`` has no known form, or one that holds no spikes.
        OutputError: ``out`` is a file that the run reads.
        DataError: A shuffle is asked for and the samples have no labels.
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
    tally = _tally(network, images, seed) if shuffle else None
    outcome = run_network(network, target, images, report, tally, keep_spikes, device, place)
    if out is not None:
        write_answers(Path(out), outcome.answers)
    return _summary(target, outcome, tally, out)


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
    counts, found = outcome.counts, outcome.answers
    samples = len(found.answers)
    confusion = confusion_matrix(found.labels, found.answers, found.classes)
    return RunReport(
        target=target,
        samples=samples,
        accuracy=found.right / samples if found.known else math.nan,
        seconds=outcome.seconds,
        spikes_per_sample=counts.hidden_spikes / samples,
        input_spikes_per_sample=int(counts.spikes["input"].sum()) / samples,
        synops_per_sample=counts.total_synops / samples,
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


@dataclass(frozen=True)
class Outcome:
    """What a run over a split showed; its counts are without neuron updates.

    Attributes:
        chip_right: The network's own answers that are the label; None where the host answers.
        chip_agreed: The network's own answers that equal the host's; None where the host answers.
        u_wraps: Of all populations; None where the target does not count.
    """

    counts: Counts
    answers: Answers
    seconds: float
    identical: bool | None
    chip_right: int | None
    chip_agreed: int | None
    u_wraps: int | None

    @property
    def right(self) -> int:
        """Answers of the host that are the label."""
        return self.answers.right


def run_network(
    network: IntegerNetwork,
    target: str,
    split: Split,
    report: Report,
    tally: EvidenceTally | None = None,
    keep_spikes: bool = False,
    device: Mapping[str, Any] | None = None,
    on: str = "cpu",
) -> Outcome:
    """Run ``network`` over ``split`` in chunks of bounded memory and tally answers and counts."""
    from hw_targets.cost.counts import count_spikes, source_spikes
    from hw_targets.cost.counts import joined as all_counts
    from hw_targets.decode_answer import chip_answers, states_read
    from hw_targets.registry import get_target

    runner = get_target(target, device, on)
    identical = None if target in NOT_COMPARED else True
    counted, found, own_right, own_agreed, seconds = [], [], 0, 0, 0.0
    states, answers_itself = states_read(network), False
    passes = passes_per_sample(network.labels)
    record = network.period * sum(network.sizes.values()) * passes
    done, wraps = 0, None
    for part in chunks(split, record):
        inputs = presentations(part, network.input, network.labels, network.steps)
        result = runner.run(network, inputs, states)
        seconds += result.seconds
        if result.saturation:
            wraps = (wraps or 0) + sum(s.u_wraps for s in result.saturation.values())
        spikes = result.trace.window(network.steps).spikes
        answered = read_answers(spikes, network.readout, network.populations, part.labels)
        if keep_spikes:
            kept = {name: z.transpose(1, 0, 2) for name, z in spikes.items()}
            answered = replace(answered, spikes=kept)
        found.append(answered)
        if tally is not None:
            add_recorded(tally, spikes, network.readout, part.labels)
        own = chip_answers(network, result)
        if own is not None:
            answers_itself = True
            own_right += int((own == part.labels).sum())
            own_agreed += int((own == found[-1].answers).sum())
        sources = source_spikes(network, inputs, result.trace)
        counted.append(count_spikes(network, sources, active=None))
        if identical:
            witness = get_target("emulator").run(network, inputs, states)
            identical = compare_traces(witness.trace, result.trace).equal
        done += len(part)
        report(f"run on {target}", done, len(split))
    outcome = Outcome(
        all_counts(counted), joined(found), seconds, identical, own_right, own_agreed, wraps
    )
    return outcome if answers_itself else replace(outcome, chip_right=None, chip_agreed=None)


def _share(hits: int | None, samples: int) -> float | None:
    return None if hits is None else hits / samples
