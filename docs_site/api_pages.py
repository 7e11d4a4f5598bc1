"""reference/api: one page per module that has something public to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docs_site.markdown_table import table
from docs_site.modules import PACKAGES, Module, modules

FOLDER = "reference/api"
MODULES = """# Modules

One line about each module, from its own first line. Who imports whom:
[architecture](../architecture.md#drawn-from-the-sources).
"""


def pages(root: Path) -> dict[str, str]:
    """The pages, and one that lists them."""
    told = _told(root)
    found = {f"{FOLDER}/{m.name}.md": f"# {m.name}\n\n::: {m.name}\n" for m in told}
    parts = [MODULES]
    for package in PACKAGES:
        rows = [
            (f"[`{m.name}`](api/{m.name}.md)", m.summary.replace("``", "`"), str(m.lines))
            for m in told
            if m.name.split(".")[0] == package
        ]
        parts += [f"## {package}\n", table(("module", "what it does", "lines"), rows)]
    return found | {"reference/modules.md": "\n".join(parts)}


def menu(root: Path) -> list[Any]:
    """The pages by package."""
    told = [m.name for m in _told(root)]
    return [
        {package: [{n: f"{FOLDER}/{n}.md"} for n in told if n.split(".")[0] == package]}
        for package in PACKAGES
    ]


def _told(root: Path) -> list[Module]:
    return [module for module in modules(root) if module.summary]
