"""The project's docstrings as Markdown, for the pages of the API.

Fields stand as "name : meaning" lines, terms as "``term``  meaning"; both become lists.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

FIELD = re.compile(r"^([A-Za-z_]\w*(?:, \w+)*) : (.*)$")
TERM = re.compile(r"^(``[^`]+``(?:, ``[^`]+``)*)\s{2,}(.*)$")
NEXT_FIELD = re.compile(r"\.\s{2,}(?=\w+(?:, \w+)* : )")
SECTION = re.compile(r"^(\w+)\n-{3,}$", re.MULTILINE)
ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
CODE = re.compile(r"(``[^`]+``|`[^`]+`)")


class HouseStyle(Extension):
    """Rewrites every docstring as it is read."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Called for each object that the sources define."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """Fields and terms as list items, roles as code, signs that Markdown reads kept as signs."""
    lines: list[str] = []
    listing = literal = False
    for line in _prepared(text).splitlines():
        if literal and (not line or line.startswith(" ")):
            lines.append(line)
            continue
        literal = line.endswith("::")
        entry = FIELD.match(line) or TERM.match(line)
        if entry:
            if not listing:
                lines.append("")
            names = ", ".join(f"`{name.strip('`')}`" for name in entry[1].split(", "))
            lines.append(f"- {names}: {_plain(entry[2])}")
            listing = True
        elif listing and line:
            lines.append(f"  {_plain(line.strip())}")
        else:
            listing = False
            lines.append(_plain(line.removesuffix(":") if literal else line))
    return "\n".join(lines)


def _prepared(text: str) -> str:
    """Roles as code, titles of sections as sentences, one field a line."""
    text = SECTION.sub(r"\1:\n", ROLE.sub(r"`\1`", text))
    return NEXT_FIELD.sub(".\n", text)


def _plain(line: str) -> str:
    """Escape outside of code what Markdown would take for markup."""
    parts = CODE.split(line)
    return "".join(p if k % 2 else re.sub(r"([*<_\[\]])", r"\\\1", p) for k, p in enumerate(parts))
