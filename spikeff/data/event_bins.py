"""Event recordings binned into spike trains: all at once, or a shard at a time.

A spike stands where a bin of time holds an event of a channel. Channels: polarity slowest, then y,
then x.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.events import Recordings, require_finite, require_on_sensor
from spikeff.data.shards import ShardWriter
from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import whole_number
from spikeff.ir.sizes import MAX_STEPS

MICROSECONDS = 1e6
SHARD_BYTES = 2**26  # of the spikes of one shard


@dataclass(frozen=True)
class Bins:
    """How recordings become spike trains.

    Attributes:
        steps: Bins in time.
        seconds: Window that the steps divide, from the start of a recording; later events are left
            out.
        pool: This many neighbours along x and y become one channel.

    Raises:
        DataError: A number is not positive and finite, or there are too many steps.
    """

    steps: int
    seconds: float
    pool: int = 1

    def __post_init__(self) -> None:
        usable = min(self.steps, self.pool) >= 1 and self.steps <= MAX_STEPS
        if not usable or not 0 < self.seconds < math.inf:
            raise DataError(
                f"steps = {self.steps}, pool = {self.pool}, seconds = {self.seconds}: all must be "
                f"> 0 and finite, and steps at most {MAX_STEPS}."
            )

    def planes(self, sensor: tuple[int, int, int]) -> tuple[int, int, int]:
        """Polarities, rows and columns of the channels on a sensor (width, height, polarities)."""
        width, height, polarities = sensor
        return polarities, -(-height // self.pool), -(-width // self.pool)


@dataclass(frozen=True, eq=False)
class Binned:
    """One recording.

    Attributes:
        train: bool (steps, channels).
        label: Its class.
        kept: Events in the window.
        events: All of them.
    """

    train: Array
    label: int
    kept: int
    events: int


def binned(
    recordings: Recordings, bins: Bins, classes: int, samples: int | None = None
) -> Iterator[Binned]:
    """Recordings as spike trains, one after the other, of which one is in memory.

    Args:
        recordings: Events in microseconds, with their labels.
        bins: How they are binned.
        classes: Number of classes.
        samples: Read only this many recordings, the first ones; all where None.

    Raises:
        DataError: A recording cannot be read, there is none, a label is not among the classes, or
            events lie off the sensor; names the recording.
    """
    held = _length(recordings)
    count = held if samples is None else min(samples, held)
    if count < 1:
        raise DataError("the event data hold no recording.")
    for index in range(count):
        yield _binned(recordings, bins, classes, index)


def split_from_events(
    recordings: Recordings, bins: Bins, classes: int, samples: int | None = None
) -> tuple[Split, float]:
    """Recordings as a split in memory, and the share of their events that lies in the window.

    Arguments and errors are those of :func:`binned`.
    """
    trains = list(binned(recordings, bins, classes, samples))
    labels = np.array([each.label for each in trains], np.int64)
    images = np.stack([each.train for each in trains]).view(np.uint8)
    images *= 255  # in place: event data are large
    shape = images.shape[1], images.shape[2]
    share = _share(sum(each.kept for each in trains), sum(each.events for each in trains))
    return Split(images.reshape(len(images), -1), labels, shape, classes), share


def shards_from_events(
    folder: Path,
    recordings: Recordings,
    bins: Bins,
    classes: int,
    samples: int | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> tuple[int, float]:
    """Write recordings into a folder of shards (``spikeff.data.shards``), one shard in memory.

    Args:
        folder: To make, whole or not at all.
        recordings: See :func:`binned`, as the next three.
        bins: See there.
        classes: See there.
        samples: See there.
        shard_bytes: Of the spikes of one shard.

    Returns:
        How many there are, and the share of their events that lies in the window.

    Raises:
        DataError: See :func:`binned`.
        OutputError: ``folder`` exists.
    """
    samples_written, kept, events = 0, 0, 0
    with ShardWriter(folder) as writer:
        for shard in _shards(binned(recordings, bins, classes, samples), shard_bytes):
            labels = np.array([each.label for each in shard], np.int64)
            writer.add(np.stack([each.train for each in shard]), labels)
            samples_written += len(shard)
            kept += sum(each.kept for each in shard)
            events += sum(each.events for each in shard)
        writer.finish(classes)
    return samples_written, _share(kept, events)


def _shards(trains: Iterable[Binned], shard_bytes: int) -> Iterator[list[Binned]]:
    """As many recordings at a time as fit, at least one."""
    shard: list[Binned] = []
    for each in trains:
        if shard and (len(shard) + 1) * each.train.nbytes > shard_bytes:
            yield shard
            shard = []
        shard.append(each)
    yield shard


def _share(kept: int, events: int) -> float:
    return kept / events if events else 1.0


def _binned(recordings: Recordings, bins: Bins, classes: int, index: int) -> Binned:
    events, answer = _recording(recordings, index)
    label = whole_number(f"recording {index}: label", answer, 0, classes - 1, DataError)
    planes = bins.planes(recordings.sensor_size)
    channels = _channels(events, recordings.sensor_size, bins.pool, planes, index)
    late = np.floor(events["t"] * (bins.steps / (bins.seconds * MICROSECONDS)))
    step = late.astype(np.int64)
    inside = (step >= 0) & (step < bins.steps)
    train = np.zeros((bins.steps, math.prod(planes)), np.bool_)
    train[step[inside], channels[inside]] = True
    return Binned(train, label, int(inside.sum()), len(step))


def _length(recordings: Recordings) -> int:
    try:
        return len(recordings)
    except Exception as error:  # tonic's readers raise errors of many kinds for damaged files
        raise DataError(f"the recordings cannot be counted ({error}); fetch them again.") from None


def _recording(recordings: Recordings, index: int) -> tuple[Array, Any]:
    try:
        events, label = recordings[index]
    except DataError:
        raise
    except Exception as error:  # tonic's readers raise errors of many kinds for damaged files
        raise DataError(f"recording {index} cannot be read ({error}); fetch it again.") from None
    return events, label


def _channels(
    events: Array, sensor: tuple[int, int, int], pool: int, shape: tuple[int, ...], index: int
) -> Array:
    names = events.dtype.names or ()
    for axis in names:
        require_finite(axis, events[axis], index)
    x = events["x"].astype(np.int64)
    y = events["y"].astype(np.int64) if "y" in names else np.zeros_like(x)
    # A sensor of one polarity has one plane, whatever number the file gives that polarity.
    p = events["p"].astype(np.int64) if sensor[2] > 1 else np.zeros_like(x)
    require_on_sensor({"x": x, "y": y, "p": p}, sensor, index)
    channels: Array = np.ravel_multi_index((p, y // pool, x // pool), shape)
    return channels
