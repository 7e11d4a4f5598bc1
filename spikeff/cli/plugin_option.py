"""The option that every command has: files that register your own kinds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from spikeff.plugins import load_plugins

Plugins = Annotated[
    list[Path],
    typer.Option(
        "--plugin", metavar="FILE.py", help="File that registers kinds of one's own; repeatable."
    ),
]


def with_plugins(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` with an option ``--plugin``, whose files are loaded before it runs."""

    @wraps(command)
    def with_option(*, plugin: list[Path], **options: Any) -> None:
        load_plugins(plugin)
        command(**options)

    hints = get_type_hints(command, include_extras=True) | {"plugin": Plugins}
    given = inspect.signature(command).parameters.values()
    option = inspect.Parameter("plugin", inspect.Parameter.KEYWORD_ONLY, default=[])
    parameters = [
        p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for p in (*given, option)
    ]
    vars(with_option)["__signature__"] = inspect.Signature(parameters)
    with_option.__annotations__ = hints
    return with_option
