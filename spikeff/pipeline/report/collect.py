"""Everything that the report shows, gathered from a run."""

from __future__ import annotations

import hashlib
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import TargetUnavailableError
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.lowering import describe
from spikeff.pipeline import Report
from spikeff.pipeline.compile.calibrated import calibration_inputs, quantized
from spikeff.pipeline.energy.early_answer import early_answers
from spikeff.pipeline.energy.estimate import ANN, EnergyReport, summary
from spikeff.pipeline.energy.measurement import Measured, measure
from spikeff.pipeline.energy.sanafe import SanafeReport, compare_sanafe
from spikeff.pipeline.fidelity.check import check
from spikeff.pipeline.fidelity.check_report import CheckReport
from spikeff.pipeline.run.presentations import presentations
from spikeff.pipeline.saved import saved
from spikeff.provenance import package_versions
from spikeff.training.evaluation import Evaluation, evaluate
from spikeff.training.run_folder import checkpoint_path, read_record

if TYPE_CHECKING:
    from hw_targets.cost.placement import Placement
    from lava_export.integers.network import IntegerNetwork
    from spikeff.ir.arrays import Array
    from spikeff.pipeline.energy.early_answer import EarlyPoint

RASTERS = 3


@dataclass(frozen=True, eq=False)
class Content:
    """Everything that the page shows."""

    run: Path
    command: tuple[str, ...]
    split: Split
    description: NetworkDescription
    network: IntegerNetwork
    placement: Placement
    measured: Measured
    evaluation: Evaluation
    check: CheckReport | str
    energy: EnergyReport
    early: tuple[EarlyPoint, ...]
    rasters: tuple[tuple[str, dict[str, Array]], ...]


def collect(
    run: Path,
    directory: Path | None,
    samples: int | None,
    check_samples: int,
    bits: int,
    tables: Sequence[str],
    compare: Sequence[str],
    command: tuple[str, ...],
    progress: Report,
) -> Content:
    """Run every step that the page shows; see ``spikeff.pipeline.report.report.report``."""
    from hw_targets.cost.table import cost_table
    from spikeff.pipeline.energy.ann import compare_ann

    costs = [cost_table(name) for name in tables]
    model = saved(run).model()
    description = describe(model)
    network, _ = quantized(description, bits, calibration_inputs(description, directory))
    split = load_samples(description, "test", directory, None).head(samples)
    progress("evaluate", 0, len(split))
    evaluation = evaluate(model, split)
    placement, measured = measure(network, split, costs, progress)
    ann = compare_ann(network, split, directory, progress) if ANN in compare else None
    beside = _sanafe(network, placement, split)
    origin = (f"{run}, quantised to {bits} bits", "test")
    return Content(
        run,
        command,
        split,
        description,
        network,
        placement,
        measured,
        evaluation,
        _check(run, min(check_samples, len(split)), directory, bits, progress),
        summary(network, placement, measured, split, origin, ann, beside),
        early_answers(network, split, measured, costs[0]),
        _rasters(network, split),
    )


def _check(
    run: Path, samples: int, directory: Path | None, bits: int, progress: Report
) -> CheckReport | str:
    try:
        return check(run, samples, directory, bits=bits, report=progress)
    except TargetUnavailableError as error:
        return str(error)


def _sanafe(network: IntegerNetwork, placement: Placement, split: Split) -> SanafeReport | None:
    try:
        with tempfile.TemporaryDirectory(prefix="spikeff-sanafe-") as folder:
            return compare_sanafe(network, placement, split, Path(folder))
    except TargetUnavailableError:
        return None


def _rasters(network: IntegerNetwork, split: Split) -> tuple[tuple[str, dict[str, Array]], ...]:
    """Input and population spikes of the first samples, with the right label where one is shown."""
    from hw_targets.emulator import run as emulator

    first = split.head(min(len(split), RASTERS))
    inputs = presentations(first, network.input, network.labels, network.steps)
    right = np.arange(len(first))
    if network.labels is not None:
        right = right * network.labels.classes + first.labels
    trace = emulator.run(network, inputs).trace.window(network.steps)
    return tuple(
        (
            f"sample {k}, label {first.labels[k]}",
            {INPUT: inputs[:, p]} | {name: z[:, p] for name, z in trace.spikes.items()},
        )
        for k, p in enumerate(right)
    )


def first_weights(description: NetworkDescription) -> Array:
    """Weights (neurons, pixels) from the pixels to the first population."""
    first = description.populations[0].name
    for c in description.incoming(first):
        if c.source == INPUT and c.connectivity.is_matrix:
            return c.weights[:, : description.input.pixels]
    return np.zeros((0, description.input.pixels))


def origin_of(content: Content) -> str:
    """The commands and versions that made a run and this page."""
    about = read_record(content.run)
    command = about.get("command")
    words = command if isinstance(command, list) else ["not recorded"]
    digest = hashlib.sha256(checkpoint_path(content.run).read_bytes()).hexdigest()
    lines = [
        f"training:   {shlex.join(str(word) for word in words)}",
        f"report:     {shlex.join(content.command) or 'spikeff.report(...) from Python'}",
        f"checkpoint: sha256 {digest}",
        f"code:       {_code(about.get('git'))}",
        f"seed:       {about.get('seed', 'not recorded')}",
        f"versions at training: {_versions(about.get('versions'))}",
        f"versions at report:   {_versions(package_versions())}",
    ]
    return "\n".join(lines)


def _code(git: Any) -> str:
    if not isinstance(git, dict) or "commit" not in git:
        return "no commit recorded"
    return f"commit {git['commit']}" + (", with changes" if git.get("changed") else "")


def _versions(found: Any) -> str:
    if not isinstance(found, dict):
        return "not recorded"
    return ", ".join(f"{name} {version}" for name, version in found.items())
