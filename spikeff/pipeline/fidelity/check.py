"""Step 3, the fidelity report: is it the same network in every simulator, and what was lost?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.data.spike_trains import load_samples
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import Comparison, SpikeTrace, compare_traces
from spikeff.lowering import describe
from spikeff.pipeline import Report, silent
from spikeff.pipeline.compile.calibrated import calibration_inputs, quantized
from spikeff.pipeline.fidelity import grades
from spikeff.pipeline.fidelity.grades import UNSUPPORTED, StepGrade
from spikeff.pipeline.fidelity.membrane import with_margins
from spikeff.pipeline.fidelity.quantization_loss import Conversion, convert
from spikeff.pipeline.fidelity.simulators import (
    FLOATS,
    INTEGERS,
    PLAIN,
    Traces,
    run_floats,
    run_integers,
)
from spikeff.pipeline.fidelity.trained import TrainedComparison, compare_trained
from spikeff.pipeline.run.presentations import presentations
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class CheckReport:
    """What was compared and what came out.

    Attributes:
        delays: Steps by which a population lags where synapses cost one.
        pairs: Simulators that must be equal: spikes in float; spikes, u and v in integers.
        training: The network as it was trained against its description.
        conversion: Float against integer; None where the integers could not run.
        grades: Fidelity of every step from training to the chip.
        unsupported: Simulators that must be compared but could not run, and why.
    """

    samples: int
    presentations: int
    steps: int
    delays: dict[str, int]
    pairs: tuple[Comparison, ...]
    training: TrainedComparison
    conversion: Conversion | None
    grades: tuple[StepGrade, ...]
    unsupported: dict[str, str]

    @property
    def equal(self) -> bool:
        """True where everything that must be equal was compared and is.

        In training a spike may differ that float32 explains, in no other run.
        """
        same = all(pair.equal for pair in self.pairs) and not self.training.unexplained
        return same and not self.unsupported

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, pairs by name, with their totals."""
        training = _as_dict(self.training.pair) | {"unexplained": self.training.unexplained}
        pairs = {f"{pair.left}/{pair.right}": _as_dict(pair) for pair in self.pairs}
        return asdict(self) | {"pairs": pairs, "training": training, "equal": self.equal}


def _as_dict(pair: Comparison) -> dict[str, Any]:
    return {
        "spikes": pair.spikes,
        "mismatches": pair.mismatches,
        "state_mismatches": pair.state_mismatches,
        "state_error": pair.state_error,
        "first_divergence": pair.first_divergence and asdict(pair.first_divergence),
        "layers": [asdict(layer) for layer in pair.layers],
    }


def check(
    run: Path | str,
    samples: int = 32,
    data: Path | str | None = None,
    split: str = "test",
    bits: int = 8,
    report: Report = silent,
) -> CheckReport:
    """Present the first ``samples`` images of ``split`` (with every label) to every simulator.

    Norse, Brian2 and Lava in float, from the NetworkDescription; after quantisation to ``bits``
    the emulator, Lava in fixed point and Brian2's integer model, the samples in one stream.
    """
    model = saved(run).model()
    description = describe(model)
    directory = Path(data) if data is not None else None
    images = load_samples(description, split, directory, None).head(samples)
    inputs = presentations(images, description.input, description.labels, description.steps)
    traces = Traces()
    run_floats(description, inputs, traces, report)
    network = _quantized(description, bits, calibration_inputs(description, directory), traces)
    if network is not None:
        run_integers(network, inputs, traces, report)
    pairs = (*_pairs(traces.floats, traces, False), *_pairs(traces.integers, traces, True))
    conversion = None
    if network is not None and "emulator" in traces.integers:
        conversion = convert(
            description,
            network,
            traces.reference,
            traces.integers["emulator"],
            traces.saturation,
            np.asarray(images.labels),
        )
    training = compare_trained(
        model,
        description,
        inputs,
        traces.reference,
        traces.membranes[traces.reference.simulator],
    )
    return CheckReport(
        samples=len(images),
        presentations=inputs.shape[1],
        steps=description.steps,
        delays={p.name: p.depth + 1 for p in description.populations},
        pairs=pairs,
        training=training,
        conversion=conversion,
        grades=(
            grades.grade_training(training),
            *_grades(description, network, pairs, conversion, traces),
        ),
        unsupported=traces.unsupported,
    )


def _quantized(
    description: NetworkDescription, bits: int, inputs: Array | None, traces: Traces
) -> IntegerNetwork | None:
    """The integers; None where the network does not fit them, with the reason in ``traces``."""
    try:
        return quantized(description, bits, inputs)[0]
    except LimitError as error:
        traces.unsupported |= dict.fromkeys(INTEGERS, f"quantising: {error}")
        return None


def _pairs(group: dict[str, SpikeTrace], traces: Traces, exact: bool) -> list[Comparison]:
    return [
        with_margins(
            compare_traces(group[left], group[right], exact_states=exact),
            traces.membranes[left],
            traces.membranes[right],
        )
        for left, right in combinations(group, 2)
    ]


def _grades(
    description: NetworkDescription,
    network: IntegerNetwork | None,
    pairs: tuple[Comparison, ...],
    conversion: Conversion | None,
    traces: Traces,
) -> list[StepGrade]:
    from hw_targets.registry import TARGETS
    from lava_export.quantize.blanking import with_blanking

    floats = [p for p in pairs if p.left in (PLAIN, *FLOATS)]
    integers = [p for p in pairs if p.left in INTEGERS]
    steps = [grades.grade_pair(pair) for pair in floats]
    if network is not None:
        steps += grades.grade_quantization(with_blanking(description), network)
    steps += [grades.grade_pair(pair) for pair in integers]
    if conversion is not None:
        steps += grades.grade_conversion(conversion)
    steps += [StepGrade(n, UNSUPPORTED, why) for n, why in traces.unsupported.items()]
    missing = TARGETS["loihi2"].missing()
    return [*steps, StepGrade("Loihi 2 board", UNSUPPORTED, missing or "")]
