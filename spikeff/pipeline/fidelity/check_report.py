"""What the fidelity report says, and how simulators are paired in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from spikeff.ir.trace import Comparison, SpikeTrace, compare_traces
from spikeff.pipeline.fidelity.grades import StepGrade
from spikeff.pipeline.fidelity.membrane import with_margins
from spikeff.pipeline.fidelity.quantization_loss import Conversion
from spikeff.pipeline.fidelity.simulators import Traces
from spikeff.pipeline.fidelity.trained import TrainedComparison
from spikeff.pipeline.original import OriginalComparison, pair_as_dict


@dataclass(frozen=True)
class CheckReport:
    """What was compared and what came out.

    Attributes:
        delays: Steps by which a population lags where synapses cost one.
        pairs: Simulators that must be equal: spikes in float; spikes, u and v in integers.
        training: The network as it was trained against its description; None for network files.
        conversion: Float against integer; None where either could not run or is not at hand.
        grades: Fidelity of every step from training to the chip.
        unsupported: Simulators that must be compared but could not run, and why.
        original: Against spikes that the network's origin recorded; None where none are given.
    """

    samples: int
    presentations: int
    steps: int
    delays: dict[str, int]
    pairs: tuple[Comparison, ...]
    training: TrainedComparison | None
    conversion: Conversion | None
    grades: tuple[StepGrade, ...]
    unsupported: dict[str, str]
    original: OriginalComparison | None = None

    @property
    def equal(self) -> bool:
        """True where everything that must be equal was compared and is.

        In training a spike may differ that float32 explains, in no other run.
        """
        same = all(pair.equal for pair in self.pairs)
        trained = self.training is None or not self.training.unexplained
        return same and trained and not self.unsupported

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, pairs by name, with their totals."""
        table = asdict(self) | {"equal": self.equal}
        table["pairs"] = {f"{pair.left}/{pair.right}": pair_as_dict(pair) for pair in self.pairs}
        if self.training is not None:
            unexplained = {"unexplained": self.training.unexplained}
            table["training"] = pair_as_dict(self.training.pair) | unexplained
        if self.original is not None:
            table["original"] = self.original.as_dict()
        return table


def compared_pairs(group: dict[str, SpikeTrace], traces: Traces, exact: bool) -> list[Comparison]:
    """Every trace of ``group`` with every other; ``exact`` : whether u and v must be equal."""
    return [
        with_margins(
            compare_traces(group[left], group[right], exact_states=exact),
            traces.membranes[left],
            traces.membranes[right],
        )
        for left, right in combinations(group, 2)
    ]
