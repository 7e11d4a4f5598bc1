"""A trial of a search as a piece of work that any process can do: it reads the data for itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from spikeff.data.dataset import Split, held_out
from spikeff.data.registry import load_split
from spikeff.errors import SpikeffError
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.search.trial import Judgement, judge
from spikeff.plugins import load_plugins
from spikeff.training.config.files import parse_config


@dataclass(frozen=True)
class SearchData:
    """The samples of a search, by what they are read from.

    Attributes:
        dataset: Name of the data set.
        directory: Of its files; None without any.
        samples: How many are used, the first ones; None for all.
        validation: Share of each class that judges.
        seed: Of the choice of these.
        plugins: Files that register kinds of one's own, the data set among them.
    """

    dataset: str
    directory: Path | None
    samples: int | None
    validation: float
    seed: int
    plugins: tuple[Path, ...] = ()

    def whole(self) -> Split:
        """All samples that are used."""
        return load_split(self.dataset, "train", self.directory).head(self.samples)


@dataclass(frozen=True)
class TrialWork:
    """A configuration to be judged.

    Attributes:
        config: As TOML.
        data: The samples to learn and to judge by.
        bits: Of a weight.
        chip: That it must fit.
        device: On which torch computes.
    """

    config: str
    data: SearchData
    bits: int
    chip: str
    device: str


def judged(
    work: TrialWork, parts: tuple[Split, Split] | None = None, report: Report = silent
) -> Judgement | str:
    """How the configuration does, or why it cannot be used.

    Args:
        work: The configuration.
        parts: Samples to learn and to judge by, where they are in memory; else they are read.
        report: Called with what is done.
    """
    learn, held = parts or _parts(work.data)
    try:
        config, device = parse_config(work.config, "candidate"), torch_device(work.device)
        return judge(config, learn, held, work.bits, work.chip, device, report)
    except SpikeffError as error:
        return str(error)


@lru_cache(maxsize=1)
def _parts(data: SearchData) -> tuple[Split, Split]:
    """Samples to learn and to judge by, read once by a process."""
    load_plugins(data.plugins)
    return held_out(data.whole(), data.validation, data.seed)
