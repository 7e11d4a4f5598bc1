"""notebooks: each as a page, cells as they stand in notebooks/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

INTRODUCTION = """# Notebooks

The notebooks stand in the folder `notebooks` of the sources; the tests run each from top to bottom.
Here are their cells, without outputs.
"""


def pages(root: Path) -> dict[str, str]:
    """The pages, and one that lists them."""
    found = {_place(path): _page(path) for path in _paths(root)}
    listed = "\n".join(f"- [{_title(p)}]({Path(_place(p)).name})" for p in _paths(root))
    return found | {"notebooks/index.md": f"{INTRODUCTION}\n{listed}\n"}


def menu(root: Path) -> list[Any]:
    """The pages in their order."""
    return ["notebooks/index.md", *({_title(p): _place(p)} for p in _paths(root))]


def _paths(root: Path) -> list[Path]:
    return sorted((root / "notebooks").glob("*.ipynb"))


def _place(path: Path) -> str:
    return f"notebooks/{path.stem}.md"


def _cells(path: Path) -> list[tuple[str, str]]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def _title(path: Path) -> str:
    first = next(text for kind, text in _cells(path) if kind == "markdown")
    return first.splitlines()[0].removeprefix("# ")


def _page(path: Path) -> str:
    parts = []
    for kind, text in _cells(path):
        parts.append(f"```python\n{text}\n```" if kind == "code" else text)
    return "\n\n".join(parts) + "\n"
