"""Pytest plugins that run tests with one function broken.

``-p tests.mutations.plugin`` breaks the one whose number the environment names, for as long as the
tests run. ``EachMutation`` tries one after the other on the same collected tests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import pytest
from _pytest.runner import runtestprotocol

from tests.mutations.breaking import broken
from tests.mutations.catalogue import MUTATIONS

VARIABLE = "SPIKEFF_MUTATION"  # holds the mutation's number in the catalogue


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Break it once everything is imported, until the tests have run."""
    if VARIABLE not in os.environ:
        return
    mutation = MUTATIONS[int(os.environ[VARIABLE])]
    stack = ExitStack()
    stack.enter_context(broken(mutation.where, mutation.change))
    session.config.add_cleanup(stack.close)


class EachMutation:
    """Runs the collected tests unbroken, then with each mutation, each time in a copy of itself.

    Attributes:
        outcomes: Number of a mutation, None for the whole functions, to the first test that failed
            and its error; both empty where all passed.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self.outcomes: dict[int | None, tuple[str, str]] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own loop."""
        for number in (None, *self.numbers):
            self.outcomes[number] = _in_a_copy(lambda number=number: _tried(session, number))
        return True


def _tried(session: pytest.Session, number: int | None) -> tuple[str, str]:
    """The first test that fails, and its error."""
    with ExitStack() as stack:
        if number is not None:
            mutation = MUTATIONS[number]
            stack.enter_context(broken(mutation.where, mutation.change))
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            for report in runtestprotocol(item, log=False, nextitem=following):
                if report.failed:
                    lines = report.longreprtext.splitlines()
                    told = [line[1:].strip() for line in lines if line.startswith("E ")]
                    return item.name, (told or lines[-1:])[0][:120]
    return "", ""


def _in_a_copy(work: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """What ``work`` returns in a forked process, which leaves nothing behind in this one."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        result = ("", "it ended without a result")
        try:
            result = work()
        finally:
            os.write(writing, json.dumps(result).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        test, reason = json.loads(pipe.read() or '["the process", "ended"]')
    os.waitpid(child, 0)
    return test, reason
