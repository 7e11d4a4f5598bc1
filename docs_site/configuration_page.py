"""reference/configurations.md: every setting of a training, its default and its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs_site.markdown_table import table
from spikeff.data.registry import DATASETS
from spikeff.settings.kinds import Kind, Settings
from spikeff.settings.tables import inner_class, mark_of
from spikeff.training.config.files import config_text, preset_table, presets
from spikeff.training.config.schema import TrainConfig, make_config

INTRODUCTION = """# Configurations

A configuration is a TOML file for `spikeff train --config FILE.toml`, in sections. The field
`preset` names the preset that it starts from, and then only what differs need be given:

    preset = "digits"
    network.layers = [400, {neurons = 200, spike_limit = 2}]
    objective = {kind = "threshold", theta = 3.0}

What all layers share stands once in `network.layer_defaults`; each layer's own table lies on top of
it, and a number stands for a layer of so many neurons with nothing of its own. Where one of several
kinds can stand, the name alone is a table that says nothing more: `objective = "pair"`. `"none"`
leaves out what a preset, or the defaults of the layers, say.

What nothing would read cannot be written: it is an error that names the setting and the way out.
All mistakes in a file are listed at once. `spikeff config show PRESET|FILE|RUN` prints the whole.
Flat files and checkpoints of version 0.1 are lifted to sections, which is said in one line.
"""
Row = tuple[str, str, str]


def pages(root: Path) -> dict[str, str]:
    """The page."""
    parts = [INTRODUCTION]
    for path, cls in _sections(TrainConfig, ""):
        title = f"`{path}`" if path else "The whole"
        parts += [f"## {title}\n", table(("setting", "default", "meaning"), list(_rows(cls)))]
        parts += list(_kinds(path, cls))
    parts.append("## Presets\n")
    for name in presets():
        text = config_text(make_config(preset_table(name), name))
        parts.append(f"### {name}\n\n```toml\n{text}```\n")
    return {"reference/configurations.md": "\n".join(parts)}


def _sections(cls: type[Settings], path: str) -> Iterator[tuple[str, type[Settings]]]:
    """Tables that stand within one another, but for those of kinds."""
    yield path, cls
    for name, field in cls.model_fields.items():
        inner = inner_class(cls, name, None)
        if inner is not None and mark_of(field) is None:
            yield from _sections(inner, f"{path}.{name}" if path else name)


def _kinds(path: str, cls: type[Settings]) -> Iterator[str]:
    """For each field of one of several kinds: the kinds, and what may be said of each."""
    for name, field in cls.model_fields.items():
        mark = mark_of(field)
        if mark is None:
            continue
        place = f"{path}.{name}" if path else name
        yield f"### `{place}`\n"
        yield table(("kind", "setting", "default", "meaning"), list(_kind_rows(mark.kinds)))


def _kind_rows(kinds: Mapping[str, type[Kind]]) -> Iterator[tuple[str, ...]]:
    for kind, cls in kinds.items():
        rows = [row for row in _rows(cls) if row[0] != "`kind`"]
        for row in rows or [("", "", _summary(cls))]:
            yield (f"`{kind}`", *row)


def _rows(cls: type[Settings]) -> Iterator[Row]:
    meanings = _meanings(cls)
    for name, field in cls.model_fields.items():
        yield f"`{name}`", _default(field), meanings.get(name, _summary(cls)) + _choices(name)


def _summary(cls: type[Any]) -> str:
    return _plain(cleandoc(cls.__doc__ or "").split("\n\n")[0])


def _meanings(cls: type[Any]) -> dict[str, str]:
    """What the docstrings of a class and its bases say of their attributes."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        _, _, listed = cleandoc(each.__doc__ or "").partition("Attributes:\n")
        joined = re.sub(r"\n {8,}", " ", listed)
        for name, meaning in re.findall(r"^ {4}(\w+): (.*)$", joined, re.MULTILINE):
            found[name] = _plain(meaning)
    return found


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None:
        return "left out"
    value = field.default.kind if isinstance(field.default, Kind) else field.default
    return f"`{value}`"


def _choices(name: str) -> str:
    known = f" One of: {', '.join(f'`{choice}`' for choice in DATASETS)}."
    return known if name == "dataset" else ""
