"""Hyper-parameter search: accuracy and synaptic operations together, their Pareto front."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from spikeff.data.dataset import Split, held_out
from spikeff.data.fingerprint import Fingerprint
from spikeff.errors import ConfigError, DataError, SpikeffError
from spikeff.ir.numbers import plain_numbers, whole_number
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.cluster import Cluster, cluster
from spikeff.pipeline.search import files as search_files
from spikeff.pipeline.search.files import SearchSettings
from spikeff.pipeline.search.space import default_space, read_space, values_of
from spikeff.pipeline.search.study import SearchStudy, Trial
from spikeff.pipeline.search.trial import Judgement
from spikeff.pipeline.search.work import SearchData, TrialWork, judged
from spikeff.plugins import loaded_files
from spikeff.training.config.files import config_text
from spikeff.training.folder_lock import sole_writer
from spikeff.training.resolve import wanted_fields, whole_config

TRIALS, VALIDATION = 30, 0.2
MOST_TRIALS = 10**6


@dataclass(frozen=True)
class FrontEntry:
    """A configuration that no other beats in both, and its file."""

    trial: int
    accuracy: float
    float_accuracy: float
    shuffled_accuracy: float
    synops: float
    values: dict[str, Any]
    config: str


@dataclass(frozen=True)
class TuneResult:
    """What a search found.

    Attributes:
        trials: Number judged so far, unusable ones included.
        held_out: Samples that judged each.
        picture: Plot of the front; None where no trial could be used.
    """

    directory: str
    trials: int
    unusable: int
    held_out: int
    seconds: float
    front: tuple[FrontEntry, ...]
    table: str
    picture: str | None


@plain_numbers
def tune(
    out: Path | str,
    *,
    preset: str | None = None,
    config: Path | str | None = None,
    space: Path | str | None = None,
    data: Path | str | None = None,
    trials: int = TRIALS,
    epochs: int | None = None,
    samples: int | None = None,
    validation: float | None = None,
    bits: int | None = None,
    chip: str | None = None,
    seed: int | None = None,
    device: str | torch.device = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    ray: str | None = None,
    report: Report = silent,
    log: Callable[[str], None] = lambda line: None,
) -> TuneResult:
    """Search around a preset or a TOML configuration until ``trials`` were judged in all.

    Each is trained on training data but for a share ``validation`` [0.2] of each class, quantised
    to ``bits`` [8], and judged on that share by accuracy and synaptic operations on the emulator.
    The test split is never read. Where an error is raised, what ``out`` holds is kept.

    Args:
        space: TOML file with the fields to search; where left out,
            ``spikeff.pipeline.search.space.default_space``.
        epochs: Epochs instead of the configuration's.
        samples: Use only this many training samples, the first ones.
        seed: Seed of what is tried and what is held out [0].
        resume: Go on with the search in ``out``, by its own settings: give ``trials`` and ``data``.
        ray: Address of a Ray cluster, "local" to start one: as many trials at once as it has
            cores. What is tried then follows from the seed and that number.
        log: Called with one line about each trial.

    Raises:
        ConfigError: A setting, the configuration or the search space cannot be used.
        DataError: The data cannot be read, or are not those that a search began with.
        OutputError: ``out`` holds other files of these names, or another search writes to it.
        TargetUnavailableError: Optuna is absent, or Ray or its cluster where ``ray`` asks for it.
    """
    out, place = Path(out), torch_device(device)
    whole_number("trials", trials, 1, MOST_TRIALS)
    given = {
        **{"preset": preset, "config": config, "space": space, "epochs": epochs},
        **{"samples": samples, "validation": validation, "bits": bits, "chip": chip, "seed": seed},
    }
    # A search that is not there is answered by its reader, not made by the lock.
    with nullcontext() if resume and not out.exists() else sole_writer(out):
        settings = _stored(out, given) if resume else _new(out, given, overwrite)
        source = _data(settings, Path(data) if data is not None else None)
        split = source.whole()
        settings = _with_data(out, settings, Fingerprint.of(split))
        parts = held_out(split, settings.validation, settings.seed)
        start = time.perf_counter()
        study = _open(out, settings, resume)
        search = _Search(out, study, settings, source, parts, str(place), trials, report, log)
        with nullcontext() if ray is None else cluster(ray) as processes:
            while len(study.trials()) < trials:
                search.try_some(processes)
        search_files.write_results(out, settings, study.trials())
        return _result(out, study.trials(), len(parts[1]), time.perf_counter() - start)


def _new(out: Path, given: dict[str, Any], overwrite: bool) -> SearchSettings:
    from lava_export.chips.catalogue import get_chip

    if (out / search_files.SETTINGS).exists() and not overwrite:
        raise ConfigError(
            f"{out} already holds a search; go on with --resume, choose another --out, or replace "
            f"it with --overwrite."
        )
    base = whole_config(wanted_fields(given["preset"], given["config"], given["epochs"], None))
    space = given["space"]
    chosen = {
        "samples": given["samples"],
        "validation": VALIDATION if given["validation"] is None else given["validation"],
        "bits": 8 if given["bits"] is None else given["bits"],
        "chip": "loihi1" if given["chip"] is None else given["chip"],
        "seed": 0 if given["seed"] is None else given["seed"],
    }
    get_chip(chosen["chip"])
    searched = default_space(base) if space is None else read_space(Path(space), base)
    return SearchSettings(base, searched, **chosen)


def _stored(out: Path, given: dict[str, Any]) -> SearchSettings:
    stray = [f"--{name}" for name, value in given.items() if value is not None]
    if stray:
        raise ConfigError(
            f"a search goes on by its own {search_files.SETTINGS}: leave out {', '.join(stray)}, "
            f"or search into another --out."
        )
    return search_files.read_settings(out)


def _data(settings: SearchSettings, data: Path | None) -> SearchData:
    return SearchData(
        settings.base.data.dataset,
        data.absolute() if data is not None else None,
        settings.samples,
        settings.validation,
        settings.seed,
        loaded_files(),
    )


def _with_data(out: Path, settings: SearchSettings, data: Fingerprint) -> SearchSettings:
    if settings.data not in (None, data):
        raise DataError(
            f"{out} cannot go on with other data: its trials were judged on {settings.data}; "
            f"those given: {data}. Pass the data that it began with, or search into another --out."
        )
    return replace(settings, data=data)


def _open(out: Path, settings: SearchSettings, resume: bool) -> SearchStudy:
    journal = out / search_files.JOURNAL
    if not resume:
        search_files.begin(out, settings)
    first = values_of(settings.base, settings.space)
    return SearchStudy(journal, settings.space, first, settings.seed)


@dataclass(frozen=True)
class _Search:
    """A search under way: asks the study, has trials judged, and tells it.

    Attributes:
        parts: Samples to learn and to judge by.
        device: On which torch computes.
        trials: How many are wanted in all.
    """

    out: Path
    study: SearchStudy
    settings: SearchSettings
    data: SearchData
    parts: tuple[Split, Split]
    device: str
    trials: int
    report: Report
    log: Callable[[str], None]

    def try_some(self, processes: Cluster | None) -> None:
        """Try one more here, or as many at once as a cluster has cores."""
        wanted = self.trials - len(self.study.trials())
        asked = [self.study.ask() for _ in range(min(wanted, processes.cores if processes else 1))]
        works = {k: self._work(*one) for k, one in enumerate(asked)}
        usable = {k: work for k, work in works.items() if work is not None}
        for number, result in self._results(processes, asked[0][0], list(usable.values())):
            self._tell(*asked[list(usable)[number]], result)

    def _results(
        self, processes: Cluster | None, first: Any, works: list[TrialWork]
    ) -> Iterator[tuple[int, Judgement | str]]:
        """Results of the works with their numbers; in this process, the report tells of each."""
        if processes is not None:
            yield from processes.done(judged, works)
            return
        for number, work in enumerate(works):
            yield number, judged(work, self.parts, self._within(first))

    def _work(self, trial: Any, values: dict[str, Any]) -> TrialWork | None:
        try:
            config = config_text(self.settings.candidate(values))
        except SpikeffError as error:
            self._tell(trial, values, str(error))
            return None
        return TrialWork(config, self.data, self.settings.bits, self.settings.chip, self.device)

    def _tell(self, trial: Any, values: dict[str, Any], result: Judgement | str) -> None:
        name = self._name(trial)
        if isinstance(result, str):
            self.study.refuse(trial, result)
            self.log(f"{name} cannot be used: {result}")
        else:
            self.study.tell(trial, result)
            self.log(_line(name, values, result))
        search_files.write_results(self.out, self.settings, self.study.trials())

    def _name(self, trial: Any) -> str:
        return f"trial {trial.number}, {len(self.study.trials()) + 1} of {self.trials}"

    def _within(self, trial: Any) -> Report:
        name = self._name(trial)
        return lambda task, done, total: self.report(f"{name}, {task}", done, total)


def _line(name: str, values: dict[str, Any], judgement: Judgement) -> str:
    fields = ", ".join(f"{k} {_short(v)}" for k, v in values.items())
    return (
        f"{name}: {100 * judgement.accuracy:.2f} % right, {judgement.synops:,.0f} synaptic "
        f"operations per sample; {fields}"
    )


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _result(out: Path, trials: tuple[Trial, ...], held: int, seconds: float) -> TuneResult:
    front = tuple(
        FrontEntry(
            trial=t.number,
            **asdict(t.judgement),
            values=t.values,
            config=str(search_files.config_path(out, t)),
        )
        for t in search_files.front(trials)
        if t.judgement is not None
    )
    return TuneResult(
        directory=str(out),
        trials=len(trials),
        unusable=sum(t.judgement is None for t in trials),
        held_out=held,
        seconds=seconds,
        front=front,
        table=str(out / search_files.TRIALS),
        picture=str(out / search_files.PICTURE) if front else None,
    )
