"""Spiking layers in torch: neurons, synapses, events, and networks of layers.

The names below are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spikeff.nn.graph.projection import Projection
    from spikeff.nn.graph.timed_network import TimedNetwork
    from spikeff.nn.layer import SpikingLayer
    from spikeff.nn.neurons.lif import LIFConstants, LIFState, lif_run, lif_step
    from spikeff.nn.population import GoodnessSpec, SpikingPopulation

_WHERE = {
    "GoodnessSpec": "population",
    "LIFConstants": "neurons.lif",
    "LIFState": "neurons.lif",
    "Projection": "graph.projection",
    "SpikingLayer": "layer",
    "SpikingPopulation": "population",
    "TimedNetwork": "graph.timed_network",
    "lif_run": "neurons.lif",
    "lif_step": "neurons.lif",
}

__all__ = [
    "GoodnessSpec",
    "LIFConstants",
    "LIFState",
    "Projection",
    "SpikingLayer",
    "SpikingPopulation",
    "TimedNetwork",
    "lif_run",
    "lif_step",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'spikeff.nn' has no attribute {name!r}")
    return getattr(import_module(f"spikeff.nn.{_WHERE[name]}"), name)
