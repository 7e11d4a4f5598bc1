"""What pages written by hand take from the code: a comment in the page marks the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from docs_site.markdown_table import table
from lava_export.chips import CHIPS, Chip

IMPORTS = (
    "![Which part of the sources imports which](images/imports.svg)\n\n"
    "An arrow bears the number of imports. The shared values are those modules of `spikeff` that\n"
    "its siblings import. Module by module: [reference/modules.md](reference/modules.md).\n"
)


def chip_table() -> str:
    """Limits of every chip, a dash where none is published."""
    rows = []
    for field in fields(Chip):
        values = [getattr(chip, field.name) for chip in CHIPS.values()]
        if field.name != "name":
            rows.append((field.name.replace("_", " "), *(_shown(value) for value in values)))
    return table(("per core, unless named otherwise", *CHIPS), rows)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)


INSERTS: dict[str, Callable[[], str]] = {
    "<!-- chips -->": chip_table,
    "<!-- imports -->": lambda: IMPORTS,
}


def inserted(text: str) -> str:
    """The page with every mark replaced."""
    for mark, make in INSERTS.items():
        if mark in text:
            text = text.replace(mark, make())
    return text
