"""Experiments, one TOML file each: `python -m benchmarks.experiments NAME [--data DIR]`.

Runs every case and seed of ``benchmarks/experiments/sweeps/NAME.toml``, keeps all that was measured
in --out (what is there already is not measured again), and writes the page NAME.md, a small summary
NAME.json and the pictures into --results. With --redraw it measures nothing, and makes page and
pictures anew of the summary.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.experiments.files import made
from benchmarks.experiments.measures import Where
from benchmarks.experiments.page import files_of, page, records_of, summary
from benchmarks.experiments.sweep import Sweep, known, read_sweep
from benchmarks.results import RESULTS, about, write
from spikeff.cli.output import jsonable
from spikeff.errors import DataError
from spikeff.ir.io.whole_file import write_bytes_whole

RAW = RESULTS.parent.parent / "build" / "experiments"


def measured(sweep: Sweep, where: Where, seeds: int, only: str, command: str) -> dict[str, Any]:
    """All records, and how each came about, those of earlier calls among them."""
    measure = import_module(f"benchmarks.experiments.measures.{sweep.measure}").measure
    path = where.out / "raw.json"
    kept = json.loads(path.read_text()) if path.exists() else {"records": {}, "about": {}}
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
                continue
            kept["about"].setdefault(case.name, {})[str(seed)] = about(command)
            write_bytes_whole(path, json.dumps(kept, indent=1).encode())
    return kept


def origins(kept: dict[str, Any]) -> list[dict[str, Any]]:
    """Each way in which records came about, with its cases where there are several."""
    found: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for case, runs in kept["about"].items():
        for origin in runs.values():
            _, cases = found.setdefault(json.dumps(origin, sort_keys=True), (origin, []))
            cases.append(case)
    several = len(found) > 1
    return [
        origin | ({"cases": list(dict.fromkeys(cases))} if several else {})
        for origin, cases in found.values()
    ]


def main(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(known())}.")],
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Seeds 0 to N - 1 [default: its own].")] = None,
    only: Annotated[str, typer.Option(help="Only cases whose name contains this.")] = "",
    smallest: Annotated[bool, typer.Option(help="A trial run of minutes, not of hours.")] = False,
    redraw: Annotated[bool, typer.Option(help="Page and pictures anew, from NAME.json.")] = False,
    out: Annotated[Path, typer.Option(help="Directory of runs and raw records.")] = RAW,
    results: Annotated[Path, typer.Option(help="Directory of page and summary.")] = RESULTS,
) -> None:
    """Measure what is missing, then write page, summary and pictures."""
    sweep = read_sweep(name, smallest)
    if redraw:
        kept = json.loads((results / f"{name}.json").read_text())
        records = records_of(kept)
    else:
        where = Where(data, out / (f"{name}-smallest" if smallest else name))
        options = f"{' --smallest' if smallest else ''}{' --data DIR' if data else ''}"
        command = f"python -m benchmarks.experiments {name}{options}"
        raw = measured(sweep, where, seeds or sweep.seeds, only, command)
        records = {case: runs for case, runs in raw["records"].items() if runs}
        kept = summary(sweep, records, origins(raw))
    write(results, name, page(sweep, records_of(kept), kept["about"]).splitlines(), kept)
    for wanted in files_of(sweep, records):
        write_bytes_whole(results / wanted["file"], made(wanted, sweep, records))


if __name__ == "__main__":
    typer.run(main)
