"""What a search leaves in its directory, each file whole or absent.

``search.toml``   what is searched and how it is judged; read back to go on.
``journal.log``   Optuna's journal of the study, lines of JSON; read back to go on.
``trials.csv``    every trial, for people and tables.
``front.png``     the Pareto front as a picture.
``front/``        a configuration per trial of the front, as ``spikeff train --config`` takes it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikeff.data.fingerprint import Fingerprint
from spikeff.errors import ConfigError, FileFormatError, OutputError
from spikeff.ir.io.text import read_toml
from spikeff.ir.io.whole_file import write_bytes_whole, write_together
from spikeff.pipeline.search.space import SearchSpace, parse_space, space_table, values_of
from spikeff.pipeline.search.study import Trial
from spikeff.plots.pareto import plot_front
from spikeff.training.config.files import config_of, config_text, sections_of
from spikeff.training.config.overlay import with_fitting_fields
from spikeff.training.config.schema import TrainConfig, make_config

VERSION = 3  # 2: the base in sections; 3: fingerprint of the data
SETTINGS, JOURNAL, TRIALS, PICTURE, FRONT = (
    "search.toml",
    "journal.log",
    "trials.csv",
    "front.png",
    "front",
)
FRONT_FILE = re.compile(r"trial-\d+\.toml")
JUDGED = ("accuracy", "float_accuracy", "shuffled_accuracy", "synops")
MOST_SAMPLES = 2**31


@dataclass(frozen=True)
class SearchSettings:
    """What a search varies and how it judges.

    Attributes:
        base: Configuration whose searched fields vary.
        samples: Number of training samples to use, the first ones; all where None.
        validation: Share of each class of them that is held out to judge trials by.
        bits: Weight bits of the integers that are judged.
        chip: Chip that these must fit.
        seed: Seed of what is tried and of what is held out; each training has its own, in the base.
        data: Fingerprint of the training samples that are used; None in searches of old.
    """

    base: TrainConfig
    space: SearchSpace
    samples: int | None
    validation: float
    bits: int
    chip: str
    seed: int
    data: Fingerprint | None = None

    def __post_init__(self) -> None:
        wrong = {
            f"validation = {self.validation}: a share above 0 and below 1": not (
                0.0 < self.validation < 1.0
            ),
            f"bits = {self.bits}: 1 to 9": not 1 <= self.bits <= 9,
            f"seed = {self.seed}: 0 or more": not 0 <= self.seed < 2**63,
            f"samples = {self.samples}: 2 or more": not (
                self.samples is None or 2 <= self.samples <= MOST_SAMPLES
            ),
        }
        problems = [text for text, is_wrong in wrong.items() if is_wrong]
        if problems:
            raise ConfigError("; ".join(problems))

    def candidate(self, values: dict[str, Any]) -> TrainConfig:
        """The base with ``values`` in place of its own, as far as they apply together.

        Raises:
            ConfigError: The result is no valid configuration.
        """
        return make_config(with_fitting_fields(sections_of(self.base), values), "candidate")


def begin(out: Path, settings: SearchSettings) -> None:
    """Write ``search.toml``; of a search that it replaces nothing stays beside it.

    Raises:
        OutputError: There is no search in ``out``, and other files have the names of one's.
    """
    if not (out / SETTINGS).exists():
        _require_free(out)
    results = (out / name for name in (JOURNAL, TRIALS, PICTURE))
    write_together({out / SETTINGS: _settings_text(settings)}, (*results, *_front_files(out)))


def _require_free(out: Path) -> None:
    names = (JOURNAL, TRIALS, PICTURE)
    others = [path for path in (*(out / n for n in names), *_front_files(out)) if path.exists()]
    if others:
        raise OutputError(
            f"{out} holds no search, but {', '.join(str(p.relative_to(out)) for p in others)}, "
            f"which a search would replace; choose another --out, or move them away."
        )


def _front_files(out: Path) -> list[Path]:
    return [p for p in (out / FRONT).glob("trial-*.toml") if FRONT_FILE.fullmatch(p.name)]


def _settings_text(settings: SearchSettings) -> bytes:
    import tomli_w

    table: dict[str, Any] = {
        "version": VERSION,
        "validation": settings.validation,
        "bits": settings.bits,
        "chip": settings.chip,
        "seed": settings.seed,
    }
    if settings.samples is not None:
        table["samples"] = settings.samples
    if settings.data is not None:
        table["data"] = settings.data.as_dict()
    table["space"] = space_table(settings.space)
    table["base"] = sections_of(settings.base)
    return tomli_w.dumps(table).encode()


def read_settings(out: Path) -> SearchSettings:
    """Read ``search.toml`` back.

    Raises:
        ConfigError: A setting cannot be used; the message names it.
        FileFormatError: The file is missing, damaged or newer.
    """
    path = out / SETTINGS
    if not path.is_file():
        raise FileFormatError(
            f"{out} holds no {SETTINGS}: it is no search; start one with: spikeff tune --out {out}"
        )
    table = read_toml(path, "search")
    version = table.pop("version", None)
    if type(version) is not int or version > VERSION:
        raise FileFormatError(
            f"{path}: version {version!r}; this spikeff reads up to {VERSION}: upgrade spikeff."
        )
    base, space = table.pop("base", None), table.pop("space", None)
    kept = table.pop("data", None)
    data = Fingerprint.read(kept)
    numbers = {"samples": None} | table
    kinds = {"samples": int, "validation": float, "bits": int, "chip": str, "seed": int}
    wrong = [
        name
        for name in kinds.keys() | numbers.keys()
        if name not in numbers
        or name not in kinds
        or not (type(numbers[name]) is kinds[name] or (name == "samples" and not numbers[name]))
    ]
    if (kept is not None) != (data is not None):
        wrong.append("data")
    if wrong or not isinstance(base, dict) or not isinstance(space, dict):
        named = ", ".join(sorted(wrong)) or "base or space"
        raise FileFormatError(f"{path}: {named} missing, unknown or of the wrong type.")
    config = config_of(base, f"{path}, base")
    return SearchSettings(
        config, parse_space(space, config, f"{path}, space"), **numbers, data=data
    )


def write_results(out: Path, settings: SearchSettings, trials: Sequence[Trial]) -> None:
    """Write the table, the picture and the configurations of the front; drop those fallen off."""
    write_bytes_whole(out / TRIALS, _csv(settings.space, trials).encode())
    kept = set()
    for trial in front(trials):
        path = config_path(out, trial)
        write_bytes_whole(path, config_text(settings.candidate(trial.values)).encode())
        kept.add(path)
    for path in _front_files(out):
        if path not in kept:
            path.unlink()
    if kept:
        around = values_of(settings.base, settings.space)
        base = trials[0].number if trials[0].values == around else None
        write_bytes_whole(out / PICTURE, plot_front(_points(trials), base))


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Trials that no other dominates, cheapest first."""
    return sorted((t for t in trials if t.front), key=_cost)


def _cost(trial: Trial) -> tuple[float, int]:
    return (trial.judgement.synops if trial.judgement else 0.0, trial.number)


def config_path(out: Path, trial: Trial) -> Path:
    """Where the configuration of a trial of the front lies."""
    return out / FRONT / f"trial-{trial.number}.toml"


def _csv(space: SearchSpace, trials: Sequence[Trial]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("trial", "front", *JUDGED, *space, "reason"))
    for trial in trials:
        figures = [getattr(trial.judgement, name, "") for name in JUDGED]
        values = [v if isinstance(v, int | float) else json.dumps(v) for v in trial.values.values()]
        rows.writerow((trial.number, int(trial.front), *figures, *values, trial.reason))
    return text.getvalue()


def _points(trials: Sequence[Trial]) -> list[tuple[int, float, float, bool]]:
    return [
        (t.number, t.judgement.synops, t.judgement.accuracy, t.front) for t in trials if t.judgement
    ]
