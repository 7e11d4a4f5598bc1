"""Time and traffic of N processes and M chips, from constants that were measured on few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2


@dataclass(frozen=True)
class Constants:
    """What was measured at one and two processes; seconds and bytes.

    Attributes:
        draw: Of what every process does for each image of the whole batch: drawing, encoding.
        update: Of the update of all weights, once a batch.
        piece: Of one piece of a batch.
        pieces: Of a batch of ``images``.
        images: Of a batch.
        adding: Of the addition of one piece's changes to the running total.
        changes: Bytes of the changes of all layers.
        layers: Of a batch in each layer, its update included.
        spikes: Bytes of a layer's spikes and counts of a batch.
        latency: Of a message.
        byte: Of each byte of a message.
        run: Of a test image on the emulator, with its readout.
        start: Until a process has imported what it needs.
        encode: Of an image on its way to a chip.
        step: Shortest step that was measured on a board.
        steps: Of an image.
    """

    draw: float
    update: float
    piece: float
    pieces: int
    images: int
    adding: float
    changes: int
    layers: tuple[float, ...]
    spikes: int
    latency: float
    byte: float
    run: float
    start: float
    encode: float
    step: float
    steps: int


@dataclass(frozen=True)
class Prediction:
    """What a number of workers comes to.

    Attributes:
        parts: Seconds by what takes them.
        moved: Bytes that are moved in all.
    """

    parts: Mapping[str, float]
    moved: int = 0

    @property
    def seconds(self) -> float:
        """Of the whole."""
        return sum(self.parts.values())

    @property
    def longest(self) -> str:
        """The part that takes the longest, and its share."""
        name = max(self.parts, key=lambda part: self.parts[part])
        return f"{name}, {100 * self.parts[name] / self.seconds:.0f} %"


def message(c: Constants, size: int) -> float:
    """Seconds of a message of ``size`` bytes."""
    return c.latency + size * c.byte


def data_parallel(c: Constants, workers: int, grown: int = 1) -> Prediction:
    """A batch whose pieces the processes share; totals go from one to the next, then to all.

    Args:
        c: The constants.
        workers: Processes.
        grown: How many times as many images the batch has.
    """
    pieces = c.pieces * grown
    hops = min(workers, pieces) - 1
    told = ceil(log2(workers))
    return Prediction(
        {
            "drawing, by every process": c.draw * c.images * grown + c.update,
            "pieces": ceil(pieces / workers) * c.piece,
            "adding in order": pieces * c.adding,
            "the chain of totals": hops * message(c, c.changes),
            "telling all": told * message(c, c.changes),
        },
        (hops + workers - 1) * c.changes,
    )


def layer_pipeline(c: Constants, layers: int) -> Prediction:
    """A batch where each of ``layers`` layers, all as wide as the last, has a process."""
    of_layers = [*c.layers, *([c.layers[-1]] * layers)][:layers]
    return Prediction(
        {
            "drawing, by every process": c.draw * c.images,
            "the slowest layer": max(of_layers),
            "spikes to the layer above": message(c, c.spikes) if layers > 1 else 0.0,
        },
        (layers - 1) * c.spikes,
    )


def one_process(c: Constants, layers: int) -> float:
    """Seconds of a batch of a net of so many layers in one process."""
    return c.draw * c.images + sum([*c.layers, *([c.layers[-1]] * layers)][:layers])


def shards(c: Constants, workers: int, images: int, answer: int) -> Prediction:
    """Test images shared by processes; ``answer`` bytes of each come back to one."""
    return Prediction(
        {
            "starting": c.start,
            "images": ceil(images / workers) * c.run,
            "answers to one process": workers * c.latency + images * answer * c.byte,
        },
        images * answer,
    )


def trials(c: Constants, workers: int, count: int, seconds: float) -> Prediction:
    """Trials of a search, as many at once as there are processes."""
    return Prediction({"starting": c.start, "trials": ceil(count / workers) * seconds})


def chips(c: Constants, count: int) -> Prediction:
    """An image, where ``count`` chips with a network each are fed by one process."""
    on_chips = c.steps * c.step / count
    if on_chips > c.encode:
        return Prediction({"steps on the chips": on_chips})
    return Prediction({"encoding by one process": c.encode})
