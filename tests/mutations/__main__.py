"""Breaks one function at a time and runs the tests: `python -m tests.mutations`.

Writes docs/results/mutations.json and docs/results/mutations.md, and ends with exit code 1 where
nothing that was broken turns a test red.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer

from spikeff.ir.io.whole_file import write_bytes_whole
from tests.mutations.catalogue import MUTATIONS
from tests.mutations.mutation import Mutation
from tests.mutations.plugin import VARIABLE
from tests.paths import ROOT

RESULTS = ROOT / "docs" / "results"
SECONDS = 900.0
FORK = multiprocessing.get_context("fork")
# Imported once, before any copy is made.
SLOW_TO_IMPORT = (
    "torch",
    "scipy.sparse",
    "numba",
    "lava.proc.lif.models",
    "spikeff.training.trainer",
)


@dataclass(frozen=True)
class Outcome:
    """test : the first that failed, None where all passed.   reason : its error, one line."""

    mutation: Mutation
    test: str | None
    reason: str


def run_tests(arguments: str, mutation: int | None = None) -> tuple[int, str]:
    """Exit code and output of pytest, stopped at the first failure; ``mutation``: its number.

    In a copy of this process, which has imported what takes seconds to import.
    """
    with tempfile.TemporaryFile("w+") as output:
        child = FORK.Process(target=_test, args=(arguments, mutation, output.fileno()))
        child.start()
        child.join(SECONDS)
        if child.exitcode is None:
            child.kill()
            raise SystemExit(f"{arguments}: no end after {SECONDS:.0f} s")
        output.seek(0)
        return child.exitcode, output.read()


def _test(arguments: str, mutation: int | None, output: int) -> None:
    """Run pytest, its output into the open file ``output``, and end the process."""
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    files, _, selection = arguments.partition(" -k ")
    command = ["-x", "-q", "--show-capture=no", "--tb=line", "-p", "no:cacheprovider"]
    command += [*files.split(), *(["-k", selection] if selection else [])]
    if mutation is not None:
        os.environ[VARIABLE] = str(mutation)
        command += ["-p", "tests.mutations.plugin"]
    code = pytest.main(command)
    sys.stdout.flush()
    os._exit(int(code))


def try_mutation(number: int) -> Outcome:
    """Run the tests with one function broken."""
    mutation = MUTATIONS[number]
    code, output = run_tests(mutation.tests, number)
    if code not in (0, 1):
        raise SystemExit(f"{mutation.what}: pytest ended with {code}:\n{output}")
    failed = re.search(r"^FAILED \S+::(.+?)(?: - (.*))?$", output, re.MULTILINE)
    print(f"{mutation.what}: {failed.group(1) if failed else 'NONE'}", file=sys.stderr, flush=True)
    if code == 0 or failed is None:
        return Outcome(mutation, None, "")
    return Outcome(mutation, failed.group(1), (failed.group(2) or "")[:120])


def require_green(tests: str) -> None:
    """The same tests on the whole functions; ends the program where one fails."""
    code, output = run_tests(tests)
    if code:
        raise SystemExit(f"unbroken, {tests} fails:\n{output}")


def all_tests() -> list[str]:
    """Every test that a mutation names, those of the same files in one run."""
    by_files: dict[str, set[str]] = {}
    for mutation in MUTATIONS:
        files, _, selection = mutation.tests.partition(" -k ")
        by_files.setdefault(files, set()).add(selection)
    return [
        files if "" in chosen else f"{files} -k ({') or ('.join(sorted(chosen))})"
        for files, chosen in sorted(by_files.items())
    ]


def markdown(outcomes: list[Outcome]) -> str:
    """The list as a table."""
    red = sum(outcome.test is not None for outcome in outcomes)
    lines = [
        "# One broken function at a time",
        "",
        "Made by `python -m tests.mutations`: each function of the list in",
        "`tests/mutations/catalogue.py` is broken in the running program, and the tests are run",
        f"until the first fails. {red} of {len(outcomes)} turn a test red; unbroken, the same",
        "tests pass. For each, the tests are those that are about its function.",
        "",
        "| broken | in | change | first test to fail |",
        "|---|---|---|---|",
    ]
    for outcome in outcomes:
        m = outcome.mutation
        lines.append(
            f"| {m.what} | `{m.where}` | {m.change.says.replace('|', chr(92) + '|')} | "
            f"{f'`{outcome.test}`' if outcome.test else '**none**'} |"
        )
    return "\n".join([*lines, ""])


def main(
    workers: Annotated[int, typer.Option(help="Test runs at the same time.")] = 1,
) -> None:
    """Try every mutation and write both files."""
    for name in SLOW_TO_IMPORT:
        importlib.import_module(name)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(require_green, all_tests()))
        outcomes = list(pool.map(try_mutation, range(len(MUTATIONS))))
    table = [
        {"what": o.mutation.what, "where": o.mutation.where, "change": o.mutation.change.says}
        | {"test": o.test, "reason": o.reason}
        for o in outcomes
    ]
    write_bytes_whole(RESULTS / "mutations.json", (json.dumps(table, indent=2) + "\n").encode())
    write_bytes_whole(RESULTS / "mutations.md", markdown(outcomes).encode())
    survivors = [o.mutation.what for o in outcomes if o.test is None]
    if survivors:
        sys.exit(f"no test fails for: {', '.join(survivors)}")


if __name__ == "__main__":
    typer.run(main)
