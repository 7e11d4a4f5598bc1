"""Synaptic updates of learning, counted from what the engine does."""

from __future__ import annotations

import numpy as np

from hw_targets.cost.counts import ByName, connection_name
from hw_targets.learning.device import Device
from hw_targets.learning.forward_forward import ChipLearner
from lava_export.integers.network import IntegerNetwork
from lava_export.plastic.forward_forward import (
    AVERAGE_BITS,
    LARGEST,
    TABLE,
    Program,
    require_learnable,
)
from spikeff.ir.arrays import Array

HEARD = 100  # samples from which usual mates are known


def engine_updates(network: IntegerNetwork, pixels: Array, labels: Array) -> ByName:
    """Synapses that the engine works on for every sample, by connection, int64 (samples,).

    Each is learned once with its label and once with the next one, both modulated as much as can
    be, by neurons that know from these samples how many mates are usual.

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
    shown = np.maximum(labels, 0)
    learner.averages[:] = _usual_mates(learner, pixels, shown, code.classes, layer.column_size)
    found = np.zeros(len(labels), np.int64)
    for k, label in enumerate(shown):
        before = int(learner.engine.updates[0])
        learner.learn(pixels[:, k], np.array([label]), positive=True)
        learner.learn(pixels[:, k], np.array([(label + 1) % code.classes]), positive=False)
        found[k] = int(learner.engine.updates[0]) - before
    return {connection_name(plastic): found}


def _usual_mates(
    learner: ChipLearner, pixels: Array, labels: Array, classes: int, column_size: int
) -> Array:
    """Other spikes of its column in a step, of every neuron in 2^16ths, mean over some samples."""
    total, presentations = np.zeros(learner.averages.shape[1]), 0
    for k, label in enumerate(labels[:HEARD]):
        for shown in (label, (label + 1) % classes):
            learner.answer(pixels[:, k], np.array([shown]))
            spikes = learner.spikes
            columns = spikes.reshape(len(spikes), -1, column_size).sum(axis=2)
            total += (np.repeat(columns, column_size, axis=1) - spikes).mean(axis=0)
            presentations += 1
    return np.asarray(np.rint(total / presentations * 2**AVERAGE_BITS), np.int64)
