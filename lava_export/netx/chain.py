"""What the layers of a file have become so far: each hears the one before it."""

from __future__ import annotations

import math

from lava_export.integers.host_bias import HostBias
from lava_export.integers.network import IntegerConnection, IntegerPopulation
from lava_export.netx.file import Layer
from lava_export.netx.neurons import never_spikes, population
from lava_export.netx.synapses import by_delay, connections
from lava_export.nir.currents import PLANES
from lava_export.nir.file import APPROXIMATE, Grade
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import Readout
from spikeff.ir.connectivity import Connectivity
from spikeff.ir.network import INPUT

Shape = tuple[int, ...]


class Chain:
    """Grows by one layer after the other.

    Attributes:
        source: Population that the next layer hears.
        shape: Of what it hears, (channels, rows, columns) or (neurons,); None where not known yet.
        readout: Where a layer answers that has no neurons.
        encoder: Of the input.
        graded: Whether the input is numbers in place of spikes.
        currents_as: How these reach the first neurons, as ``lava_export.nir.currents`` has it.
        hosts: Biases that a host writes.
    """

    def __init__(self, steps: int, currents_as: str = PLANES) -> None:
        self.steps = steps
        self.currents_as = currents_as
        self.source = INPUT
        self.shape: Shape | None = None
        self.input_size = 0
        self.encoder = "spikes"
        self.graded = False
        self.populations: list[IntegerPopulation] = []
        self.connections: list[IntegerConnection] = []
        self.hosts: list[HostBias] = []
        self.grades: list[Grade] = []
        self.readout: Readout | None = None

    def require_open(self, layer: Layer) -> None:
        """Refuse a layer behind the one that answers.

        Raises:
            DescriptionError: There is such a one.
        """
        if self.readout is not None:
            raise DescriptionError(
                f"{layer.name} ({layer.kind}) hears a layer that has no neurons; only the last "
                f"may have none."
            )

    def grid(self, layer: Layer) -> tuple[int, int, int]:
        """Channels, rows and columns of what ``layer`` hears.

        Raises:
            DescriptionError: It is no grid.
        """
        if self.shape is None or len(self.shape) != 3:
            raise DescriptionError(
                f"{layer.name} ({layer.kind}) needs channels, rows and columns and hears "
                f"{self.shape or 'an input of unknown shape'}; begin with a layer 'input'."
            )
        channels, rows, columns = self.shape
        return channels, rows, columns

    def heard(self, layer: Layer, size: int) -> None:
        """Note that ``layer`` hears ``size`` channels.

        Raises:
            DescriptionError: There are others.
        """
        if self.shape is None:
            self.shape, self.input_size = (size,), size
        if math.prod(self.shape) != size:
            raise DescriptionError(
                f"{layer.name} hears {size} channels, and {math.prod(self.shape)} stand before it."
            )

    def add(self, layer: Layer, shape: Shape, kind: Connectivity, weights: Array) -> None:
        """A population behind the last, as late as its delays say."""
        self.add_population(layer, shape)
        for delay, part in self._by_delay(layer, kind, weights):
            self.connections += connections(self.source, layer.name, kind, part, delay)
        self.source, self.shape = layer.name, shape

    def add_population(self, layer: Layer, shape: Shape) -> None:
        """The neurons of ``layer`` alone.

        Raises:
            DescriptionError: They never spike.
        """
        if never_spikes(layer):
            raise DescriptionError(
                f"{layer.name} ({layer.kind}) has neurons that never spike; only the last layer, "
                f"dense and without neurons, is read by its potential."
            )
        made = population(layer, math.prod(shape), len(self.populations))
        if layer.constant("vDecay", 0) > made.dv:
            self.grades.append(Grade(f"{layer.name}: vDecay", APPROXIMATE, "v keeps 1/4096 a step"))
        for key in ("wgtExp", "weight_exp"):
            if layer.constant(key, 0):
                self.grades.append(
                    Grade(f"{layer.name}: {key}", APPROXIMATE, "left aside, as netx does")
                )
        self.populations.append(made)

    def _by_delay(
        self, layer: Layer, kind: Connectivity, weights: Array
    ) -> list[tuple[int, Array]]:
        if "delay" not in layer.arrays:
            return [(0, weights)]
        if not kind.is_matrix:
            raise DescriptionError(f"{layer.name}: delays in {kind.name}; dense layers have them.")
        delays = layer.array("delay").astype(int).clip(0, 62)
        if delays.size not in (1, *weights.shape):
            raise DescriptionError(
                f"{layer.name}: {delays.size} delays for {weights.shape[0]} neurons of "
                f"{weights.shape[1]} inputs; give one for each of either."
            )
        flat = delays.reshape(-1)
        return list(by_delay(weights, flat[:, None] if flat.size == weights.shape[0] else flat))
