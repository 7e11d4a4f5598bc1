"""Experiments, one TOML file each: `python -m benchmarks.experiments NAME [--data DIR]`.

Runs every case and seed of ``benchmarks/experiments/sweeps/NAME.toml``, keeps all that was measured
in --out (what is there already is not measured again), and writes the page NAME.md, a small summary
NAME.json and the pictures into --results.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.experiments.files import made
from benchmarks.experiments.measures import Where
from benchmarks.experiments.page import Records, files_of, page, summary
from benchmarks.experiments.sweep import Sweep, known, read_sweep
from benchmarks.results import RESULTS, about, write
from spikeff.cli.output import jsonable
from spikeff.errors import DataError
from spikeff.ir.io.sealed import write_bytes_whole

RAW = RESULTS.parent.parent / "build" / "experiments"


def measured(sweep: Sweep, where: Where, seeds: int, only: str) -> Records:
    """All records, those of earlier calls among them; written after each."""
    measure = import_module(f"benchmarks.experiments.measures.{sweep.measure}").measure
    path = where.out / "raw.json"
    kept = json.loads(path.read_text()) if path.exists() else {"records": {}}
    for case in sweep.cases:
        for seed in range(seeds):
            runs = kept["records"].setdefault(case.name, {})
            if str(seed) in runs or only not in case.name:
                continue
            typer.echo(f"{sweep.name}: {case.name}, seed {seed}", err=True)
            try:
                runs[str(seed)] = jsonable(measure(case, seed, where))
            except DataError as error:
                if where.data is not None:
                    raise
                typer.echo(f"left out: {error}", err=True)
            kept |= {"about": about()}
            write_bytes_whole(path, json.dumps(kept, indent=1).encode())
    return {name: runs for name, runs in kept["records"].items() if runs}


def main(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(known())}.")],
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Seeds 0 to N - 1 [default: its own].")] = None,
    only: Annotated[str, typer.Option(help="Only cases whose name contains this.")] = "",
    smallest: Annotated[bool, typer.Option(help="A trial run of minutes, not of hours.")] = False,
    out: Annotated[Path, typer.Option(help="Directory of runs and raw records.")] = RAW,
    results: Annotated[Path, typer.Option(help="Directory of page and summary.")] = RESULTS,
) -> None:
    """Measure what is missing, then write page, summary and pictures."""
    sweep = read_sweep(name, smallest)
    where = Where(data, out / (f"{name}-smallest" if smallest else name))
    records = measured(sweep, where, seeds or sweep.seeds, only)
    options = f"{' --smallest' if smallest else ''}{' --data DIR' if data else ''}"
    text = page(sweep, records, f"python -m benchmarks.experiments {name}{options}")
    write(results, name, text.splitlines(), summary(sweep, records))
    for wanted in files_of(sweep, records):
        write_bytes_whole(results / wanted["file"], made(wanted, sweep, records))


if __name__ == "__main__":
    typer.run(main)
