"""Requests to end a run in Lava: none gets lost, none disturbs what is put away."""

import multiprocessing
import os
import signal

import pytest

from hw_targets.lava import cpu
from hw_targets.lava.child_processes import ending_with_parent
from hw_targets.lava.interrupts import ENDING, put_off, raise_lost, remembering
from spikeff.errors import TargetUnavailableError


@pytest.fixture(autouse=True)
def raising():
    """Handlers that raise, as a program has for Ctrl-C, and the command line for all."""
    before = {n: signal.signal(n, signal.default_int_handler) for n in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_one_that_a_library_swallows_is_raised_again(number):
    with remembering():
        raise_lost()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            raise_lost()
    with remembering():
        raise_lost()  # of a run before
    assert signal.getsignal(number) is signal.default_int_handler


def test_what_the_program_itself_answers_stays_answered():
    seen = []
    signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with remembering():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
        raise_lost()
    assert seen == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.parametrize("number", ENDING)
def test_what_comes_while_processes_are_put_away_is_answered_afterwards(number):
    done = []

    def put_away():
        with put_off():
            signal.raise_signal(number)
            signal.raise_signal(number)
            done.append("put away")

    with pytest.raises(KeyboardInterrupt):
        put_away()
    assert done == ["put away"]
    assert signal.getsignal(number) is signal.default_int_handler


def test_a_child_ends_at_once_when_it_is_told_to():
    with ending_with_parent():
        child = multiprocessing.get_context("fork").Process(target=_exit_by_handlers)
        child.start()
    child.join()
    assert child.exitcode == 1


def _exit_by_handlers():
    os._exit(int(all(signal.getsignal(n) is signal.SIG_DFL for n in ENDING[1:])))


def test_a_daemonic_worker_is_refused_with_a_way_out(monkeypatch):
    """Python lets none start processes, which Lava is made of."""
    process = multiprocessing.current_process()
    monkeypatch.setattr(process, "_config", process._config | {"daemon": True})
    with pytest.raises(TargetUnavailableError, match="ProcessPoolExecutor"):
        cpu._execute(None, None)
