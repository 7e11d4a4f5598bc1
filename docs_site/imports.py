"""Which part of the sources imports which: counted by grimp, which import-linter reads too."""

from __future__ import annotations

from collections import Counter, defaultdict

import grimp

from docs_site.tables import table

OUTER = {"spikeff", "spikeff.__main__"}  # what starts the others


def counts() -> dict[str, Counter[str]]:
    """Part -> part that it imports -> in how many modules it does, types alone left out."""
    graph = grimp.build_graph(
        "spikeff", "lava_export", "hw_targets", exclude_type_checking_imports=True, cache_dir=None
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for module in graph.modules - OUTER:
        reached = graph.find_modules_directly_imported_by(module) - OUTER
        found[_part(module)].update({_part(other) for other in reached} - {_part(module)})
    return found


def _part(module: str) -> str:
    """The folder or file next below spikeff, or the sibling package, that a module belongs to."""
    names = module.split(".")
    return ".".join(names[:2]) if names[0] == "spikeff" else names[0]


def imports() -> str:
    """Every part with the parts that it imports."""
    rows = [
        (f"`{part}`", ", ".join(f"`{other}` {n}" for other, n in sorted(found.items())))
        for part, found in sorted(counts().items())
    ]
    return table(("part", "imports, in so many modules"), rows)
