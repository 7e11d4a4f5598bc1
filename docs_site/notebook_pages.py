"""notebooks: each as a page, cells and outputs as they stand in notebooks/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

INTRODUCTION = """# Notebooks

The notebooks stand in the folder `notebooks` of the sources; the tests run each from top to bottom.
Here are their cells with the outputs of one execution in full length.
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


def _cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def _title(path: Path) -> str:
    first = next("".join(c["source"]) for c in _cells(path) if c["cell_type"] == "markdown")
    return first.splitlines()[0].removeprefix("# ")


def _page(path: Path) -> str:
    parts = []
    for cell in _cells(path):
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            parts += [f"```python\n{text}\n```", *map(_output, cell["outputs"])]
        else:
            parts.append(text)
    return "\n\n".join(part for part in parts if part) + "\n"


def _output(output: dict[str, Any]) -> str:
    """A picture as it is in the notebook, or text; nothing of what else a cell may show."""
    shown = output.get("data", {})
    if "image/png" in shown:
        data = "".join(shown["image/png"]).replace("\n", "")
        return f'<img alt="what the cell above draws" src="data:image/png;base64,{data}">'
    text = "".join(output.get("text", shown.get("text/plain", "")))
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""
