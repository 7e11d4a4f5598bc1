"""What is kept in tables of the code, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

import typer
from typer.cli import get_docs_for_click

from lava_export.chips.boards import BOARDS
from lava_export.chips.catalogue import CHIPS, Chip
from spikeff.cli.examples import EXAMPLES, epilog
from spikeff.cli.main import PROG, app


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars and line breaks within cells are kept from ending them."""
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(
        "| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *cells]
    )


def commands() -> str:
    """Every command with its arguments, as the command line itself has them."""
    command = typer.main.get_command(app)
    context = command.context_class(command, info_name=PROG)
    sections = get_docs_for_click(obj=command, ctx=context, name=PROG)
    for name, lines in EXAMPLES.items():
        block = "\n".join(("```sh", *lines, "```"))
        sections = sections.replace(epilog(name), f"**Examples**:\n\n{block}")
    return sections[sections.index("\n## ") :]


def chips() -> str:
    """Limits of every chip, a dash where none is published."""
    names = [field.name for field in fields(Chip) if field.name != "name"]
    rows = [
        (name.replace("_", " "), *(_shown(getattr(chip, name)) for chip in CHIPS.values()))
        for name in names
    ]
    return table(("per core, unless named otherwise", *CHIPS), rows)


def boards() -> str:
    """Every board, its chips and where that is published."""
    rows = [(b.name, b.chip, str(b.chips), f"{b.cores:,}", b.source) for b in BOARDS.values()]
    return table(("board", "chip", "chips", "cores", "source"), rows)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)
