"""images/imports.svg: which part of the sources imports which, counted from the sources."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import networkx as nx

from docs_site.modules import PACKAGES, Module, modules
from docs_site.svg import Arrow, Box, drawing

SHARED = "shared values"
ROW, COLUMN, WIDTH = 105.0, 230.0, 190.0
COLOURS = {"spikeff": "#e8eefc", "lava_export": "#fdf3dc", "hw_targets": "#e6f4ea"}


def pages(root: Path) -> dict[str, str]:
    """The picture."""
    return {"images/imports.svg": picture(root)}


def picture(root: Path) -> str:
    """Draw the parts, importers above what they import."""
    found = modules(root)
    names = {module.name for module in found}
    shared = _shared(found)
    part_of = {module.name: _part(module.name, shared, names) for module in found}
    sizes = Counter(part_of.values())
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(sizes))
    for module in found:
        for target in {n for n in module.imports if n in names}:
            start, end = part_of[module.name], part_of[target]
            if start != end:
                weight = graph.get_edge_data(start, end, {"imports": 0})["imports"]
                graph.add_edge(start, end, imports=weight + 1)
    return _drawn(graph, sizes)


def _shared(found: list[Module]) -> set[str]:
    """Modules of spikeff itself that its sibling packages import."""
    names = {module.name for module in found}
    outside = [m for m in found if m.name.split(".")[0] != PACKAGES[0]]
    taken = {n for m in outside for n in m.imports if n in names}
    return {name for name in taken if name.startswith(f"{PACKAGES[0]}.")}


def _part(name: str, shared: set[str], names: set[str]) -> str:
    if name in shared:
        return SHARED
    package = ".".join(name.split(".")[:2])
    inner = any(other.startswith(f"{package}.") for other in names)
    return package if inner else name.split(".")[0]


def _drawn(graph: nx.DiGraph, sizes: Counter[str]) -> str:
    whole = nx.condensation(graph)
    rows = [
        sorted(part for node in row for part in whole.nodes[node]["members"])
        for row in nx.topological_generations(whole)
    ]
    widest = max(len(row) for row in rows)
    boxes = {}
    for depth, row in enumerate(rows):
        for place, part in enumerate(row):
            x = COLUMN * (widest / 2 + place - (len(row) - 1) / 2)
            x += COLUMN / 3 * (depth % 2 - 0.5) if len(row) == 1 else 0
            package = PACKAGES[0] if part == SHARED else part.split(".")[0]
            lines = (part, f"{sizes[part]} modules")
            boxes[part] = Box(x, ROW * (depth + 0.5), WIDTH, lines, COLOURS[package])
    arrows = [Arrow(boxes[a], boxes[b], str(n)) for a, b, n in graph.edges.data("imports")]
    title = "Imports between the parts of the sources, counted in modules"
    return drawing(COLUMN * widest, ROW * len(rows), boxes.values(), arrows, title)
