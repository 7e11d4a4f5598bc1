"""Step 5: run integers on a target and read the answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import compare_traces
from spikeff.pipeline import Report, silent
from spikeff.pipeline.run.presentations import chunks, passes_per_sample, presentations
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from hw_targets.cost.counts import Counts
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


def run(
    file: Path | str,
    target: str = "emulator",
    samples: int | None = None,
    data: Path | str | None = None,
    split: str = "test",
    spikes: Path | str | None = None,
    report: Report = silent,
) -> RunReport:
    """Run an IntegerNetwork file, or "zoo:NAME", on all of ``split`` or its first ``samples``.

    Args:
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.
    """
    from hw_targets.registry import get_target

    network = saved(file).network()
    get_target(target)
    directory = Path(data) if data is not None else None
    given = Path(spikes) if spikes is not None else None
    images = load_samples(network, split, directory, given).head(samples)
    outcome = run_network(network, target, images, report)
    counts = outcome.counts
    inputs = int(counts.spikes["input"].sum())
    return RunReport(
        target=target,
        samples=len(images),
        accuracy=outcome.right / len(images) if images.labels.min() >= 0 else math.nan,
        seconds=outcome.seconds,
        spikes_per_sample=counts.hidden_spikes / len(images),
        input_spikes_per_sample=inputs / len(images),
        synops_per_sample=counts.total_synops / len(images),
        identical_to_emulator=outcome.identical,
        chip_accuracy=_share(outcome.chip_right, images),
        chip_agreement=_share(outcome.chip_agreed, images),
    )


@dataclass(frozen=True)
class Outcome:
    """What a run over a split showed; its counts are without neuron updates.

    Attributes:
        chip_right: The network's own answers that are the label; None where the host answers.
        chip_agreed: The network's own answers that equal the host's; None where the host answers.
    """

    counts: Counts
    right: int
    seconds: float
    identical: bool | None
    chip_right: int | None
    chip_agreed: int | None


def run_network(network: IntegerNetwork, target: str, split: Split, report: Report) -> Outcome:
    """Run ``network`` over ``split`` in chunks of bounded memory and tally answers and counts."""
    from hw_targets.cost.counts import count_spikes, joined, source_spikes
    from hw_targets.decode_answer import chip_answers, states_read
    from hw_targets.registry import get_target

    runner = get_target(target)
    identical = None if target == "emulator" else True
    counted, right, own_right, own_agreed, seconds = [], 0, 0, 0, 0.0
    states, answers_itself = states_read(network), False
    passes = passes_per_sample(network.labels)
    record = network.period * sum(network.sizes.values()) * passes
    done = 0
    for part in chunks(split, record):
        inputs = presentations(part, network.input, network.labels, network.steps)
        result = runner.run(network, inputs, states)
        seconds += result.seconds
        spikes = result.trace.window(network.steps).spikes
        guesses = answers(spikes, network.readout, network.populations)
        right += int((guesses == part.labels).sum())
        own = chip_answers(network, result)
        if own is not None:
            answers_itself = True
            own_right += int((own == part.labels).sum())
            own_agreed += int((own == guesses).sum())
        sources = source_spikes(network, inputs, result.trace)
        counted.append(count_spikes(network, sources, active=None))
        if identical:
            witness = get_target("emulator").run(network, inputs, states)
            identical = compare_traces(witness.trace, result.trace).equal
        done += len(part)
        report(f"run on {target}", done, len(split))
    outcome = Outcome(joined(counted), right, seconds, identical, own_right, own_agreed)
    return outcome if answers_itself else replace(outcome, chip_right=None, chip_agreed=None)


def _share(hits: int | None, split: Split) -> float | None:
    return None if hits is None else hits / len(split)
