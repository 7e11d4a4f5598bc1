"""Step 3, the fidelity report: is it the same network in every simulator, and what was lost?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import ConfigError, LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription
from spikeff.ir.numbers import plain_numbers
from spikeff.ir.trace import Comparison
from spikeff.lowering import describe
from spikeff.pipeline import Report, silent
from spikeff.pipeline.compile.calibrated import calibration_inputs, quantized
from spikeff.pipeline.fidelity import grades
from spikeff.pipeline.fidelity.check_report import CheckReport, compared_pairs
from spikeff.pipeline.fidelity.grades import UNSUPPORTED, StepGrade
from spikeff.pipeline.fidelity.quantization_loss import Conversion, convert
from spikeff.pipeline.fidelity.simulators import (
    FLOATS,
    INTEGERS,
    PLAIN,
    Traces,
    run_floats,
    run_integers,
)
from spikeff.pipeline.fidelity.trained import compare_trained
from spikeff.pipeline.integers import BITS
from spikeff.pipeline.original import compare_original, load_original
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import Saved, saved

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork


@plain_numbers
def check(
    run: Path | str,
    samples: int = 32,
    data: Path | str | None = None,
    split: str = "test",
    bits: int | None = None,
    report: Report = silent,
    spikes: Path | str | None = None,
    expected: Path | str | None = None,
) -> CheckReport:
    """Present the first ``samples`` images of ``split`` (with every label) to every simulator.

    Norse, Brian2 and Lava in float, from the NetworkDescription; after quantisation to ``bits``
    [8] the emulator, Lava in fixed point and Brian2's integer model, the samples in one stream.
    Of a network file, or "zoo:NAME", the integers alone.

    Args:
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.
        expected: .npz file of spikes that the network's origin recorded of the same samples, see
            ``spikeff.pipeline.original``; for network files.

    Raises:
        ConfigError: An option means nothing for what ``run`` is.
        LimitError: No weights have so many ``bits``.
    """
    from lava_export.quantize.weight_grid import weight_grid

    wanted = BITS if bits is None else bits
    weight_grid(wanted)
    source = saved(run)
    directory = data_directory(run, data) if spikes is None else None
    given = Path(spikes) if spikes is not None else None
    if source.is_integers and bits is not None:
        raise ConfigError(f"bits = {bits}: {run} is quantised already; leave --bits out.")
    if not source.is_integers and expected is not None:
        raise ConfigError(
            f"{run} holds its own floats, with which its integers are compared; leave --expected "
            f"out, or pass a network file."
        )
    network = source.network() if source.is_integers else describe(source.model())
    images = load_samples(network, split, directory, given).head(samples)
    original = Path(expected) if expected is not None else None
    return check_samples(source, images, directory, wanted, report, original)


def check_samples(
    source: Saved,
    images: Split,
    directory: Path | None,
    bits: int,
    report: Report,
    expected: Path | None = None,
) -> CheckReport:
    """Present ``images`` to every simulator, see :func:`check`.

    Args:
        source: A run or a network.
        images: Samples that fit it.
        directory: Of the data set, for the calibration of a run.
        bits: Of a run's integer weights.
        report: Told of progress.
        expected: Spikes that the network's origin recorded.
    """
    if source.is_integers:
        return _check_integers(source.network(), images, expected, report)
    return _check_run(source, images, directory, bits, report)


def _check_integers(
    network: IntegerNetwork, images: Split, expected: Path | None, report: Report
) -> CheckReport:
    original = None if expected is None else load_original(expected, network)
    inputs = presentations(images, network.input, network.labels, network.steps)
    traces = Traces()
    run_integers(network, inputs, traces, report)
    pairs = tuple(compared_pairs(traces.integers, traces, True))
    compared = None
    if original is not None and "emulator" in traces.integers:
        compared = compare_original(network, original, traces.integers["emulator"])
    steps = [] if compared is None else [grades.grade_original(compared)]
    return CheckReport(
        samples=len(images),
        presentations=inputs.shape[1],
        steps=network.steps,
        delays={p.name: p.depth + 1 for p in network.populations},
        pairs=pairs,
        training=None,
        conversion=None,
        grades=(
            *steps,
            *(grades.grade_pair(pair) for pair in pairs),
            *_not_run(traces),
        ),
        unsupported=traces.unsupported,
        original=compared,
    )


def _check_run(
    source: Saved, images: Split, directory: Path | None, bits: int, report: Report
) -> CheckReport:
    model = source.model()
    description = describe(model)
    inputs = presentations(images, description.input, description.labels, description.steps)
    traces = Traces()
    run_floats(description, inputs, traces, report)
    network = _quantized(description, bits, calibration_inputs(description, directory), traces)
    if network is not None:
        run_integers(network, inputs, traces, report)
    pairs = (
        *compared_pairs(traces.floats, traces, False),
        *compared_pairs(traces.integers, traces, True),
    )
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


def _grades(
    description: NetworkDescription,
    network: IntegerNetwork | None,
    pairs: tuple[Comparison, ...],
    conversion: Conversion | None,
    traces: Traces,
) -> list[StepGrade]:
    from lava_export.quantize.blanking import with_blanking

    floats = [p for p in pairs if p.left in (PLAIN, *FLOATS)]
    integers = [p for p in pairs if p.left in INTEGERS]
    steps = [grades.grade_pair(pair) for pair in floats]
    if network is not None:
        steps += grades.grade_quantization(with_blanking(description), network)
    steps += [grades.grade_pair(pair) for pair in integers]
    if conversion is not None:
        steps += grades.grade_conversion(conversion)
    return [*steps, *_not_run(traces)]


def _not_run(traces: Traces) -> list[StepGrade]:
    """Simulators that failed, and the board."""
    from hw_targets.registry import TARGETS

    steps = [StepGrade(n, UNSUPPORTED, why) for n, why in traces.unsupported.items()]
    missing = TARGETS["loihi2"].missing()
    return [*steps, StepGrade("Loihi 2 board", UNSUPPORTED, missing or "")]
