"""Experiments as TOML: what is varied, what is measured, and which columns the table has.

title, introduction : of the page.
measure : a file of ``benchmarks/experiments/measures``.
seeds : seeds 0 to N - 1 of every case [1].
sections : so many of the axes make headings instead of columns [0].
[fields] : of every configuration, on top of ``preset``; [settings] : of the measure, and
    ``fitting``: fields are left out that what the others choose does not read.
[axes.NAME] : label = fields of the configuration, or a list of values of the field NAME; what
    stands in the table ``settings`` among them goes to the measure.
[[columns]] : name, key (a path in the record) and form (see ``benchmarks.experiments.page``).
[[files]] : kind (see ``benchmarks.experiments.files``), file, and what the kind needs; with
    ``alt`` it is a picture that the page shows.
[smallest] : what a trial run changes: fields, settings, and ``cases``, how many are run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from spikeff.errors import UnknownNameError
from spikeff.ir.io.text import read_toml
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields, with_fitting_fields
from spikeff.training.config.schema import TrainConfig, make_config

FOLDER = Path(__file__).parent / "sweeps"


@dataclass(frozen=True)
class Case:
    """One cell of a sweep: its label on every axis, and what it asks for, by dotted path."""

    labels: tuple[str, ...]
    fields: dict[str, Any]
    settings: dict[str, Any]

    @property
    def name(self) -> str:
        """The labels, as one line."""
        return " | ".join(self.labels) or "all"

    def config(self, seed: int) -> TrainConfig:
        """The whole configuration."""
        fields = {name: value for name, value in self.fields.items() if name != "preset"}
        below = preset_table(self.fields["preset"]) if "preset" in self.fields else {}
        laid = with_fitting_fields if self.settings.get("fitting") else with_fields
        return make_config(laid(below, fields | {"seed": seed}), self.name)


@dataclass(frozen=True)
class Sweep:
    """An experiment as its file says."""

    name: str
    title: str
    introduction: str
    measure: str
    axes: tuple[str, ...]
    cases: tuple[Case, ...]
    seeds: int
    sections: int
    columns: tuple[dict[str, Any], ...]
    files: tuple[dict[str, Any], ...]


def known() -> list[str]:
    """Names of all experiments."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_sweep(name: str, smallest: bool) -> Sweep:
    """An experiment by name, or its smallest form."""
    if name not in known():
        raise UnknownNameError("experiment", name, known())
    table = read_toml(FOLDER / f"{name}.toml", "experiment")
    trial = table.get("smallest", {}) if smallest else {}
    axes = table.get("axes", {})
    cases = [
        _case(labels, table, dict(zip(axes, labels, strict=True)), trial)
        for labels in product(*(_labels(values) for values in axes.values()))
    ]
    return Sweep(
        name=name,
        title=table["title"],
        introduction=table["introduction"].strip(),
        measure=table["measure"],
        axes=tuple(axes),
        cases=tuple(cases[: trial.get("cases", len(cases))]),
        seeds=1 if smallest else table.get("seeds", 1),
        sections=table.get("sections", 0),
        columns=tuple(table["columns"]),
        files=tuple(table.get("files", ())),
    )


def _labels(values: Any) -> list[str]:
    return [str(value) for value in values]


def _case(
    labels: tuple[str, ...], table: dict[str, Any], chosen: dict[str, str], trial: dict[str, Any]
) -> Case:
    fields = dict(_by_path(table.get("fields", {}), ""))
    case = Case(labels, fields, dict(table.get("settings", {})))
    for axis, label in chosen.items():
        values = table["axes"][axis]
        if isinstance(values, dict):
            case = _with(case, values[label])
        else:
            case = _with(case, {axis: next(v for v in values if str(v) == label)})
    return _with(case, trial.get("fields", {}) | {"settings": trial.get("settings", {})})


def _with(case: Case, more: dict[str, Any]) -> Case:
    settings = more.get("settings", {})
    fields = {name: value for name, value in more.items() if name != "settings"}
    asked = case.fields | dict(_by_path(fields, ""))
    return replace(case, fields=asked, settings=case.settings | settings)


def _by_path(table: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _by_path(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
