"""What every network can be asked in Python, whether it holds floats or integers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from spikeff.data.in_memory import spikes_of
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX, InputCode
from spikeff.ir.readout_codes import best_classes


class Network(ABC):
    """A network that answers.

    Attributes:
        name: What messages call it.
        input: Code of its input.
        steps: Time steps of a sample.
        classes: Number of classes.
        reading: How it answers, see ``spikeff.ir.codes.Readout``.
        dataset: Name of the data set it was trained on, "" for none.
        scale: Factor on goodness in :meth:`predict_proba`.
    """

    name: str
    input: InputCode
    steps: int
    classes: int
    reading: str
    dataset: str
    scale: float

    def __repr__(self) -> str:
        """Name and sizes."""
        return (
            f"{type(self).__name__}({self.name!r}, neurons={self._neurons}, steps={self.steps}, "
            f"classes={self.classes})"
        )

    @property
    @abstractmethod
    def _neurons(self) -> list[int]:
        """Neurons of each population, in their order."""

    def predict(self, X: Any) -> Array:
        """Labels (samples,), int64.

        Args:
            X: Images, numpy or torch: as many values as the network has pixels, of shape (samples,
                values) or (samples, rows, columns), uint8 or floats from 0 to 1. Or spike trains
                of 0 and 1, (samples, steps, channels), which are taken as they are.

        Raises:
            DataError: ``X`` does not fit the network.
        """
        scores = self.decision_function(X)
        best = scores.argmax(1) if self.reading == SOFTMAX else best_classes(scores)
        return best.astype(np.int64)

    def predict_proba(self, X: Any) -> Array:
        """Softmax over classes of the scaled goodness, (samples, classes).

        The factor is ``scale``: that of the goodness in training, over the temperature of the
        objective, where these are known. A layer that learns by a contrast or by class columns
        takes just this softmax for the probability of a label. Several layers are summed as if
        their evidence were independent. These numbers rank answers by how sure they are; they are
        not calibrated, so that 0.9 does not mean right in nine of ten. Where the linear readout
        answers, it is the softmax of its logits.

        Args:
            X: As in :meth:`predict`.
        """
        factor = 1.0 if self.reading == SOFTMAX else self.scale
        scaled = factor * self.decision_function(X)
        weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def decision_function(self, X: Any) -> Array:
        """Goodness of each class, logits of the linear readout, or spike counts of output neurons.

        Returns:
            float64 (samples, classes); the highest of a row answers.

        Args:
            X: As in :meth:`predict`.
        """
        spikes = spikes_of(X, self.input, self.steps)
        parts = [self._scores(part) for part in self._chunks(spikes)]
        return np.concatenate(parts).astype(np.float64)

    def _chunks(self, spikes: Array) -> Iterator[Array]:
        for low in range(0, spikes.shape[1], self._chunk_size):
            yield spikes[:, low : low + self._chunk_size]

    @property
    @abstractmethod
    def _chunk_size(self) -> int:
        """Samples that are run together."""

    @abstractmethod
    def _scores(self, spikes: Array) -> Array:
        """Score (samples, classes) of each class, from spikes bool (steps, samples, pixels)."""
