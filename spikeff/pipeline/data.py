"""Step 0: bring a data set into files that every other step reads by ``--data``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spikeff.data.arrays import write_split
from spikeff.data.events import EVENT_SETS, open_recordings, split_from_events
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
    pool: int = 1,
    samples: int | None = None,
    report: Report = silent,
) -> DataResult:
    """Fetch an IDX data set into ``out``, or bin event recordings into ``out``/train.npz, test.npz.

    Where an error is raised, files that ``out`` holds are kept.

    Args:
        source: Directory of the recordings, in tonic's layout.
        download: Fetch the recordings if they are missing.
        steps: Time steps of a sample, needed for event data (as the next three, see
            ``spikeff.data.events.split_from_events``).
        seconds: Window that the steps share, with a default per data set.
        pool: Neighbours along x and along y that become one channel.
        samples: Number of recordings to read, the first ones.

    Raises:
        DataError: The data cannot be read.
        ConfigError: The arguments do not fit the data set.
        TargetUnavailableError: A library that reads the recordings is absent.
    """
    out = Path(out)
    if name in IDX_SETS:
        from spikeff.data.download import FILES
        from spikeff.data.download import download as fetch

        if source is not None or steps is not None:
            raise ConfigError(f"{name} holds images: --from and --steps are for event data.")
        files = fetch(name, out, lambda file: report(file, FILES.index(file), len(FILES)))
        return DataResult(str(out), name, tuple(str(f) for f in files))
    if name not in EVENT_SETS:
        raise UnknownNameError("data set to fetch", name, (*IDX_SETS, *EVENT_SETS))
    if source is None or steps is None:
        raise ConfigError(f"{name} holds events: give --from DIR and --steps N.")
    known, counts, kept, channels = EVENT_SETS[name], [], [], None
    for done, half in enumerate(SPLITS):
        report(half, done, len(SPLITS))
        recordings = open_recordings(name, half, Path(source), download)
        window = known.seconds if seconds is None else seconds
        split, share = split_from_events(recordings, steps, window, known.classes, pool, samples)
        write_split(out / f"{half}.npz", split, spikes=True)
        counts.append(len(split))
        kept.append(share)
        channels = split.shape[1]
    names = tuple(str(out / f"{half}.npz") for half in SPLITS)
    return DataResult(str(out), ARRAYS, names, tuple(counts), channels, min(kept))
