"""An integer network on a target, part by part of the samples, each of bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spikeff.data.dataset import Split
from spikeff.evidence.tally import EvidenceTally
from spikeff.ir.arrays import Array
from spikeff.ir.trace import compare_traces
from spikeff.pipeline import Report
from spikeff.pipeline.presentations import chunks, passes_per_sample, presentations
from spikeff.pipeline.run.agreement import add_recorded
from spikeff.pipeline.run.answers import Answers, joined, read_answers

if TYPE_CHECKING:
    from hw_targets.cost.totals import Totals
    from hw_targets.target import Target
    from lava_export.integers.network import IntegerNetwork

# The emulator itself, and what is meant to differ from it.
NOT_COMPARED = ("emulator", "device")


@dataclass(frozen=True)
class PartRun:
    """What some consecutive samples showed.

    Attributes:
        identical: Whether every spike is the emulator's; None where that is not asked.
        own: Classes that the network itself answers, int64 (samples,); None where the host answers.
        u_wraps: Of all populations; None where the target does not count.
    """

    totals: Totals
    answers: Answers
    seconds: float
    identical: bool | None
    own: Array | None
    u_wraps: int | None


@dataclass(frozen=True)
class Outcome:
    """What a run over a split showed.

    Attributes:
        totals: Spikes and synaptic operations of all samples.
        chip_right: The network's own answers that are the label; None where the host answers.
        chip_agreed: The network's own answers that equal the host's; None where the host answers.
        u_wraps: Of all populations; None where the target does not count.
    """

    totals: Totals
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

    @classmethod
    def of(cls, parts: Sequence[PartRun]) -> Outcome:
        """The outcome of consecutive parts."""
        from hw_targets.cost.totals import joined as joined_totals

        own = [(part.own, part.answers) for part in parts if part.own is not None]
        compared = [part.identical for part in parts if part.identical is not None]
        wraps = [part.u_wraps for part in parts if part.u_wraps is not None]
        return cls(
            joined_totals([part.totals for part in parts]),
            joined([part.answers for part in parts]),
            sum(part.seconds for part in parts),
            all(compared) if compared else None,
            sum(int((answered == a.labels).sum()) for answered, a in own) if own else None,
            sum(int((answered == a.answers).sum()) for answered, a in own) if own else None,
            sum(wraps) if wraps else None,
        )


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
    """Run ``network`` over ``split`` in parts of bounded memory, with what ``tally`` asks."""
    from hw_targets.registry import get_target

    runner, found, done = get_target(target, device, on), list[PartRun](), 0
    for part in chunks(split, record_bytes(network)):
        found.append(run_part(network, runner, part, tally, keep_spikes))
        done += len(part)
        report(f"run on {target}", done, len(split))
    return Outcome.of(found)


def record_bytes(network: IntegerNetwork) -> int:
    """Bytes of the spikes of one sample, all its passes."""
    passes = passes_per_sample(network.labels)
    return network.period * sum(network.sizes.values()) * passes


def run_part(
    network: IntegerNetwork,
    runner: Target,
    part: Split,
    tally: EvidenceTally | None = None,
    keep_spikes: bool = False,
) -> PartRun:
    """Run a few samples, in memory."""
    from hw_targets.cost.counts import source_spikes
    from hw_targets.cost.totals import totals_of
    from hw_targets.decode_answer import chip_answers, states_read
    from hw_targets.registry import get_target

    states = states_read(network)
    inputs = presentations(part, network.input, network.labels, network.steps)
    result = runner.run(network, inputs, states)
    spikes = result.trace.window(network.steps).spikes
    answered = read_answers(spikes, network.readout, network.populations, part.labels)
    if keep_spikes:
        kept = {name: z.transpose(1, 0, 2) for name, z in spikes.items()}
        answered = replace(answered, spikes=kept)
    if tally is not None:
        add_recorded(tally, spikes, network.readout, part.labels)
    identical = None
    if runner.name not in NOT_COMPARED:
        witness = get_target("emulator").run(network, inputs, states)
        identical = compare_traces(witness.trace, result.trace).equal
    return PartRun(
        totals_of(network, source_spikes(network, inputs, result.trace)),
        answered,
        result.seconds,
        identical,
        chip_answers(network, result),
        _wraps(result.saturation.values()),
    )


def _wraps(saturation: Iterable[Any]) -> int | None:
    counted = [each.u_wraps for each in saturation]
    return sum(counted) if counted else None
