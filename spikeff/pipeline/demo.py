"""The whole main job: every step of the pipeline on one preset, timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from spikeff.errors import TargetUnavailableError
from spikeff.evidence.figures import Evaluation
from spikeff.pipeline import Report, silent
from spikeff.pipeline.compile.export import ExportReport, export
from spikeff.pipeline.energy.energy_report import EnergyReport
from spikeff.pipeline.energy.estimate import energy
from spikeff.pipeline.evaluate import evaluate_run
from spikeff.pipeline.fidelity.check import check
from spikeff.pipeline.fidelity.check_report import CheckReport
from spikeff.pipeline.run.run import RunReport, run
from spikeff.pipeline.train import TrainResult, train

CHECK_SAMPLES = 32
NETWORK_FILE = "network-8bit.safetensors"
Result = TypeVar("Result")


@dataclass(frozen=True)
class MainJob:
    """What every step returned, and the wall time of each, in seconds.

    Attributes:
        lava: None where Lava is not installed.
    """

    train: TrainResult
    eval: Evaluation
    check: CheckReport
    export: ExportReport
    emulator: RunReport
    lava: RunReport | None
    energy: EnergyReport
    wall_seconds: dict[str, float]


def main_job(
    out: Path,
    preset: str,
    data: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    overwrite: bool = False,
    report: Report = silent,
) -> MainJob:
    """Train ``preset`` into ``out``, evaluate, check, export, run on emulator and Lava, estimate.

    The emulator runs the whole test split, Lava and the check its first ``CHECK_SAMPLES`` images.
    """
    wall: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Result]) -> Result:
        start = time.perf_counter()
        result = step()
        wall[name] = time.perf_counter() - start
        return result

    file = out / NETWORK_FILE
    return MainJob(
        train=timed(
            "train",
            lambda: train(
                out,
                preset,
                data=data,
                epochs=epochs,
                seed=seed,
                overwrite=overwrite,
                report=report,
            ),
        ),
        eval=timed("eval", lambda: evaluate_run(out, data, report=report)),
        check=timed("check", lambda: check(out, CHECK_SAMPLES, data, report=report)),
        export=timed("export", lambda: export(out, file, data=data, report=report)),
        emulator=timed("emulator", lambda: run(file, data=data, report=report)),
        lava=timed("lava", lambda: _on_lava(file, data, report)),
        energy=timed("energy", lambda: energy(file, data=data, report=report)),
        wall_seconds=wall,
    )


def _on_lava(file: Path, data: Path | None, report: Report) -> RunReport | None:
    try:
        return run(file, "lava", CHECK_SAMPLES, data, report=report)
    except TargetUnavailableError:
        return None
