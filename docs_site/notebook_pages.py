"""notebooks: each as a page, cells and outputs as they stand in notebooks/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "notebooks"


def pages() -> dict[str, str]:
    """The pages by their places in docs/."""
    paths = sorted(FOLDER.glob("*.ipynb"))
    return {f"notebooks/{path.stem}.md": _page(path) for path in paths}


def _page(path: Path) -> str:
    parts = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
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
