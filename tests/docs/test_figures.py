"""Figures that pages state are those of zoo.toml and of the pages of results."""

import re

import pytest

from spikeff.ir.io.text import read_toml
from tests.docs.pages import PAGES, ROOT, name_of, split

ZOO = read_toml(ROOT / "spikeff" / "zoo" / "zoo.toml", "zoo")
FORMS = {
    "accuracy": lambda share: f"{100 * share:.2f}",
    "ratio": lambda layers: ", ".join(f"{ratio:.2f}" for ratio in layers),
    "count": lambda number: f"{number:,.0f}",
}
# Heads of columns, what zoo.toml calls them, and how they are written.
HEADS = {
    "float": ("float_accuracy", "accuracy"),
    "8 bits": ("accuracy", "accuracy"),
    "shuffled": ("shuffled_accuracy", "accuracy"),
    "ratio, right label": ("coincidence_ratio", "ratio"),
    "SOPs / image": ("synops", "count"),
    "SOPs / sample": ("synops", "count"),
}
FIGURE = re.compile(r"(?<![\d.])\d{2}\.\d{2}(?!\d|\.\d)")
STATES_RESULTS = [ROOT / "README.md", ROOT / "docs" / "quantisation.md"]


def tables(text):
    """Each table of a page: its heads, and its rows as lists of cells."""
    for block in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in block.splitlines()]
        if len(lines) > 2:
            yield lines[0], lines[2:]


def stated(text):
    """(network, head, cell) of every figure that a table states for a network of the zoo.

    Left out: means over several trainings, and rows that name a further setting.
    """
    for heads, rows in tables(text):
        for row in rows:
            name = row[0].strip("`").removeprefix("zoo:")
            if name in ZOO and "±" not in "".join(row) and not row[1].startswith("`"):
                yield from ((name, head, cell) for head, cell in zip(heads, row, strict=True))


def wrong(text):
    """Figures of one training that differ from those of zoo.toml, with these."""
    found = []
    for name, head, cell in stated(text):
        if head in HEADS and re.search(r"\d", cell):
            key, form = HEADS[head]
            if cell != (right := FORMS[form](ZOO[name][key])):
                found.append((name, head, cell, right))
    return found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_what_a_table_says_of_a_network_is_what_the_zoo_says(path):
    assert not wrong(split(path)[1])


def printed(path):
    """(network, accuracies) of every line that a page shows of ``spikeff zoo``."""
    lines = "".join(block.text for block in split(path)[0]).splitlines()
    rows = (re.match(r" *zoo:([\w-]+) .*?(\d+\.\d\d) % +(\d+\.\d\d) %", line) for line in lines)
    return [row.groups() for row in rows if row]


@pytest.mark.parametrize("path", [p for p in PAGES if printed(p)], ids=name_of)
def test_what_a_page_shows_of_the_listing_is_what_the_zoo_says(path):
    shown = printed(path)
    assert {name for name, *_ in shown} == ZOO.keys()
    for name, *found in shown:
        right = [FORMS["accuracy"](ZOO[name][key]) for key in ("accuracy", "shuffled_accuracy")]
        assert found == right, name


def test_the_tables_are_found():
    pages = {name_of(path): list(stated(split(path)[1])) for path in PAGES}
    with_figures = {page for page, cells in pages.items() if any(h in HEADS for _, h, _ in cells)}
    assert {"README.md", "docs/results/mnist.md", "docs/results/test_set.md"} <= with_figures
    assert {name for name, _, _ in pages["README.md"]} == ZOO.keys()


@pytest.mark.parametrize("head", HEADS)
def test_a_changed_figure_is_found(head):
    key, form = HEADS[head]
    right = FORMS[form](ZOO["mnist-columns"][key])
    table = "| network | {} |\n|---|---|\n| `zoo:mnist-columns` | {} |\n"
    assert not wrong(table.format(head, right))
    assert wrong(table.format(head, right.replace("9", "8").replace("2", "3")))


@pytest.mark.parametrize("path", STATES_RESULTS, ids=name_of)
def test_accuracies_of_a_page_stand_in_the_results(path):
    """Each with two decimals, such as 98.03, is in zoo.toml or on a page of results."""
    known = {FORMS["accuracy"](t[k]) for t in ZOO.values() for k in t if k.endswith("accuracy")}
    for page in (ROOT / "docs" / "results").glob("*.md"):
        known |= set(FIGURE.findall(page.read_text("utf-8")))
    assert set(FIGURE.findall(split(path)[1])) <= known
