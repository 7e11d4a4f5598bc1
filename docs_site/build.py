"""Pages that nobody writes by hand, made while the site is built (mkdocs-gen-files runs this)."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import mkdocs_gen_files
from matplotlib import rc_context

from docs_site import (
    api_pages,
    energy,
    goodness,
    neuron,
    notebook_pages,
    results_index,
    rule,
    tables,
)
from docs_site.configuration_page import configurations
from docs_site.imports import imports

ROOT = Path(__file__).parent.parent
ROOT_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "CITATION.cff": "CITATION.cff",
}
# A page's comment that starts with "site" is shown there, the {name} of one of these filled in.
INSERTS = (
    tables.boards,
    tables.chips,
    tables.commands,
    results_index.results,
    api_pages.functions,
    api_pages.modules,
)
MAKERS = {make.__name__: make for make in (*INSERTS, configurations, imports)}
SITE_ONLY = re.compile(r"<!-- site\n(.*?)\n-->", re.DOTALL)
PICTURES = {"neuron": neuron, "goodness": goodness, "rule": rule, "energy": energy}


def generated() -> dict[str, str]:
    """Every page and picture that is made, by its place in docs/."""
    docs = ROOT / "docs"
    written = {p.relative_to(docs).as_posix(): p.read_text("utf-8") for p in docs.rglob("*.md")}
    return {
        **{
            place: _relinked((ROOT / name).read_text("utf-8")) for name, place in ROOT_PAGES.items()
        },
        **{place: shown(text) for place, text in written.items() if SITE_ONLY.search(text)},
        **{f"images/{name}.svg": _svg(module.picture()) for name, module in PICTURES.items()},
        **api_pages.pages(),
        **notebook_pages.pages(),
    }


def shown(text: str) -> str:
    """A page as the site shows it."""
    text = SITE_ONLY.sub(r"\1", text)
    return re.sub(r"^\{(\w+)\}$", lambda name: MAKERS[name[1]](), text, flags=re.MULTILINE)


def _relinked(text: str) -> str:
    """A file of the root with its links as they are from within docs/."""
    for name, place in ROOT_PAGES.items():
        text = text.replace(f"]({name})", f"]({place})")
    return text.replace("](docs/", "](").replace("](notebooks)", "](notebooks/index.md)")


def _svg(figure: Any) -> str:
    """The same bytes for the same data."""
    drawn = io.StringIO()
    with rc_context({"svg.hashsalt": "spikeff"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


if __name__ == "<run_path>":  # so mkdocs-gen-files names what it runs
    for place, content in generated().items():
        with mkdocs_gen_files.open(place, "w") as page:
            page.write(content)
