"""Records of an experiment as a Markdown page and as a small JSON summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import fmean, stdev
from typing import Any

from benchmarks.experiments.sweep import Case, Sweep
from benchmarks.results import paragraph, stamp, table
from spikeff.pipeline.units import engineering
from spikeff.settings.tables import nested

Records = dict[str, dict[str, Any]]  # case -> seed -> what was measured
ABSENT = "-"
DIGITS = 8  # significant, of what a summary keeps


def _number(scale: float, digits: int) -> Callable[[list[float]], str]:
    """Mean, and over several seeds the standard deviation."""

    def text(values: list[float]) -> str:
        mean = f"{scale * fmean(values):,.{digits}f}"
        return f"{mean} ± {scale * stdev(values):,.{digits}f}" if len(values) > 1 else mean

    return text


FORMS: dict[str, Callable[[list[Any]], str]] = {
    "percent": _number(100, 2),
    "tenths": _number(100, 1),
    "ratio": _number(1, 2),
    "mean": lambda values: f"{fmean(values):.2f}",
    "mean percent": lambda values: f"{100 * fmean(values):.1f}",
    "small": _number(1, 4),
    "count": lambda values: f"{fmean(values):,.0f}",
    "milliseconds": _number(1000, 3),
    "seconds": lambda values: f"{fmean(values):.0f} s",
    "joules": lambda values: engineering(fmean(values), "J"),
    "same": lambda values: "yes" if all(values) else "NO",
    "text": lambda values: ", ".join(dict.fromkeys(map(str, values))),
}


def value_at(record: Any, key: str) -> Any:
    """What stands at a path such as ``eval.accuracy`` or ``firing.0``; None where nothing does."""
    for part in key.split("."):
        if isinstance(record, list):
            record = record[int(part)] if int(part) < len(record) else None
        else:
            record = (record or {}).get(part)
    return record


def cell(column: dict[str, Any], runs: Sequence[Any]) -> str:
    """One cell over seeds; figures of several layers one after the other."""
    values = [value_at(run, column["key"]) for run in runs]
    if any(value is None for value in values):
        return ABSENT
    form = FORMS[column["form"]]
    if isinstance(values[0], list):
        return ", ".join(form(list(layer)) for layer in zip(*values, strict=True))
    return form(values)


def page(sweep: Sweep, records: Records, made: Sequence[dict[str, Any]]) -> str:
    """Title, how the figures came about, what was done, pictures and tables."""
    lines = [f"# {sweep.title}", "", *paragraph(*map(stamp, made)), "", sweep.introduction, ""]
    for file in (file for file in files_of(sweep, records) if "alt" in file):
        lines += [f"![{file['alt']}]({file['file']})", ""]
    measured = [case for case in sweep.cases if case.name in records]
    for heads, cases in groupby(measured, key=lambda case: case.labels[: sweep.sections]):
        if heads:
            lines += [f"## {', '.join(heads)}", ""]
        header = [*sweep.axes[sweep.sections :], *(column["name"] for column in sweep.columns)]
        lines += [*table(header, (_row(sweep, case, records) for case in cases)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(sweep: Sweep, case: Case, records: Records) -> list[str]:
    runs = list(records[case.name].values())
    cells = (cell(column, runs) for column in sweep.columns)
    return [*(f"`{label}`" for label in case.labels[sweep.sections :]), *cells]


def files_of(sweep: Sweep, records: Records) -> list[dict[str, Any]]:
    """The files beside the page for which something was measured ``within`` their cases."""
    labels = [case.labels for case in sweep.cases if case.name in records]
    within = ((file, tuple(file.get("within", ()))) for file in sweep.files)
    return [file for file, first in within if any(of[: len(first)] == first for of in labels)]


def summary(sweep: Sweep, records: Records, made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the figures came about, the columns by key, and every case with a row per seed."""
    keys = [column["key"] for column in sweep.columns]
    rows = {
        name: [[_short(value_at(run, key)) for key in keys] for run in runs.values()]
        for name, runs in records.items()
    }
    return {"about": list(made), "columns": keys, "cases": rows}


def records_of(kept: dict[str, Any]) -> Records:
    """The records of a summary, as far as it keeps them: from them page and pictures follow."""
    return {
        name: {
            str(seed): nested(dict(zip(kept["columns"], row, strict=True)))
            for seed, row in enumerate(rows)
        }
        for name, rows in kept["cases"].items()
    }


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
