"""What every page of results has: tables, how the figures came about, and where they lie."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from textwrap import wrap
from typing import Any

from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.parallel import cores
from spikeff.provenance import git_state, package_versions

RESULTS = Path(__file__).parent.parent / "docs" / "results"
CPU_INFO = Path("/proc/cpuinfo")  # Linux; elsewhere the architecture has to do


def about(command: str) -> dict[str, Any]:
    """How figures come about now: command, commit, date, machine and versions."""
    git = git_state() or {"commit": None, "changed": None}
    return {
        "command": command,
        **git,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "processor": processor(),
        "cores": cores(),
        "versions": package_versions(),
    }


def processor() -> str:
    """Model of the processor, or its architecture where the system does not tell."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def stamp(made: dict[str, Any]) -> str:
    """One sentence of ``about``, after the ``cases`` that it is about where there are several.

    Figures without a record of their own have ``added``: commit and date that brought them.
    """
    machine = [made[key] for key in ("processor",) if made.get(key)]
    count = made.get("cores")
    machine += [f"{count} core{'s' * (count > 1)}"] if count else []
    where = ", ".join([*machine, f"torch {made['versions']['torch']}"])
    if "added" in made:
        commit, date = made["added"]["commit"][:7], made["added"]["date"]
        when = f"figures added at commit `{commit}` on {date}, the run's own is not on record"
    else:
        changed = ", files changed" if made.get("changed") else ""
        when = f"commit `{(made['commit'] or 'unknown')[:7]}`{changed}, {made['date']}"
    named = "".join(f"`{case}`, " for case in made.get("cases", ())).removesuffix(", ")
    return f"{named}{': ' if named else ''}Made by `{made['command']}`; {when}; {where}."


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]


def paragraph(*sentences: str) -> list[str]:
    """Sentences as lines of at most 100 characters; code between backticks is not broken."""
    text = " ".join(" ".join(sentences).split())
    code = text.split("`")
    held = (part.replace(" ", "\0") if k % 2 else part for k, part in enumerate(code))
    lines = wrap("`".join(held), 100, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines]


def write(folder: Path, name: str, lines: list[str], figures: dict[str, Any]) -> None:
    """Write NAME.md, and NAME.json with the figures and how they came about (``about``)."""
    write_bytes_whole(folder / f"{name}.md", ("\n".join(lines).rstrip() + "\n").encode())
    parts = (f"{json.dumps(key)}: {_by_line(value)}" for key, value in figures.items())
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    write_bytes_whole(folder / f"{name}.json", text.encode())


def _by_line(value: Any) -> str:
    """JSON with a line per entry of a table."""
    if not isinstance(value, dict):
        return json.dumps(value)
    return (
        "{\n"
        + ",\n".join(f" {json.dumps(str(k))}: {json.dumps(v)}" for k, v in value.items())
        + "\n}"
    )
