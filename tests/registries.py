"""Every registry that a plugin may add to, and how to have them as they came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hw_targets import registry as targets
from hw_targets.cost import table_registry as cost_tables
from lava_export.chips import boards
from spikeff import plugins
from spikeff.data import encoders
from spikeff.data import registry as datasets
from spikeff.ir import goodness
from spikeff.ir.connectivity import registry as connectivity
from spikeff.learning.negatives import source as negatives
from spikeff.learning.objectives import objective
from spikeff.learning.rules import rule
from spikeff.nn import black_box
from spikeff.nn import settings as neurons
from spikeff.nn.synapses import registry as synapses

REGISTRIES: tuple[dict[str, Any], ...] = (
    goodness.GOODNESS,
    encoders.ENCODERS,
    datasets.DATASETS,
    objective.OBJECTIVES,
    rule.RULES,
    negatives.NEGATIVES,
    neurons.NEURONS,
    black_box.BLACK_BOXES,
    connectivity.CONNECTIVITIES,
    synapses.SYNAPSES,
    targets.TARGETS,
    boards.BOARDS,
    cost_tables._registered,
)


@contextmanager
def registries_kept() -> Iterator[None]:
    """What is registered within is gone afterwards, and plugins are called anew."""
    before = [dict(registry) for registry in REGISTRIES]
    called = set(plugins._called)
    try:
        yield
    finally:
        for registry, entries in zip(REGISTRIES, before, strict=True):
            registry.clear()
            registry.update(entries)
        plugins._called.clear()
        plugins._called.update(called)
