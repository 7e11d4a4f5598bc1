"""Spikes per synapse and inference, and what others say it takes to cost less than an ANN.

An ANN uses each of its synapses once for an inference. A spiking network of the same size can cost
less only where its synapses carry few enough spikes; how few depends on what a spike and an
activation cost, so the published thresholds differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.beside.neurobench import merged_weights
from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class Threshold:
    """Spikes per synapse and inference below which a source sees an advantage.

    Attributes:
        low: For the least favourable hardware that the source takes.
        high: For the most favourable.
    """

    low: float
    high: float
    source: str
    year: int
    kind: str = "published"


THRESHOLDS = (
    Threshold(
        1.72,
        1.72,
        "S. Davidson and S. B. Furber, Comparison of Artificial and Spiking Neural Networks on "
        "Digital Hardware, Frontiers in Neuroscience 15, 2021",
        2021,
    ),
    Threshold(
        0.15,
        1.38,
        "M. Dampfhoffer et al., Are SNNs Really More Energy-Efficient Than ANNs?, IEEE TETCI 7(3), "
        "2023",
        2023,
    ),
    Threshold(
        0.06,
        0.35,
        "Z. Yan et al., Reconsidering the energy efficiency of spiking neural networks, "
        "arXiv:2409.08290, 2024",
        2024,
    ),
)


def stored_synapses(network: IntegerNetwork) -> int:
    """Synapses other than zero; one that is stored in several parts is one."""
    return sum(int(np.count_nonzero(weights)) for weights in merged_weights(network))


def verdict(spikes: float, threshold: Threshold) -> str:
    """What a threshold says of so many spikes per synapse and inference."""
    if spikes < threshold.low:
        return "below"
    return "within" if spikes <= threshold.high else "above"
