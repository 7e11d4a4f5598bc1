"""Breaks one function at a time and runs the tests: `python -m tests.mutations`.

Writes docs/results/mutations.json and docs/results/mutations.md, and ends with exit code 1 where
something broken turns no test red.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass

import pytest
import typer

from spikeff.ir.io.whole_file import write_bytes_whole
from tests.mutations.catalogue import MUTATIONS
from tests.mutations.mutation import Mutation
from tests.mutations.plugin import EachMutation
from tests.paths import ROOT

RESULTS = ROOT / "docs" / "results"
SHOWN = 50  # characters of an error


@dataclass(frozen=True)
class Outcome:
    """What the tests said of one mutation.

    Attributes:
        test: The first that failed; empty where all passed.
        reason: Its error, one line.
    """

    mutation: Mutation
    test: str
    reason: str


def try_all(tests: str) -> dict[int, Outcome]:
    """What these tests say of their mutations, by number.

    Ends the program where one of them fails on the whole functions.
    """
    numbers = [k for k, mutation in enumerate(MUTATIONS) if mutation.tests == tests]
    files, _, selection = tests.partition(" -k ")
    command = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files.split()]
    command += ["-k", selection] if selection else []
    plugin = EachMutation(numbers)
    with redirect_stdout(io.StringIO()) as output:
        code = pytest.main(command, plugins=[plugin])
    failed, reason = plugin.outcomes.pop(None, ("nothing was collected", output.getvalue()))
    if failed or code:
        raise SystemExit(f"unbroken, {tests} fails: {failed} {reason}")
    for number, (test, _) in plugin.outcomes.items():
        print(f"{MUTATIONS[number].what}: {test or 'NONE'}", file=sys.stderr, flush=True)
    return {k: Outcome(MUTATIONS[k], *found) for k, found in plugin.outcomes.items()}


def markdown(outcomes: list[Outcome]) -> str:
    """The list as a table."""
    red = sum(bool(outcome.test) for outcome in outcomes)
    lines = [
        "# Mutation tests",
        "",
        "Made by `python -m tests.mutations`: each function of the list in",
        "`tests/mutations/catalogue.py` is broken in the running program, and the tests are run",
        f"until the first fails. {red} of {len(outcomes)} turn a test red; unbroken, the same",
        "tests pass. For each, the tests are those that are about its function.",
        "",
        "| broken, where and how | first test to fail |",
        "|---|---|",
    ]
    for outcome in outcomes:
        m = outcome.mutation
        lines.append(
            f"| {m.what}<br>`{m.where}`<br>{m.change.says.replace('|', chr(92) + '|')} | "
            f"{f'`{outcome.test}`' if outcome.test else '**none**'} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Try every mutation and write both files."""
    found: dict[int, Outcome] = {}
    for tests in dict.fromkeys(mutation.tests for mutation in MUTATIONS):
        found |= try_all(tests)
    outcomes = [found[number] for number in range(len(MUTATIONS))]
    table = [
        {"what": o.mutation.what, "where": o.mutation.where, "change": o.mutation.change.says}
        | {"test": o.test or None, "reason": o.reason[:SHOWN]}
        for o in outcomes
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in table)
    write_bytes_whole(RESULTS / "mutations.json", f"[\n{lines}\n]\n".encode())
    write_bytes_whole(RESULTS / "mutations.md", markdown(outcomes).encode())
    survivors = [o.mutation.what for o in outcomes if not o.test]
    if survivors:
        sys.exit(f"no test fails for: {', '.join(survivors)}")


if __name__ == "__main__":
    typer.run(main)
