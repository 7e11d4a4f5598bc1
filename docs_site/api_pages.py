"""reference: a page per module, a list of them, and the functions of ``import spikeff``."""

from __future__ import annotations

import ast
from pathlib import Path

from mkdocs_gen_files import Nav

import spikeff
from docs_site.tables import table

ROOT = Path(__file__).parent.parent
PACKAGES = ("spikeff", "lava_export", "hw_targets")
FOLDER = "reference/api"


def summaries() -> dict[str, str]:
    """First paragraph of each module that has one, by the module's name."""
    found = {}
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        found[".".join(p for p in parts if p != "__init__")] = " ".join(
            text.split("\n\n")[0].split()
        )
    return {name: text for name, text in sorted(found.items()) if text}


def pages() -> dict[str, str]:
    """A page per module, and the menu of them for mkdocs-literate-nav."""
    menu = Nav()
    for name in summaries():
        menu[name.split(".")] = f"{name}.md"
    found = {f"{FOLDER}/{name}.md": f"# {name}\n\n::: {name}\n" for name in summaries()}
    return found | {f"{FOLDER}/SUMMARY.md": "".join(menu.build_literate_nav())}


def modules() -> str:
    """One line about each module."""
    rows = [(f"[`{name}`](api/{name}.md)", text) for name, text in summaries().items()]
    return table(("module", "what it does"), [(a, b.replace("``", "`")) for a, b in rows])


def functions() -> str:
    """The commands as functions, documented where they are defined."""
    return "\n".join(
        f"::: {module}.{function}\n    options:\n      show_root_heading: true\n"
        f"      heading: spikeff.{name}\n"
        for name, (module, function) in spikeff._API.items()
    )
