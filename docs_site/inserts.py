"""What pages written by hand take from the code: a comment in the page marks the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from docs_site.import_picture import counts_table
from docs_site.markdown_table import table
from lava_export.chips.catalogue import CHIPS, Chip

ROOT = Path(__file__).parent.parent
NEURON = (
    "![u, v and spikes of one neuron](images/neuron.svg)\n\n"
    "One neuron on the emulator, run while this site was built (`docs_site/neuron_picture.py`):\n"
    "du = 1023, dv = 511, vth = 500.\n"
)
GOODNESS = (
    "![One column's spikes, and the same shuffled in time](images/goodness.svg)\n\n"
    "A column of 8 neurons, and the same spikes shuffled in time, with what each goodness makes\n"
    "of them (drawn from the code while this site was built; beta 0.3 for `windowed_pairs`).\n"
    "Counts are the same, so `rate` does not move.\n"
)
RULE = (
    "![The factors at one synapse](images/rule.svg)\n\n"
    "One synapse into a column of six neurons with random inputs, drawn from the code while this\n"
    "site was built. It learns where all factors meet.\n"
)
ENERGY = (
    "![Energy by three cost tables](images/energy.svg)\n\n"
    "Dots are means, bars bounds, drawn from the code while this site was built.\n"
    "`loihi2-scenario` has bounds only.\n"
)


def chip_table() -> str:
    """Limits of every chip, a dash where none is published."""
    rows = []
    for field in fields(Chip):
        values = [getattr(chip, field.name) for chip in CHIPS.values()]
        if field.name != "name":
            rows.append((field.name.replace("_", " "), *(_shown(value) for value in values)))
    return table(("per core, unless named otherwise", *CHIPS), rows)


def imports() -> str:
    """The picture of imports, and all of them as a table."""
    return (
        "![Which part of the sources imports which](images/imports.svg)\n\n"
        "Arrows bear numbers of imports; one is left out where a way over other parts leads to\n"
        "the same place. The shared values are those modules of `spikeff` that its siblings\n"
        "import. All of it, in modules (one by one:\n"
        "[reference/modules.md](reference/modules.md)):\n\n"
        f"{counts_table(ROOT)}"
    )


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)


INSERTS: dict[str, Callable[[], str]] = {
    "<!-- chips -->": chip_table,
    "<!-- imports -->": imports,
    "<!-- neuron -->": lambda: NEURON,
    "<!-- goodness -->": lambda: GOODNESS,
    "<!-- rule -->": lambda: RULE,
    "<!-- energy -->": lambda: ENERGY,
}


def inserted(text: str) -> str:
    """The page with every mark replaced."""
    for mark, make in INSERTS.items():
        if mark in text:
            text = text.replace(mark, make())
    return text
