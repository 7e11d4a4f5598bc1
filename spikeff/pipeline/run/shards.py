"""Shards of the samples as pieces of work for a cluster, whose processes read the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.pipeline import Report
from spikeff.pipeline.cluster import cluster
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.presentations import samples_at_once
from spikeff.pipeline.run.parts import Outcome, PartRun, record_bytes, run_part
from spikeff.pipeline.saved import saved
from spikeff.plugins import load_plugins, loaded_files
from spikeff.zoo import PREFIX

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class ShardWork:
    """Some consecutive samples to be run.

    Attributes:
        file: Of the network, as ``spikeff.pipeline.saved.saved`` takes it.
        directory: Of the data set; None without any.
        split: Name of the samples.
        spikes: File of spike trains in their place.
        low: First sample.
        high: Sample behind the last.
        target: What they are run on.
        device: Fields of a device, as pairs.
        on: Torch device of the emulator.
        keep_spikes: Whether spikes are kept in the answers.
        plugins: Files that register kinds of one's own.
    """

    file: str
    directory: Path | None
    split: str
    spikes: Path | None
    target: str
    device: tuple[tuple[str, Any], ...] | None
    on: str
    keep_spikes: bool
    low: int = 0
    high: int = 0
    plugins: tuple[Path, ...] = ()


def run_shard(work: ShardWork) -> PartRun:
    """Run the samples of ``work`` in this process."""
    from hw_targets.registry import get_target

    load_plugins(work.plugins)
    network, images = _loaded(work.file, work.directory, work.split, work.spikes)
    device = None if work.device is None else dict(work.device)
    part = images.read(slice(work.low, work.high))
    return run_part(network, get_target(work.target, device, work.on), part, None, work.keep_spikes)


@lru_cache(maxsize=1)
def _loaded(
    file: str, directory: Path | None, split: str, spikes: Path | None
) -> tuple[IntegerNetwork, Split]:
    network = integers_of(saved(file), directory)
    return network, load_samples(network, split, directory, spikes)


def run_on_cluster(
    address: str, whole: ShardWork, network: IntegerNetwork, report: Report
) -> Outcome:
    """Run shards of all samples of ``whole`` on the cluster at ``address``, joined in their order.

    Args:
        address: See ``spikeff.pipeline.cluster.cluster``.
        whole: All samples.
        network: That of its file.
        report: Called with the samples that are done.
    """
    parts: dict[int, PartRun] = {}
    with cluster(address) as processes:
        works = _shards(whole, network, processes.cores)
        done = 0
        for number, part in processes.done(run_shard, works):
            parts[number] = part
            done += works[number].high - works[number].low
            report(f"run on {whole.target}", done, whole.high - whole.low)
    return Outcome.of([parts[number] for number in range(len(works))])


def _shards(whole: ShardWork, network: IntegerNetwork, cores: int) -> list[ShardWork]:
    """Consecutive samples: at least a shard for each core, none larger than a part of a run."""
    count = whole.high - whole.low
    size = min(samples_at_once(record_bytes(network)), -(-count // cores))
    lows = range(whole.low, whole.high, size)
    return [replace(whole, low=low, high=min(low + size, whole.high)) for low in lows]


def work_of(
    file: Path | str,
    directory: Path | None,
    spikes: Path | None,
    split: str,
    samples: int,
    target: str,
    device: Mapping[str, Any] | None,
    on: str,
    keep_spikes: bool,
) -> ShardWork:
    """The first ``samples`` as work, with names that any process understands."""
    here = str(file) if str(file).startswith(PREFIX) else str(Path(file).absolute())
    return ShardWork(
        here,
        directory.absolute() if directory is not None else None,
        split,
        spikes.absolute() if spikes is not None else None,
        target,
        None if device is None else tuple(device.items()),
        on,
        keep_spikes,
        high=samples,
        plugins=loaded_files(),
    )
