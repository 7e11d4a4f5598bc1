"""A network that learns as a graph of Lava processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerNetwork
from lava_export.lava import compat as lava_compat
from lava_export.lava.learning import learning_dense
from lava_export.plastic.forward_forward import DELAY_ZERO, PERIOD, Program, require_learnable
from spikeff.ir.arrays import Array
from spikeff.ir.roles import SELF_INHIBITION


@dataclass(frozen=True, eq=False)
class LearningGraph:
    """Connected processes.

    Attributes:
        stream: Spikes of the samples, one after the other.
        synapses: Lava's ``LearningDense``.
        neurons: The layer, with what it sends to the learning engine.
        steps: Time steps of all samples.
    """

    stream: Any
    synapses: Any
    neurons: Any
    steps: int


def learning_graph(
    network: IntegerNetwork, program: Program, trains: Array, positive: Sequence[bool], seed: int
) -> LearningGraph:
    """The graph that learns from samples one after the other.

    Args:
        network: Rounding shared and weights in steps of 1, as Lava has them.
        program: What the neurons compute.
        trains: Spikes of all channels, labels included, bool (samples, steps, channels).
        positive: Whether goodness is to rise, for each sample.
        seed: Of Lava's random numbers.

    Raises:
        LimitError: The network is none that can be learned so, or rounds as Lava cannot.
    """
    lava_compat.ensure()
    from lava_export.lava.forward_forward.process import ForwardForwardNeurons
    from lava_export.lava.stream.process import SpikeStream

    plastic = require_learnable(network)
    assert plastic.plasticity is not None
    layer = next(p for p in network.populations if p.name == plastic.target)
    samples, steps, channels = trains.shape
    rows = np.zeros((samples, PERIOD, channels), np.bool_)
    rows[:, :steps] = trains
    stream = SpikeStream(size=channels, rows=np.packbits(rows.reshape(-1, channels), axis=1))
    synapses = learning_dense(plastic.plasticity, plastic.weights, seed, delays=DELAY_ZERO)
    neurons = ForwardForwardNeurons(
        layer=layer, inhibition=_inhibition(network), program=program, positive=positive
    )
    stream.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    for name in ("bap", "y1", "y2", "y3"):
        getattr(neurons, f"s_out_{name}").connect(getattr(synapses, f"s_in_{name}"))
    return LearningGraph(stream, synapses, neurons, samples * PERIOD)


def _inhibition(network: IntegerNetwork) -> int:
    own = [c for c in network.connections if c.role == SELF_INHIBITION]
    strongest = sum(-int(c.weights.min()) << c.weight_exp for c in own)
    return strongest << limits.ACTIVATION_SHIFT
