"""reference/configurations.md: every field of a training, its default and its meaning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from docs_site.markdown_table import table
from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import DATASETS
from spikeff.ir.goodness import GOODNESS
from spikeff.learning.negatives.source import NEGATIVES
from spikeff.learning.objectives.objective import OBJECTIVES
from spikeff.learning.rules.rule import RULES
from spikeff.nn.black_box import BLACK_BOXES
from spikeff.training.config.files import config_text, preset_table, presets
from spikeff.training.config.schema import SCHEDULES, TrainConfig, make_config

CHOICES: dict[str, Any] = {
    "dataset": DATASETS,
    "encoder": ENCODERS,
    "goodness": GOODNESS,
    "objective": OBJECTIVES,
    "negatives": NEGATIVES,
    "learning_rule": RULES,
    "black_box": BLACK_BOXES,
    "schedule": SCHEDULES,
}
INTRODUCTION = """# Configurations

A configuration is a TOML file for `spikeff train --config FILE.toml`; the field `preset` names the
preset that it starts from, and then only what differs need be given. All mistakes in a file are
listed at once. `spikeff config show PRESET|FILE|RUN` prints the whole.
"""


def pages(root: Path) -> dict[str, str]:
    """The page."""
    meanings = _meanings(TrainConfig.__doc__ or "")
    rows = [
        (f"`{name}`", _default(field), _choices(name), meanings[name])
        for name, field in TrainConfig.model_fields.items()
    ]
    parts = [INTRODUCTION, table(("field", "default", "choices", "meaning"), rows), "## Presets\n"]
    for name in presets():
        text = config_text(make_config(preset_table(name), name))
        parts.append(f"### {name}\n\n```toml\n{text}```\n")
    return {"reference/configurations.md": "\n".join(parts)}


def _meanings(docstring: str) -> dict[str, str]:
    """The lines "names : meaning" of the docstring, by each name."""
    found: dict[str, str] = {}
    joined = re.sub(r"\n {8}", " ", docstring)
    for names, meaning in re.findall(r"^ {4}([a-z_][\w, ]*) : (.*)$", joined, re.MULTILINE):
        shared = meaning.replace("``", "`")
        found |= {name.strip(): shared for name in names.split(",")}
    return found


def _default(field: Any) -> str:
    if field.default is PydanticUndefined:
        return "required"
    return f"`{field.default}`"


def _choices(name: str) -> str:
    return ", ".join(f"`{choice}`" for choice in CHOICES.get(name, ()))
