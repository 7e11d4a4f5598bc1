"""Backpropagation through time and through the projections of a graph, loops included.

The baseline of networks in time: unlike the local rules it takes the error of a population back to
the populations whose spikes reached it, each as late as they did. Resets are cut, as in
``spikeff.nn.neurons.lif.adjoint_run``.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from spikeff.nn.graph.projection import Arrival
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.presented import LayerRun


def errors_through_time(
    network: TimedNetwork, runs: Mapping[str, LayerRun], errors: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Error signal of the input current of each population, (steps, presentations, neurons).

    Args:
        network: That ran.
        runs: Of its populations, by name; one that is clamped is left out and sends nothing back.
        errors: Of each population's own spikes, minus the derivative of its loss by them; of a
            shape that broadcasts to that of the spikes.
    """
    order = [name for name in reversed(network.order) if name in runs]
    found = {name: torch.zeros_like(runs[name].spikes) for name in order}
    own = {name: errors[name].expand_as(found[name]) for name in order}
    constants = {name: network.populations[name].constants for name in order}
    states = {name: constants[name].adjoint_at_rest(found[name][0]) for name in order}
    leaving = {name: _leaving(network, name, runs) for name in order}
    for step in range(len(found[order[0]]) - 1, -1, -1):
        for name in order:
            error = own[name][step] + _sent_back(step, leaving[name], found)
            at_membrane, spikes = error * runs[name].psi[step], runs[name].spikes[step]
            stepped = constants[name].adjoint_step(at_membrane, spikes, states[name])
            found[name][step], states[name] = stepped
    return found


def _leaving(network: TimedNetwork, name: str, runs: Mapping[str, LayerRun]) -> list[Arrival]:
    """Projections from a population to those that ran."""
    ends = ((a, a.projection) for a in network.arrivals)
    return [a for a, p in ends if p.source == name and p.target in runs]


def _sent_back(step: int, leaving: list[Arrival], found: Mapping[str, Tensor]) -> Tensor | float:
    """Error of the spikes of a step through the projections that they left by."""
    back = (a.error_at(step, found[a.projection.target]) for a in leaving)
    return sum((error for error in back if error is not None), 0.0)
