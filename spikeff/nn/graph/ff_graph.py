"""Forward-Forward networks with feedback, lateral and skip connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from spikeff.data.labels import NEUTRAL
from spikeff.ir.codes import LabelCode
from spikeff.ir.network import INPUT
from spikeff.nn.connection_settings import LABELS
from spikeff.nn.ends import Ends
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.input_spikes import Arriving, InputSpikes
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import SpikeEvents
from spikeff.nn.synapses.base import LearnedDelays


class GraphFFNetwork(FFNetwork):
    """A recurrent network whose populations are the layers, with the code of its input.

    Attributes:
        timed: The populations and their projections; its inputs are the data and the labels.
    """

    def __init__(self, timed: TimedNetwork, labels: LabelCode | None, ends: Ends) -> None:
        layers = [timed.populations[name] for name in timed.learning]
        super().__init__(layers, ends.pixels, labels, ends.classes, ends.reading)
        self.timed = timed

    @property
    def stack(self) -> Sequence[SpikingPopulation]:
        """The layers, lowest first."""
        return [self.timed.populations[name] for name in self.timed.learning]

    def weight_parts(self, depth: int) -> list[Tensor]:
        """Learned weights that end at a layer: of what is below, of labels, of the others."""
        return self.timed.weight_parts(depth)

    def delay_parts(self, depth: int) -> list[LearnedDelays]:
        """See :meth:`FFNetwork.delay_parts`."""
        return self.timed.delay_parts(depth)

    def walk(self, presented: Presented) -> Iterator[LayerRun]:
        """See :meth:`FFNetwork.walk`."""
        data, labels = presented.data, presented.labels
        rows = presented.rows if presented.shared else 1
        shown = None if labels is None else labels.flatten()
        yield from self.timed.walk(self._inputs(InputSpikes(data, rows), shown))

    def changes(self, run: LayerRun, drive_error: Tensor) -> list[Tensor]:
        """See :meth:`FFNetwork.changes`."""
        return self.timed.changes(run, drive_error)

    def responses(self, events: SpikeEvents) -> Callable[[Tensor | None], list[Tensor]]:
        """See :meth:`FFNetwork.responses`."""

        def under(labels: Tensor | None) -> list[Tensor]:
            return self._spikes(self._inputs(InputSpikes(events), labels))

        return under

    def run_channels(self, spikes: Tensor) -> list[Tensor]:
        """See :meth:`FFNetwork.run_channels`."""
        return self._spikes(self._channels(spikes))

    def calibrate(self, spikes: Tensor, firing: Sequence[float]) -> None:
        """See :meth:`FFNetwork.calibrate`; feedback of layers calibrated later is not iterated."""
        self.timed.calibrate(self._channels(spikes), firing)

    def _spikes(self, presented: dict[str, Arriving]) -> list[Tensor]:
        spikes = self.timed(presented)
        return [spikes[name] for name in self.timed.learning]

    def _channels(self, spikes: Tensor) -> dict[str, Arriving]:
        inputs: dict[str, Arriving] = {INPUT: spikes[:, :, : self.pixels]}
        return inputs | ({LABELS: spikes[:, :, self.pixels :]} if self.labels else {})

    def _inputs(self, pixels: InputSpikes, labels: Tensor | None) -> dict[str, Arriving]:
        if self.labels is None:
            return {INPUT: pixels}
        steps, samples, _ = pixels.shape
        silent = self.weight_parts(0)[0].new_zeros((steps, samples, self.labels.channels))
        return {INPUT: pixels, LABELS: with_labels_(silent, self.labels, labels)}


def with_labels_(spikes: Tensor, code: LabelCode, labels: Tensor | None) -> Tensor:
    """Spikes of the label channels, written into ``spikes``.

    Args:
        spikes: Silent, (steps, samples, channels).
        code: Channels of a label, and when they spike.
        labels: Label of each sample, ``NEUTRAL`` or None for none.
    """
    if labels is not None:
        chosen = torch.nn.functional.one_hot(labels.clamp(min=0), code.classes)
        chosen = chosen * (labels != NEUTRAL)[:, None]
        spikes[list(code.steps)] = chosen.repeat_interleave(code.neurons, dim=1).to(spikes)
    return spikes
