"""images/imports.svg: which part of the sources imports which, counted from the sources."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import networkx as nx

from docs_site.markdown_table import table
from docs_site.modules import PACKAGES, Module, modules
from docs_site.svg import Arrow, Box, drawing

SHARED = "spikeff.ir"
INNER = ("spikeff.cli", "spikeff.pipeline")  # packages within packages that are drawn apart
# Modules that belong to another part: the package itself offers the steps of the pipeline.
ENTRIES = {"spikeff": "spikeff.pipeline", "spikeff.__main__": "spikeff.cli"}
ROW, COLUMN, WIDTH = 100.0, 230.0, 180.0
COLOURS = {"spikeff": "#e8eefc", "lava_export": "#fdf3dc", "hw_targets": "#e6f4ea"}


def pages(root: Path) -> dict[str, str]:
    """The picture."""
    return {"images/imports.svg": picture(root)}


def counts_table(root: Path) -> str:
    """Imports of each part (row) from each other part (column), in modules."""
    graph, _ = _parts(modules(root))
    order = list(nx.topological_sort(graph))
    rows = [
        (start, *(str(graph.edges.get((start, end), {}).get("imports", "")) for end in order))
        for start in order
    ]
    return table(("imports of, from", *order), rows)


def picture(root: Path) -> str:
    """Draw the parts, importers above what they import.

    An arrow is left out where a way over other parts leads to the same place.
    """
    graph, sizes = _parts(modules(root))
    reduced = nx.transitive_reduction(graph)
    boxes: dict[str, Box] = {}
    middles: dict[str, float] = {}
    for depth, row in enumerate(nx.topological_generations(reduced)):
        above = {part: [middles[p] for p in reduced.predecessors(part)] or [0.0] for part in row}
        wanted = {part: sum(places) / len(places) for part, places in above.items()}
        for place, part in enumerate(sorted(row, key=lambda part: (wanted[part], part))):
            middles[part] = wanted[part] + COLUMN * (place - (len(row) - 1) / 2)
            package = PACKAGES[0] if part == SHARED else part.split(".")[0]
            lines = (part, f"{sizes[part]} modules")
            boxes[part] = Box(0, ROW * (depth + 0.5), WIDTH, lines, COLOURS[package])
    left, right = min(middles.values()), max(middles.values())
    for part, box in boxes.items():
        x = middles[part] - left + COLUMN / 2
        boxes[part] = Box(x, box.y, box.width, box.lines, box.colour)
    counts = nx.get_edge_attributes(graph, "imports")
    arrows = [Arrow(boxes[a], boxes[b], str(counts[a, b])) for a, b in reduced.edges]
    height = max(box.y for box in boxes.values()) + ROW / 2
    title = "Imports between the parts of the sources, counted in modules"
    return drawing(right - left + COLUMN, height, boxes.values(), arrows, title)


def _parts(found: list[Module]) -> tuple[nx.DiGraph, Counter[str]]:
    """Parts with the number of imports between them, and their sizes."""
    shared = _shared(found)
    part_of = {module.name: _part(module.name, shared) for module in found}
    graph = nx.DiGraph()
    for module in found:
        for target in module.imports:
            start, end = part_of[module.name], part_of[target]
            if start != end:
                before = graph.get_edge_data(start, end, {"imports": 0})["imports"]
                graph.add_edge(start, end, imports=before + 1)
    return graph, Counter(part_of.values())


def _shared(found: list[Module]) -> set[str]:
    """Modules of spikeff itself that its sibling packages import, and what these import."""
    outside = [m for m in found if m.name.split(".")[0] != PACKAGES[0]]
    imports = {m.name: m.imports for m in found}
    shared: set[str] = set()
    waiting = [n for m in outside for n in m.imports if n.startswith(f"{PACKAGES[0]}.")]
    while waiting:
        name = waiting.pop()
        if name not in shared:
            shared.add(name)
            waiting += imports[name]
    return shared


def _part(name: str, shared: set[str]) -> str:
    if name in shared:
        return SHARED
    package = ENTRIES.get(name, ".".join(name.split(".")[:2]))
    return package if package in INNER else name.split(".")[0]
