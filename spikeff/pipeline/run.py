"""Step 5: run integers on a target and read the answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.answer import answers
from spikeff.datasets import Split, load_split
from spikeff.pipeline import Report, silent
from spikeff.pipeline.presentations import chunks, passes_per_sample, presentations
from spikeff.trace import compare_traces

if TYPE_CHECKING:
    from hw_targets.counts import Counts
    from lava_export.integer_network import IntegerNetwork


@dataclass(frozen=True)
class RunReport:
    """One run. seconds : simulation alone. Per sample means all of its label passes.

    spikes_per_sample : of all populations; input spikes apart.
    identical_to_emulator : every spike equal to the emulator's; None for the emulator itself.
    """

    target: str
    samples: int
    accuracy: float
    seconds: float
    spikes_per_sample: float
    input_spikes_per_sample: float
    synops_per_sample: float
    identical_to_emulator: bool | None


def run(
    file: Path | str,
    target: str = "emulator",
    samples: int | None = None,
    data: Path | str | None = None,
    split: str = "test",
    report: Report = silent,
) -> RunReport:
    """Run an IntegerNetwork file on the first ``samples`` images of ``split``, or on all."""
    from hw_targets.target import get_target
    from lava_export.integer_file import load_integer_network

    network = load_integer_network(Path(file))
    get_target(target)
    directory = Path(data) if data is not None else None
    images = load_split(network.dataset, split, directory).head(samples)
    outcome = run_network(network, target, images, report)
    counts = outcome.counts
    inputs = int(counts.spikes["input"].sum())
    return RunReport(
        target=target,
        samples=len(images),
        accuracy=outcome.right / len(images),
        seconds=outcome.seconds,
        spikes_per_sample=counts.hidden_spikes / len(images),
        input_spikes_per_sample=inputs / len(images),
        synops_per_sample=counts.total_synops / len(images),
        identical_to_emulator=outcome.identical,
    )


@dataclass(frozen=True)
class Outcome:
    """What a run over a split showed."""

    counts: Counts
    right: int
    seconds: float
    identical: bool | None


def run_network(network: IntegerNetwork, target: str, split: Split, report: Report) -> Outcome:
    """Run ``network`` over ``split`` in chunks of bounded memory and tally answers and counts."""
    from hw_targets.counts import count_run, joined
    from hw_targets.target import get_target

    runner = get_target(target)
    identical = None if target == "emulator" else True
    counted, right, seconds = [], 0, 0.0
    passes = passes_per_sample(network.labels)
    record = network.period * sum(network.sizes.values()) * passes
    done = 0
    for part in chunks(split, record):
        inputs = presentations(part, network.input, network.labels, network.steps)
        result = runner.run(network, inputs)
        seconds += result.seconds
        spikes = result.trace.window(network.steps).spikes
        guesses = answers(spikes, network.readout, network.populations)
        right += int((guesses == part.labels).sum())
        counted.append(count_run(network, inputs, result.trace))
        if identical:
            witness = get_target("emulator").run(network, inputs)
            identical = compare_traces(witness.trace, result.trace).equal
        done += len(part)
        report(f"run on {target}", done, len(split))
    return Outcome(joined(counted), right, seconds, identical)
