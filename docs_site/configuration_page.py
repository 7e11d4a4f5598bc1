"""Every field of a configuration, its default and its meaning, from the classes that check it."""

from __future__ import annotations

from collections.abc import Iterator

from griffe import Docstring, DocstringSectionKind
from pydantic.fields import FieldInfo

from docs_site.tables import table
from spikeff.data.registry import DATASETS
from spikeff.settings.kinds import Settings
from spikeff.settings.tables import inner_class, mark_of
from spikeff.training.config.files import config_text, presets
from spikeff.training.config.schema import TrainConfig
from spikeff.training.resolve import resolve_config


def configurations() -> str:
    """The sections with their fields, then every preset in full."""
    shown = (f"### {name}\n\n```toml\n{config_text(resolve_config(name))}```" for name in presets())
    return "\n\n".join([*sections(TrainConfig, ""), "## Presets", *shown])


def sections(cls: type[Settings], path: str) -> Iterator[str]:
    """The table of a section, then those of the kinds and of the sections within it."""
    yield f"## {f'`{path}`' if path else 'The whole'}\n\n{_fields(cls)}"
    for name, field in cls.model_fields.items():
        place, mark = f"{path}.{name}" if path else name, mark_of(field)
        if mark is not None:
            for kind in dict.fromkeys(mark.kinds.values()):
                names = ", ".join(f"`{name}`" for name, of in mark.kinds.items() if of is kind)
                yield f"### `{place}` of kind {names}\n\n{_fields(kind)}"
        elif (inner := inner_class(cls, name, None)) is not None:
            yield from sections(inner, place)


def _fields(cls: type[Settings]) -> str:
    """What the class says of itself, and its fields but for the kind."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        for section in Docstring(base.__doc__ or "").parse("google", warnings=False):
            if section.kind is DocstringSectionKind.attributes:
                for entry in section.value:
                    meanings[entry.name] = entry.description.replace("``", "`")
    if "dataset" in meanings:
        meanings["dataset"] += f": {', '.join(DATASETS)}"
    head = " ".join((cls.__doc__ or "").split("\n\n")[0].replace("``", "`").split())
    rows = [
        (f"`{name}`", _default(field), meanings.get(name, head))
        for name, field in cls.model_fields.items()
        if name != "kind"
    ]
    return f"{head}\n\n{table(('setting', 'default', 'meaning'), rows)}" if rows else head


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return (
        "left out"
        if field.default is None
        else f"`{getattr(field.default, 'kind', field.default)}`"
    )
