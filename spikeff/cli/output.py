"""What programs read on stdout, progress on stderr, and how numbers are written."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from spikeff.cli import interrupts
from spikeff.errors import OutputError
from spikeff.pipeline import Report


def print_any_character() -> None:
    """Let signs that a terminal's encoding lacks become "?", where they would end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def printable(text: str) -> str:
    """``text`` with the signs that steer a terminal written out, but for the ends of lines."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def jsonable(value: Any) -> Any:
    """Dataclasses to tables, tuples to lists; numbers that JSON lacks become null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def print_json(value: Any) -> None:
    """Write exactly one JSON object to stdout."""
    try:
        print(json.dumps(jsonable(value)), file=sys.stdout, flush=True)
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror}") from None


@contextmanager
def progress_bar() -> Iterator[Report]:
    """A progress bar on stderr, driven by ``report(task, done, total)``."""
    with progress_log() as (report, _):
        yield report


@contextmanager
def progress_log() -> Iterator[tuple[Report, Callable[[str], None]]]:
    """A progress bar on stderr, and what writes a line above it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    shown = console.is_terminal  # elsewhere a bar would leave empty lines
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        bar = progress.add_task("", total=None)

        def report(task: str, done: int, total: int) -> None:
            interrupts.raise_if_received()
            progress.update(bar, description=task, completed=done, total=total)

        def log(line: str) -> None:
            progress.console.print(line, markup=False, highlight=False)

        yield report, log


def percent(share: float) -> str:
    """A share as percent with two decimals; "unknown" for what is not a number."""
    if math.isnan(share):
        return "unknown"
    return f"{100 * share:.2f} %"


def counted(number: int, name: str) -> str:
    """A number of things: "1 core", "2 cores"."""
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def warn(lines: Iterable[str]) -> None:
    """Lines on stderr that are no errors."""
    for line in lines:
        print(f"warning: {printable(line)}", file=sys.stderr)


def listed(values: Sequence[float], digits: int = 2) -> str:
    """Numbers of several layers, one after the other."""
    return ", ".join(f"{value:.{digits}f}" for value in values)
