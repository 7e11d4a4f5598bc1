"""Codes of input and labels, and how spikes become an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, frozen_array, require_positive
from spikeff.ir.membrane import Membrane
from spikeff.ir.numbers import settle_numbers

ALL_LABELS, CLASS_COLUMNS, SOFTMAX = READINGS = ("all_labels", "class_columns", "softmax")


@dataclass(frozen=True)
class InputCode:
    """How data become the spikes of the population ``input``.

    Attributes:
        encoder: Name in ``spikeff.data.encoders``.
        pixels: Channels that carry the datum; label channels follow them.
        threshold: Intensities (0..1) at or below it never spike.
        spikes_per_channel: Most spikes that one channel emits in one sample.

    Raises:
        DescriptionError: A number is outside its range.
    """

    encoder: str
    pixels: int
    threshold: float
    spikes_per_channel: int

    def __post_init__(self) -> None:
        settle_numbers("input code", self)
        require_positive("input code", "pixels", self.pixels)
        require_positive("input code", "spikes_per_channel", self.spikes_per_channel)
        if not 0.0 <= self.threshold < 1.0:
            raise DescriptionError(
                f"input code: threshold = {self.threshold}; it must lie in [0, 1)."
            )


@dataclass(frozen=True)
class LabelCode:
    """Label in the input: the channels of a class spike once at each of ``steps``.

    Attributes:
        classes: Number of classes.
        neurons: Channels per class.
        steps: Steps at which they spike, at least one.

    Raises:
        DescriptionError: A number is not above zero, or there are no steps.
    """

    classes: int
    neurons: int
    steps: tuple[int, ...]

    def __post_init__(self) -> None:
        settle_numbers("label code", self)
        require_positive("label code", "classes", self.classes)
        require_positive("label code", "neurons", self.neurons)
        if not self.steps or min(self.steps) < 0:
            raise DescriptionError(
                f"label code: steps = {self.steps}; give at least one step, none of them below 0."
            )

    @property
    def channels(self) -> int:
        """Number of label channels."""
        return self.classes * self.neurons


@dataclass(frozen=True, eq=False)
class Readout:
    """How spikes become an answer, on the host.

    Attributes:
        kind: "all_labels" (one pass per label, highest summed goodness), "class_columns" (one pass,
            highest goodness of a class's columns) or "softmax" (one pass, the linear readout).
        goodness: Name in ``spikeff.ir.goodness``; one for all populations, or one each.
        beta: Window parameter of the goodness; one for all populations, or one each.
        classes: Number of classes.
        populations: Those whose goodness is summed.
        softmax_weights: (classes, neurons of ``populations``), one-pass linear readout of counts.
        softmax_bias: (classes,).
        membrane: With "softmax": the leaky integrators that weights and bias drive in every step,
            whose potentials decide in place of sums over the sample. None for sums.
        steps: Goodness is collected from the first of these steps up to, not including, the second;
            one pair for all populations, or one each; None for all steps. Spike counts of "softmax"
            are those of all steps.

    Raises:
        DescriptionError: An unknown kind, no classes, a beta outside -1 to 1, no steps, another
            number of goodnesses, betas or steps than of populations, or a membrane that does not
            fit.
    """

    kind: str
    goodness: str | tuple[str, ...]
    beta: float | tuple[float, ...]
    classes: int
    populations: tuple[str, ...]
    softmax_weights: Array
    softmax_bias: Array
    membrane: Membrane | None = None
    steps: tuple[int, int] | tuple[tuple[int, int] | None, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in READINGS:
            raise DescriptionError(f"readout: kind = {self.kind!r}; it must be one of {READINGS}.")
        settle_numbers("readout", self)
        require_positive("readout", "classes", self.classes)
        for name in ("goodness", "beta", "steps"):
            value = getattr(self, name)
            if _one_each(value) and len(value) != len(self.populations):
                raise DescriptionError(
                    f"readout: {len(value)} values of {name} for {len(self.populations)} "
                    f"populations; give one for all, or one each."
                )
        if not all(-1.0 <= beta <= 1.0 for _, beta in self.measures()):
            raise DescriptionError(
                f"readout: beta = {self.beta}; it weighs spikes by their distance: -1 to 1."
            )
        if self.membrane is not None:
            self._require_membrane(self.membrane)
        for some in self.collected_steps():
            if some is not None and not 0 <= some[0] < some[1]:
                raise DescriptionError(
                    f"readout: steps = {self.steps}; give the first step, from 0 on, and one above "
                    f"it."
                )
        object.__setattr__(self, "softmax_weights", frozen_array(self.softmax_weights, np.float32))
        object.__setattr__(self, "softmax_bias", frozen_array(self.softmax_bias, np.float32))

    def _require_membrane(self, membrane: Membrane) -> None:
        if self.kind != SOFTMAX or membrane.leak.shape != (self.classes,):
            raise DescriptionError(
                f"readout: a membrane of {len(membrane.leak)} integrators beside kind = "
                f"{self.kind!r} of {self.classes} classes; it is read with {SOFTMAX!r}, one "
                f"integrator for each class."
            )

    @property
    def has_linear(self) -> bool:
        """Whether spike counts are read by weights; a readout that never learned has none."""
        return bool(self.softmax_weights.any() or self.softmax_bias.any())

    def measures(self) -> list[tuple[str, float]]:
        """Goodness and its window parameter of each population, in their order."""
        return list(zip(self._each(self.goodness), self._each(self.beta), strict=True))

    def collected_steps(self) -> list[tuple[int, int] | None]:
        """Steps that the goodness of each population is collected from, in their order."""
        return self._each(self.steps)

    def of(self, population: str) -> Readout:
        """The same of one population alone, without the linear readout."""
        place = self.populations.index(population)
        name, beta = self.measures()[place]
        steps = self.collected_steps()[place]
        return replace(self, populations=(population,), goodness=name, beta=beta, steps=steps)

    def _each(self, value: Any) -> list[Any]:
        return list(value) if _one_each(value) else [value] * len(self.populations)


def _one_each(value: Any) -> bool:
    """Whether a value is a tuple with one of each population; a pair of steps is a single one."""
    return isinstance(value, tuple) and not (value and isinstance(value[0], int))
