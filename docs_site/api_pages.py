"""reference/api: one page per module that has something public to say."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import spikeff
from docs_site.markdown_table import table
from docs_site.modules import PACKAGES, Module, modules

FOLDER = "reference/api"
MODULES = """# Modules

One line about each module, from its own first line. Who imports whom:
[architecture](../architecture.md#drawn-from-the-sources).
"""
PYTHON = """# The commands in Python

Each command is a function of the package: `import spikeff; spikeff.train(...)`. It takes paths,
works through files and returns what the command prints. A scikit-learn classifier of float features
is [spikeff.estimator](api/spikeff.estimator.md). Training step by step, without files:
[spikeff.training.trainer](api/spikeff.training.md). `spikeff.FFLayer` is no command but a layer for
torch modules of one's own, see [how to](../how-to/own-layer.md).
"""


def pages(root: Path) -> dict[str, str]:
    """The pages, and one that lists them."""
    told = _told(root)
    found = {f"{FOLDER}/{m.name}.md": f"# {m.name}\n\n::: {m.name}\n" for m in told}
    parts = [MODULES]
    for package in PACKAGES:
        rows = [
            (f"[`{m.name}`](api/{m.name}.md)", m.summary.replace("``", "`"), str(m.lines))
            for m in told
            if m.name.split(".")[0] == package
        ]
        parts += [f"## {package}\n", table(("module", "what it does", "lines"), rows)]
    return found | {"reference/modules.md": "\n".join(parts), "reference/python.md": _python()}


def _python() -> str:
    """The functions of ``import spikeff``, where they are defined."""
    sections = (
        f"## spikeff.{name}\n\n```python\n{_signature(name)}\n```\n\n::: {module}.{function}\n"
        for name, (module, function) in spikeff._API.items()
    )
    return "\n".join([PYTHON, *sections])


def menu(root: Path) -> list[Any]:
    """The pages by package."""
    told = [m.name for m in _told(root)]
    return [
        {package: [{n: f"{FOLDER}/{n}.md"} for n in told if n.split(".")[0] == package]}
        for package in PACKAGES
    ]


def _told(root: Path) -> list[Module]:
    return [module for module in modules(root) if module.summary]


def _signature(name: str) -> str:
    """A function of ``spikeff`` as it is called, one argument a line."""
    found = inspect.signature(getattr(spikeff, name))
    arguments = [f"    {_argument(parameter)}," for parameter in found.parameters.values()]
    return "\n".join([f"spikeff.{name}(", *arguments, f") -> {found.return_annotation}"])


def _argument(parameter: inspect.Parameter) -> str:
    text = f"{parameter.name}: {parameter.annotation}"
    if parameter.default is inspect.Parameter.empty:
        return text
    return f"{text} = " + ("..." if callable(parameter.default) else repr(parameter.default))
