"""A network of the zoo on the emulator: what of its answer is time, by every probe."""

from __future__ import annotations

from typing import Any

import spikeff
from benchmarks.experiments.measures import Where
from benchmarks.experiments.sweep import Case
from spikeff.cli.output import jsonable


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``network``, a name of the zoo; ``samples`` of the test split."""
    found: dict[str, Any] = jsonable(
        spikeff.eval(case.settings["network"], where.data, case.settings.get("samples"), seed=seed)
    )
    found["deleted_percent"] = {
        f"{100 * float(share):g}": accuracy for share, accuracy in found["deleted_accuracy"].items()
    }
    return found
