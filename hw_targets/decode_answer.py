"""The answer that a network itself gave, where it carries its own readout as neurons."""

from __future__ import annotations

import numpy as np

from hw_targets.target import TargetRun
from lava_export.integers.network import IntegerNetwork
from lava_export.readout.chip_readout import GOODNESS, WINNER
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array


def states_read(network: IntegerNetwork) -> tuple[str, ...]:
    """Populations whose v holds the answer: to be recorded when the network runs."""
    return tuple(p.name for p in network.populations if p.name == GOODNESS)


def answers_itself(network: IntegerNetwork) -> bool:
    """Whether ``network`` carries its own readout."""
    return any(p.name in (GOODNESS, WINNER) for p in network.populations)


def chip_answers(network: IntegerNetwork, run: TargetRun) -> Array | None:
    """Label (samples,) of every sample, as the host's ``spikeff.ir.readout_codes.answers``.

    run : of ``network``, with the states of :func:`states_read`. None where ``network`` carries no
    readout, or the target did not give these states. Of "all_labels" the goodness of
    each presentation is what its accumulators hold after the last step of the sample, and the
    largest is looked up; of "class_columns" the label is the one neuron that fires in the next.

    Raises LimitError where not exactly one class wins.
    """
    if not answers_itself(network) or (states_read(network) and GOODNESS not in run.trace.v):
        return None
    if states_read(network):
        goodness = run.trace.v[GOODNESS][network.steps - 1].sum(axis=1, dtype=np.int64)
        return np.asarray(goodness.reshape(-1, network.readout.classes).argmax(axis=1))
    wins = run.trace.spikes[WINNER][network.steps]
    odd = np.flatnonzero(wins.sum(axis=1) != 1)
    if len(odd):
        raise LimitError(
            f"population {WINNER!r}: {int(wins[odd[0]].sum())} classes win in sample {odd[0]}; "
            f"exactly one must: export the network again."
        )
    return np.asarray(wins.argmax(axis=1))
