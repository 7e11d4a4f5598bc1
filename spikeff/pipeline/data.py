"""Step 0: bring a data set into files that every other step reads by ``--data``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from spikeff.data.arrays import write_split
from spikeff.data.event_bins import Bins, shards_from_events, split_from_events
from spikeff.data.events import EVENT_SETS, Recordings, open_recordings
from spikeff.data.registry import ARRAYS, IDX_SETS
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline import Report, silent

SPLITS = ("train", "test")


@dataclass(frozen=True)
class DataResult:
    """What was written where.

    Attributes:
        dataset: Name of the data set in a configuration.
        samples: Samples of train and test, for event data.
        kept: Share of the events that the window holds, for event data.
    """

    directory: str
    dataset: str
    files: tuple[str, ...]
    samples: tuple[int, ...] = ()
    channels: int | None = None
    kept: float | None = None


@plain_numbers
def fetch_data(
    name: str,
    out: Path | str,
    source: Path | str | None = None,
    download: bool = False,
    steps: int | None = None,
    seconds: float | None = None,
    bin_seconds: float | None = None,
    pool: int = 1,
    samples: int | None = None,
    stream: bool = False,
    report: Report = silent,
) -> DataResult:
    """Fetch an IDX data set into ``out``, or bin event recordings into ``out``/train.npz, test.npz.

    Where an error is raised, files that ``out`` holds are kept.

    Args:
        source: Directory of the recordings, in tonic's layout.
        download: Fetch the recordings if they are missing.
        steps: Time bins of a sample, which are its steps; needed for event data (as the next four,
            see ``spikeff.data.event_bins.Bins``).
        seconds: Window that the steps share, with a default per data set.
        bin_seconds: Length of one bin in place of the window.
        pool: Neighbours along x and along y that become one channel.
        samples: Number of recordings to read, the first ones.
        stream: Write folders of shards in place of train.npz and test.npz, with a few recordings in
            memory at a time; training then streams them from there.

    Raises:
        DataError: The data cannot be read.
        ConfigError: The arguments do not fit the data set.
        TargetUnavailableError: A library that reads the recordings is absent.
    """
    out = Path(out)
    if name in IDX_SETS:
        from spikeff.data.download import FILES
        from spikeff.data.download import download as fetch

        of_events = (source, steps, seconds, bin_seconds)
        if stream or any(value is not None for value in of_events):
            raise ConfigError(
                f"{name} holds images: --from, --steps, --seconds, --bin and --stream are for "
                f"event data."
            )
        files = fetch(name, out, lambda file: report(file, FILES.index(file), len(FILES)))
        return DataResult(str(out), name, tuple(str(f) for f in files))
    if name not in EVENT_SETS:
        raise UnknownNameError("data set to fetch", name, (*IDX_SETS, *EVENT_SETS))
    if source is None or steps is None:
        raise ConfigError(f"{name} holds events: give --from DIR and --steps N.")
    bins = Bins(steps, _window(name, steps, seconds, bin_seconds), pool)
    written, counts, kept, channels = [], [], [], 0
    for done, half in enumerate(SPLITS):
        report(half, done, len(SPLITS))
        recordings = open_recordings(name, half, Path(source), download)
        path = out / (half if stream else f"{half}.npz")
        write = shards_from_events if stream else _write_file
        count, share = write(path, recordings, bins, EVENT_SETS[name].classes, samples)
        written.append(str(path))
        counts.append(count)
        kept.append(share)
        channels = math.prod(bins.planes(recordings.sensor_size))
    return DataResult(str(out), ARRAYS, tuple(written), tuple(counts), channels, min(kept))


def _window(name: str, steps: int, seconds: float | None, bin_seconds: float | None) -> float:
    """Seconds that the bins of an event data set share."""
    if seconds is not None and bin_seconds is not None:
        raise ConfigError(
            f"seconds = {seconds} and bin_seconds = {bin_seconds}: give the window or the length "
            f"of a bin, not both."
        )
    if bin_seconds is not None:
        return steps * bin_seconds
    return EVENT_SETS[name].seconds if seconds is None else seconds


def _write_file(
    path: Path, recordings: Recordings, bins: Bins, classes: int, samples: int | None
) -> tuple[int, float]:
    split, share = split_from_events(recordings, bins, classes, samples)
    write_split(path, split, spikes=True)
    return len(split), share
