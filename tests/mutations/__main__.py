"""Breaks one function at a time and runs the tests: `python -m tests.mutations`.

Writes docs/results/mutations.json and docs/results/mutations.md, and ends with exit code 1 where
nothing that was broken turns a test red.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import typer

from spikeff.ir.io.whole_file import write_bytes_whole
from tests.mutations.catalogue import MUTATIONS, Mutation
from tests.mutations.plugin import VARIABLE
from tests.paths import ROOT

RESULTS = ROOT / "docs" / "results"
SECONDS = 900.0


@dataclass(frozen=True)
class Outcome:
    """test : the first that failed, None where all passed.   reason : its error, one line."""

    mutation: Mutation
    test: str | None
    reason: str


def run_tests(arguments: str, mutation: int | None = None) -> tuple[int, str]:
    """Exit code and output of pytest, stopped at the first failure; ``mutation``: its number."""
    files, _, selection = arguments.partition(" -k ")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--show-capture=no", "--tb=line"]
    command += [*files.split(), *(["-k", selection] if selection else [])]
    environment = dict(os.environ)
    if mutation is not None:
        command += ["-p", "tests.mutations.plugin"]
        environment[VARIABLE] = str(mutation)
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


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


def markdown(outcomes: list[Outcome]) -> str:
    """The list as a table."""
    red = sum(outcome.test is not None for outcome in outcomes)
    lines = [
        "# One broken function at a time",
        "",
        "Made by `python -m tests.mutations`: each function of the list in",
        "`tests/mutations/catalogue.py` is broken in the running program, and the tests are run",
        f"until the first fails. {red} of {len(outcomes)} turn a test red; unbroken, the same",
        "tests pass.",
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
    workers: Annotated[int, typer.Option(help="Test runs at the same time.")] = 2,
) -> None:
    """Try every mutation and write both files."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(require_green, sorted({m.tests for m in MUTATIONS})))
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
