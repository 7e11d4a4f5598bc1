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
    paths = {_name(path.relative_to(root)): path for p in PACKAGES for path in _sources(root / p)}
    return [_module(name, path, set(paths)) for name, path in sorted(paths.items())]


def _sources(folder: Path) -> Iterator[Path]:
    return folder.rglob("*.py")


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(name: str, path: Path, names: set[str]) -> Module:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    summary = (ast.get_docstring(tree) or "").split("\n\n")[0]
    return Module(name, " ".join(summary.split()), _imports(tree, names), text.count("\n"))


def _imports(tree: ast.Module, names: set[str]) -> tuple[str, ...]:
    """The modules among ``names`` that are imported, also within functions."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in names else node.module)
    return tuple(sorted(found & names))
