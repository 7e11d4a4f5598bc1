"""Breaks one line at a time and runs the tests: `python -m benchmarks.mutations`.

Works on a copy of the sources. Writes docs/results/mutations.json and docs/results/mutations.md,
and ends with exit code 1 where a broken line turns no test red.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from tests.parity.mutations import MUTATIONS, Mutation

from spikeff.ir.io.sealed import write_bytes_whole

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results"
COPIED = ("spikeff", "lava_export", "hw_targets", "tests", "pyproject.toml")
SECONDS = 900.0


@dataclass(frozen=True)
class Outcome:
    """test : the first that failed, None where all passed.   reason : its error, one line."""

    mutation: Mutation
    test: str | None
    reason: str


def run_tests(folder: Path, arguments: str) -> tuple[int, str]:
    """Exit code and output of pytest in ``folder``, stopped at the first failure."""
    files, _, selection = arguments.partition(" -k ")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--show-capture=no", "--tb=line"]
    command += [*files.split(), *(["-k", selection] if selection else [])]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def try_mutation(mutation: Mutation) -> Outcome:
    """Break the line in a copy of the sources and run the tests there."""
    with copied_sources() as folder:
        path = folder / mutation.file
        source = path.read_text(encoding="utf-8")
        path.write_text(source.replace(mutation.old, mutation.new), encoding="utf-8")
        code, output = run_tests(folder, mutation.tests)
    if code not in (0, 1):
        raise SystemExit(f"{mutation.what}: pytest ended with {code}:\n{output}")
    failed = re.search(r"^FAILED \S+::(.+?)(?: - (.*))?$", output, re.MULTILINE)
    print(f"{mutation.what}: {failed.group(1) if failed else 'NONE'}", file=sys.stderr, flush=True)
    if code == 0 or failed is None:
        return Outcome(mutation, None, "")
    return Outcome(mutation, failed.group(1), (failed.group(2) or "")[:120])


def require_green(tests: str) -> None:
    """The same tests on the unbroken sources; ends the program where one fails."""
    with copied_sources() as folder:
        code, output = run_tests(folder, tests)
    if code:
        raise SystemExit(f"unbroken, {tests} fails:\n{output}")


@contextmanager
def copied_sources() -> Iterator[Path]:
    """A folder of its own with all that the tests need."""
    with tempfile.TemporaryDirectory(prefix="spikeff-mutations-") as name:
        for part in COPIED:
            source = ROOT / part
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, Path(name) / part)
        yield Path(name)


def markdown(outcomes: list[Outcome]) -> str:
    """The list as a table."""
    red = sum(outcome.test is not None for outcome in outcomes)
    lines = [
        "# One broken line at a time",
        "",
        "Made by `python -m benchmarks.mutations`: each line of the list in",
        "`tests/parity/mutations.py` is broken in a copy of the sources, and the tests are run",
        f"until the first fails. {red} of {len(outcomes)} turn a test red; unbroken, the same",
        "tests pass.",
        "",
        "| broken | in | becomes | first test to fail |",
        "|---|---|---|---|",
    ]
    for outcome in outcomes:
        m = outcome.mutation
        old, new = (_on_one_line(text) for text in (m.old, m.new))
        lines.append(
            f"| {m.what} | `{m.file}` | `{old}` → `{new}` | "
            f"{f'`{outcome.test}`' if outcome.test else '**none**'} |"
        )
    return "\n".join([*lines, ""])


def _on_one_line(code: str) -> str:
    """Code as a cell of a table."""
    text = "; ".join(line.strip() for line in code.strip().splitlines())
    return text.replace("|", "\\|") or "(nothing)"


def main(
    workers: Annotated[int, typer.Option(help="Test runs at the same time.")] = 2,
) -> None:
    """Try every mutation and write both files."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(require_green, sorted({m.tests for m in MUTATIONS})))
        outcomes = list(pool.map(try_mutation, MUTATIONS))
    table = [
        {"what": o.mutation.what, "file": o.mutation.file, "old": o.mutation.old}
        | {"new": o.mutation.new, "test": o.test, "reason": o.reason}
        for o in outcomes
    ]
    write_bytes_whole(RESULTS / "mutations.json", (json.dumps(table, indent=2) + "\n").encode())
    write_bytes_whole(RESULTS / "mutations.md", markdown(outcomes).encode())
    survivors = [o.mutation.what for o in outcomes if o.test is None]
    if survivors:
        sys.exit(f"no test fails for: {', '.join(survivors)}")


if __name__ == "__main__":
    typer.run(main)
