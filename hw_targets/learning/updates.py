"""Synaptic updates of learning, counted from what the engine does."""

from __future__ import annotations

import numpy as np

from hw_targets.cost.counts import ByName, connection_name
from hw_targets.learning.device import Device
from hw_targets.learning.forward_forward import ChipLearner
from lava_export.integers.network import IntegerNetwork
from lava_export.plastic.forward_forward import LARGEST, TABLE, Program, require_learnable
from spikeff.ir.arrays import Array


def engine_updates(network: IntegerNetwork, pixels: Array, labels: Array) -> ByName:
    """Synapses that the engine works on for every sample, by connection, int64 (samples,).

    Each is learned once with its label and once with the next one, both modulated as much as can
    be. The averages of mates begin at zero, with which fewer neurons are eligible than late in a
    training, so this is no upper bound of what a training takes.

    Args:
        pixels: Spikes of the data, bool (steps, samples, channels).
        labels: One for each, below 0 where unknown.
    """
    plastic, code = require_learnable(network), network.labels
    assert code is not None
    layer = next(p for p in network.populations if p.name == plastic.target)
    full = np.full(TABLE, LARGEST)
    columns = layer.size // layer.column_size
    program = Program(network.steps, layer.column_size, columns, 0, full, -full)
    learner = ChipLearner(network, program, [Device()], [0])
    found = np.zeros(len(labels), np.int64)
    for k, label in enumerate(np.maximum(labels, 0)):
        before = int(learner.engine.updates[0])
        learner.learn(pixels[:, k], np.array([label]), positive=True)
        learner.learn(pixels[:, k], np.array([(label + 1) % code.classes]), positive=False)
        found[k] = int(learner.engine.updates[0]) - before
    return {connection_name(plastic): found}
