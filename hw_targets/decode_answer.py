"""The answer that a network itself gave, where it carries its own readout as neurons."""

from __future__ import annotations

import numpy as np

from hw_targets.target import TargetRun
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.roles import ACCUMULATOR, WINNER


def states_read(network: IntegerNetwork) -> tuple[str, ...]:
    """Populations whose v holds the answer: to be recorded when the network runs."""
    return tuple(p.name for p in network.populations if p.role == ACCUMULATOR)


def answers_itself(network: IntegerNetwork) -> bool:
    """Whether ``network`` carries its own readout."""
    return any(p.role in (ACCUMULATOR, WINNER) for p in network.populations)


def chip_answers(network: IntegerNetwork, run: TargetRun) -> Array | None:
    """Label of every sample, (samples,), as the host's ``spikeff.ir.readout_codes.answers``.

    With "all_labels" the goodness of each presentation is what its accumulators hold after the last
    step of the sample, and the label with the largest is the answer; with "class_columns" the
    answer is the one neuron that fires in the step after.

    Args:
        run: Run of ``network``, with the states of :func:`states_read`.

    Returns:
        None where ``network`` carries no readout, or the target did not record these states.

    Raises:
        LimitError: Not exactly one class wins.
    """
    if not answers_itself(network):
        return None
    accumulators = states_read(network)
    if accumulators:
        return _of_accumulators(network, run, accumulators)
    return _of_winner(network, run)


def _of_accumulators(
    network: IntegerNetwork, run: TargetRun, accumulators: tuple[str, ...]
) -> Array | None:
    if not all(name in run.trace.v for name in accumulators):
        return None
    last = network.steps - 1
    goodness = sum(run.trace.v[name][last].sum(axis=1, dtype=np.int64) for name in accumulators)
    return np.asarray(np.reshape(goodness, (-1, network.readout.classes)).argmax(axis=1))


def _of_winner(network: IntegerNetwork, run: TargetRun) -> Array:
    winner = next(p.name for p in network.populations if p.role == WINNER)
    wins = run.trace.spikes[winner][network.steps]
    odd = np.flatnonzero(wins.sum(axis=1) != 1)
    if len(odd):
        raise LimitError(
            f"population {winner!r}: {int(wins[odd[0]].sum())} classes win in sample {odd[0]}; "
            f"exactly one must: export the network again."
        )
    return np.asarray(wins.argmax(axis=1))
