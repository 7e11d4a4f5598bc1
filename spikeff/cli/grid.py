"""Tables on stdout that keep words and numbers whole, however narrow the terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikeff.cli.output import printable

if TYPE_CHECKING:
    from rich.table import Table

TEXT_WIDTH = 12  # columns that longer text is given at least
BLOCK_FRAME = 4  # columns of a block that hold no text
# Between a number and its unit, so that no line breaks there; a space when it is printed.
GLUE = "\ue000"
NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=%|\S{0,2}[JsW]\b)")


def print_table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A two-column table without a header."""
    print_grid(title, ("", ""), rows)


def print_grid(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; an empty header is left out.

    Where the columns have no room for their longest words, every row becomes a block of its own:
    its first cell, and below it a line for each other column.
    """
    from rich.console import Console

    width = Console().width
    title = printable(title)
    glued = [[NUMBER_AND_UNIT.sub(GLUE, printable(cell)) for cell in row] for row in rows]
    widths = column_widths([header, *glued], width - _frame(header))
    _print_text(title, width)
    if widths is None and len(header) > 2:
        print()
        for first, *others in glued:
            _print_block(first, list(zip(header[1:], others, strict=True)), width)
    else:
        _print_grid(header, glued, widths or least_widths([header, *glued]))


def column_widths(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Width of each column, together at most ``room``; None where words would have to break."""
    least = least_widths(rows)
    if sum(least) > room:
        return None
    wanted = [max(map(_longest_line, column)) for column in zip(*rows, strict=True)]
    for cap in range(max(wanted, default=0), -1, -1):
        widths = [max(low, min(high, cap)) for low, high in zip(least, wanted, strict=True)]
        if sum(widths) <= room:
            return widths
    return least


def least_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Width that each column needs for its longest word, and for some of a longer text."""
    return [
        max(max(_longest_word(cell), min(_longest_line(cell), TEXT_WIDTH)) for cell in column)
        for column in zip(*rows, strict=True)
    ]


def whole_words(text: str, width: int) -> str:
    """``text`` in lines of at most ``width``, none of its words broken."""
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _frame(columns: Sequence[object]) -> int:
    """Columns of the terminal that a grid fills with space between its own."""
    return 3 * len(columns) + 1


def _longest_word(cell: str) -> int:
    from rich.cells import cell_len

    return max((cell_len(word) for word in cell.split()), default=0)


def _longest_line(cell: str) -> int:
    from rich.cells import cell_len

    return max((cell_len(line) for line in cell.splitlines()), default=0)


def _print_grid(
    header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_header=any(header))
    for name, width in zip(header, widths, strict=True):
        table.add_column(Text(name), width=width)
    for row in rows:
        table.add_row(*map(Text, row))
    _print(table, sum(widths) + _frame(widths))


def _print_block(first: str, cells: Sequence[tuple[str, str]], width: int) -> None:
    """One row as lines of name and value."""
    from rich.table import Table
    from rich.text import Text

    named = [(name, value) for name, value in cells if value]
    _print_text(first, width)
    if not named:
        return
    widths = column_widths(named, width - BLOCK_FRAME) or least_widths(named)
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    for column in widths:
        table.add_column(width=column)
    for name, value in named:
        table.add_row(Text(name, "bold"), Text(value))
    _print(table, sum(widths) + BLOCK_FRAME)
    print()


def _print_text(text: str, width: int) -> None:
    print(whole_words(text, width).replace(GLUE, " "))


def _print(table: Table, width: int) -> None:
    """Print without the spaces that fill lines up to ``width``."""
    from rich.console import Console

    console = Console(width=width)
    with console.capture() as printed:
        console.print(table)
    for line in printed.get().replace(GLUE, " ").splitlines():
        print(line.rstrip())
