"""reference/commands.md: every command with its arguments, as the command line itself has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from docs_site.markdown_table import table
from spikeff.cli.main import PROG, app

KINDS = {str: "TEXT", list[str]: "TEXT", int: "INTEGER", float: "NUMBER"}
INTRODUCTION = """# Commands

Tables for people go to stderr. With `--json` a command prints exactly one JSON object on stdout,
also where it fails: `{"error": ...}`. Exit codes: 0; 1 for an error, or where what must be equal is
not; 2 for a command line that cannot be understood; 130 after Ctrl-C. The functions of the same
names: [python.md](python.md).
"""


def pages(root: Path) -> dict[str, str]:
    """The page."""
    sections = (_section(name, command) for name, command in _commands(app_command(), PROG))
    return {"reference/commands.md": "\n".join([INTRODUCTION, *sections])}


def app_command() -> Any:
    """The command line as an object."""
    return typer.main.get_command(app)


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Commands that do something, by their whole name."""
    for part, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{name} {part}")
        else:
            yield f"{name} {part}", inner


def _section(name: str, command: Any) -> str:
    shown = [p for p in command.params if p.name not in ("help",)]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    options = [p for p in shown if p.param_type_name == "option"]
    usage = " ".join([name, *(_metavar(p) for p in arguments), "[OPTIONS]"])
    rows = [(_names(p), _default(p), p.help or "") for p in arguments + options]
    return f"## {name}\n\n{command.help}\n\n```text\n{usage}\n```\n\n" + table(
        ("argument or option", "default", "meaning"), rows
    )


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_metavar(parameter)}`"
    names = ", ".join(parameter.opts)
    if parameter.is_flag:
        return f"`{names}`"
    return f"`{names} {parameter.metavar or KINDS[parameter.type_descriptor.annotation]}`"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, False) or callable(parameter.default):
        return ""
    return f"`{parameter.default}`"
