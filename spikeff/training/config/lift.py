"""Configurations of version 0.1, one flat table, lifted to sections."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from spikeff.settings.kinds import NONE
from spikeff.settings.tables import Table, nested

_LAYER = "network.layer_defaults"

# Field of 0.1 -> where it stands now.
PATHS = {
    "dataset": "data.dataset",
    "encoder": "data.encoder.kind",
    "steps": "data.steps",
    "pixel_threshold": "data.encoder.pixel_threshold",
    "layers": "network.layers",
    "column_size": f"{_LAYER}.column_size",
    "dt": "network.dt",
    "tau_syn": f"{_LAYER}.neuron.tau_syn",
    "tau_mem": f"{_LAYER}.neuron.tau_mem",
    "v_th": f"{_LAYER}.neuron.v_th",
    "spike_limit": f"{_LAYER}.spike_limit",
    "goodness": f"{_LAYER}.goodness.kind",
    "beta": f"{_LAYER}.goodness.beta",
    "goodness_scale": f"{_LAYER}.goodness.scale",
    "objective": "objective.kind",
    "theta": "objective.theta",
    "temperature": "objective.temperature",
    "constraint_share": f"{_LAYER}.constraint_share",
    "balanced": "learning.balanced",
    "spike_budget": "network.spike_budget",
    "homeostasis": f"{_LAYER}.homeostasis.strength",
    "target_firing": f"{_LAYER}.homeostasis.target_firing",
    "learning_rule": "learning.rule.kind",
    "negatives": "negatives.kind",
    "negatives_per_sample": "negatives.per_sample",
    "hybrid_passes": "negatives.passes",
    "phase_batches": "negatives.phase_batches",
    "black_box": "network.black_box",
    "input_dropout": "data.input_dropout",
    "shift": "data.shift",
    "label_neurons": "network.labels.neurons",
    "label_steps": "network.labels.steps",
    "label_gain": "network.labels.gain",
    "weight_bits": f"{_LAYER}.weight_bits",
    "initial_firing": f"{_LAYER}.initial_firing",
    "surrogate_slope": "learning.surrogate_slope",
    "epochs": "schedule.epochs",
    "batch_size": "schedule.batch_size",
    "learning_rate": "learning.learning_rate",
    "readout_learning_rate": "learning.readout_learning_rate",
    "schedule": "schedule.kind",
    "weight_decay": "learning.weight_decay",
    "seed": "seed",
}

# Names that sections bear, too.
SHARED = {"objective", "negatives", "schedule", "seed"}
SECTIONS = {"data", "network", "learning"}

# What 0.1 ignored where it did not apply, and took where it was left out.
IGNORED = {
    "pixel_threshold": 0.05,
    "goodness": None,
    "beta": 0.0,
    "goodness_scale": 10.0,
    "theta": 3.0,
    "temperature": 1.0,
    "balanced": False,
    "homeostasis": 0.0,
    "target_firing": 0.03,
    "negatives": "hard",
    "negatives_per_sample": 1,
    "hybrid_passes": 6,
    "phase_batches": 0,
    "label_neurons": 5,
    "label_steps": [0],
    "label_gain": 3.0,
}


def is_flat(table: Mapping[str, Any]) -> bool:
    """Whether ``table`` is a configuration of 0.1, whole or in part."""
    return bool(table.keys() & (PATHS.keys() - SHARED)) and not table.keys() & SECTIONS


def path_of(name: str) -> str:
    """Where a field stands that is named as in 0.1, or by its path already."""
    return PATHS.get(name, name)


def new_place(name: str) -> str | None:
    """For a name that sections do not have: where the field of 0.1 stands that was meant."""
    if name in SHARED or name in SECTIONS:
        return None
    near = [name] if name in PATHS else difflib.get_close_matches(name, PATHS, n=1)
    if not near:
        return None
    meant = "" if near[0] == name else f"Did you mean {near[0]!r}? "
    return f"field {name!r} is unknown. {meant}{near[0]} stands in sections now: {PATHS[near[0]]}"


def in_sections(fields: Mapping[str, Any]) -> Table:
    """Sections from fields that are named as in 0.1 or by dotted path; other names stay."""
    values = dict(fields)
    if values.get("homeostasis") == 0:
        values |= {f"{_LAYER}.homeostasis": NONE}
        del values["homeostasis"]
        values.pop("target_firing", None)
    return nested(
        {
            name if isinstance(value, Mapping) and name in SHARED else path_of(name): value
            for name, value in values.items()
        }
    )
