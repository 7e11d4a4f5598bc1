"""Where the time of training goes: `python -m benchmarks.speed.profile [--data DIR]`.

Python's profiler over batches of the nets of `benchmarks.speed.training`, on one thread. Writes
training_profile.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

import cProfile
import os
import pstats
from pathlib import Path
from typing import Annotated, Any

os.environ["OMP_NUM_THREADS"] = "1"  # the profiler sees one thread

import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.sides import THREE_FACTOR, images, ours

STEPS, BATCHES, LINES = 32, 10, 12
OBJECTIVES = {"pair": "label in the input", "class_columns": "class columns"}


def profile(objective: str, data: Path | None) -> list[tuple[str, str]]:
    """Functions with the largest share, in percent, of the time that is spent in themselves."""
    step = ours(objective, THREE_FACTOR, images(data), STEPS, "cpu")
    step()  # compiles
    watch = cProfile.Profile()
    watch.enable()
    for _ in range(BATCHES):
        step()
    watch.disable()
    stats = pstats.Stats(watch)
    total = stats.total_tt  # type: ignore[attr-defined]
    found = []
    for (file, _, name), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        place = name if file == "~" else f"{Path(file).stem}.{name}"
        found.append((own / total, place.strip("<>")))
    return [(f"`{place}`", f"{100 * share:.1f}") for share, place in sorted(found)[::-1][:LINES]]


def page(kept: dict[str, Any]) -> list[str]:
    """The tables, from what the file of figures holds."""
    lines = [
        "# Where the time of training goes",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"The nets of [training_speed](training_speed.md), {STEPS} steps, {BATCHES} batches, "
            "one thread. Time in each function itself; built-in methods are torch's and NumPy's.",
        ),
    ]
    for objective, rows in kept["shares"].items():
        lines += ["", f"## {OBJECTIVES[objective].capitalize()}", ""]
        lines += table(("function", "% of the time"), rows)
    return lines


def main(
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Profile both objectives and write the page."""
    found = {objective: profile(objective, data) for objective in OBJECTIVES}
    command = f"python -m benchmarks.speed.profile{' --data DIR' if data else ''}"
    kept = {"about": about(command), "shares": found}
    write(out, "training_profile", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
