"""results/index.md: every page of results with the command that made it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docs_site.markdown_table import table

INTRODUCTION = """# Results

Every page says which command made it; the figures themselves lie beside it as JSON. Nothing here is
copied by hand.
"""
COMMAND = re.compile(r"`((?:python (?:-m )?benchmarks|make bench)[^`]*)`")


def pages(root: Path) -> dict[str, str]:
    """The list."""
    rows = []
    for path in _paths(root):
        text = path.read_text("utf-8")
        command = COMMAND.search(text)
        rows.append((f"[{_title(path)}]({path.name})", f"`{command[1]}`" if command else ""))
    return {"results/index.md": f"{INTRODUCTION}\n{table(('page', 'made by'), rows)}"}


def menu(root: Path) -> list[Any]:
    """All pages of the folder, by title."""
    entries = [{_title(path): f"results/{path.name}"} for path in _paths(root)]
    return ["results/index.md", *entries]


def _paths(root: Path) -> list[Path]:
    return sorted((root / "docs" / "results").glob("*.md"))


def _title(path: Path) -> str:
    return path.read_text("utf-8").splitlines()[0].removeprefix("# ")
