"""The study of a search in Optuna: what was tried, what to try next, which are not dominated.

Optuna keeps the study in a journal: lines of JSON, no pickle, appended and synced one by one. A
line that was cut short is dropped before the journal is opened again. What is tried next follows
from the seed and the trials that were judged, so a search that was stopped and resumed tries the
same as one that never was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.errors import FileFormatError
from spikeff.extras import require_extra
from spikeff.ir.io.fields import wrong_types
from spikeff.ir.io.text import parse_json
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.pipeline.search.space import Choices, SearchSpace, is_whole
from spikeff.pipeline.search.trial import Judgement

if TYPE_CHECKING:
    import optuna

NAME = "spikeff"
DIRECTIONS = ("maximize", "minimize")  # accuracy, synaptic operations
MAX_JOURNAL_BYTES = 2**28
STARTUP = 10  # trials drawn at random before the model of what is good is asked
JUDGED, REASON = "judged", "reason"


@dataclass(frozen=True)
class Trial:
    """One configuration that was tried.

    Attributes:
        values: Values of the searched fields.
        judgement: None where the configuration cannot be used, for ``reason``.
        front: Whether no other trial is as good in both objectives and better in one.
    """

    number: int
    values: dict[str, Any]
    judgement: Judgement | None
    reason: str
    front: bool


class SearchStudy:
    """A study over ``space``; ``first`` is tried first where it lies within.

    No other process may be at the same ``journal`` (``spikeff.training.folder_lock``).

    Raises:
        TargetUnavailableError: Optuna is absent.
        FileFormatError: The journal is damaged.
    """

    def __init__(self, journal: Path, space: SearchSpace, first: dict[str, Any], seed: int) -> None:
        self._optuna = _optuna()
        self._journal = journal
        self._space = space
        self._seed = seed
        self._first = first if all(space[k].holds(v) for k, v in first.items()) else None
        with self._quietly():
            _drop_torn_line(journal)
            # Optuna's lock of one append, which a kill left; the folder has a lock of its own.
            Path(f"{journal}.lock").unlink(missing_ok=True)
            backend = self._optuna.storages.journal.JournalFileBackend(str(journal.absolute()))
            self._study = self._optuna.create_study(
                storage=self._optuna.storages.JournalStorage(backend),
                study_name=NAME,
                directions=DIRECTIONS,
                load_if_exists=True,
            )
            if tuple(d.name.lower() for d in self._study.directions) != DIRECTIONS:
                raise ValueError(f"its directions are not {', '.join(DIRECTIONS)}")
            self._end_running()

    def trials(self) -> tuple[Trial, ...]:
        """All that were judged or cannot be used, in the order in which they were tried."""
        with self._quietly():
            ended = [t for t in self._study.get_trials() if {JUDGED, REASON} & t.user_attrs.keys()]
            front = {t.number for t in self._study.best_trials}
            return tuple(
                Trial(
                    number=t.number,
                    values={k: self._value(k, t.params[k]) for k in self._space},
                    judgement=_judgement(t.user_attrs),
                    reason=str(t.user_attrs.get(REASON, "")),
                    front=t.number in front,
                )
                for t in ended
            )

    def ask(self) -> tuple[optuna.trial.Trial, dict[str, Any]]:
        """The next trial, and its values of the searched fields."""
        with self._quietly():
            running = self._study.get_trials(states=(self._optuna.trial.TrialState.RUNNING,))
        done = len(self.trials()) + len(running)
        with self._quietly():
            seed = int(np.random.SeedSequence((self._seed, done)).generate_state(1)[0])
            self._study.sampler = self._optuna.samplers.TPESampler(
                n_startup_trials=STARTUP, seed=seed
            )
            waiting = self._study.get_trials(states=(self._optuna.trial.TrialState.WAITING,))
            if not done and not waiting and self._first is not None:
                self._study.enqueue_trial({k: self._param(k, v) for k, v in self._first.items()})
            trial = self._study.ask({k: self._distribution(k) for k in self._space})
            return trial, {k: self._value(k, trial.params[k]) for k in self._space}

    def tell(self, trial: optuna.trial.Trial, judgement: Judgement) -> None:
        """Record how a trial did."""
        trial.set_user_attr(JUDGED, asdict(judgement))
        self._study.tell(trial, (judgement.accuracy, judgement.synops))

    def refuse(self, trial: optuna.trial.Trial, reason: str) -> None:
        """Record why a trial cannot be used."""
        trial.set_user_attr(REASON, reason)
        self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)

    def _end_running(self) -> None:
        """End what was being tried when the search was stopped; the same is tried again."""
        states = self._optuna.trial.TrialState
        for trial in self._study.get_trials(states=(states.RUNNING,)):
            judged = _judgement(trial.user_attrs)
            if judged is None:
                self._study.tell(trial.number, state=states.FAIL)
            else:
                self._study.tell(trial.number, (judged.accuracy, judged.synops))

    def _distribution(self, field: str) -> optuna.distributions.BaseDistribution:
        from optuna import distributions

        dimension = self._space[field]
        if isinstance(dimension, Choices):
            return distributions.CategoricalDistribution([json.dumps(v) for v in dimension.choices])
        low, high, log = dimension.low, dimension.high, dimension.log
        if is_whole(field):
            return distributions.IntDistribution(int(low), int(high), log=log)
        return distributions.FloatDistribution(low, high, log=log)

    def _param(self, field: str, value: Any) -> Any:
        """What Optuna keeps for a value: lists are no choices of its own."""
        return json.dumps(value) if isinstance(self._space[field], Choices) else value

    def _value(self, field: str, param: Any) -> Any:
        return parse_json(param) if isinstance(self._space[field], Choices) else param

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Silence Optuna's notes; any error while it reads the journal means that it is damaged."""
        logging = self._optuna.logging
        before = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)
        try:
            yield
        except OSError:
            raise
        except Exception as error:  # Optuna answers foreign journals with errors of many kinds
            raise FileFormatError(
                f"{self._journal} is damaged, foreign, or of another search space than the "
                f"search.toml beside it ({type(error).__name__}: {error}); search into another "
                f"directory, or replace this one with --overwrite."
            ) from None
        finally:
            logging.set_verbosity(before)


def _optuna() -> Any:
    return require_extra("optuna")


def _drop_torn_line(journal: Path) -> None:
    """Cut off what follows the last whole line: the write that a kill cut short."""
    if not journal.exists():
        return
    if journal.stat().st_size > MAX_JOURNAL_BYTES:
        raise ValueError(f"more than {MAX_JOURNAL_BYTES} bytes")
    content = journal.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        write_bytes_whole(journal, whole)


def _judgement(attributes: dict[str, Any]) -> Judgement | None:
    figures = attributes.get(JUDGED)
    if figures is None:
        return None
    judgement = Judgement(**figures)
    wrong = wrong_types(Judgement, asdict(judgement))
    if wrong:
        raise ValueError("; ".join(wrong))
    return judgement
