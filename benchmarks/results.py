"""What every page of results has: tables, how the figures came about, and where they lie."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.parallel import cores
from spikeff.provenance import package_versions, record_of_call

RESULTS = Path(__file__).parent.parent / "docs" / "results"


def about() -> dict[str, Any]:
    """Command, commit, date, machine and versions."""
    machine = {"processor": platform.machine(), "cores": cores()}
    return record_of_call(sys.argv) | machine | {"versions": package_versions()}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]


def made_by(command: str, text: str) -> list[str]:
    """The paragraph that says how a page came about, its lines broken."""
    return wrap(f"Made by `{command}` on {cores()} cores. {text}", 100)


def write(folder: Path, name: str, lines: list[str], figures: dict[str, Any]) -> None:
    """Write NAME.md, and NAME.json with the figures and how they came about."""
    kept = {"about": about()} | figures
    write_bytes_whole(folder / f"{name}.md", ("\n".join(lines).rstrip() + "\n").encode())
    parts = (f"{json.dumps(key)}: {_by_line(value)}" for key, value in kept.items())
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
