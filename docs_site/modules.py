"""The project's modules as their sources say: names, first lines, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("spikeff", "lava_export", "hw_targets")


@dataclass(frozen=True)
class Module:
    """name : dotted.   summary : first paragraph of the docstring.   imports : ours, dotted."""

    name: str
    summary: str
    imports: tuple[str, ...]
    lines: int


def modules(root: Path) -> list[Module]:
    """Every module of the three packages, by name."""
    return sorted(_modules(root), key=lambda module: module.name)


def _modules(root: Path) -> Iterator[Module]:
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text("utf-8")
            tree = ast.parse(text)
            summary = (ast.get_docstring(tree) or "").split("\n\n")[0]
            yield Module(name, " ".join(summary.split()), _imports(tree), text.count("\n"))


def _imports(tree: ast.Module) -> tuple[str, ...]:
    """What is imported from our packages, where a module is imported its name itself."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return tuple(sorted(n for n in found if n.split(".")[0] in PACKAGES))
