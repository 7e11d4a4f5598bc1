"""Samples that a trained network makes itself: images of its generative side, or text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from spikeff.data.classes import NO_LABEL
from spikeff.data.dataset import Split
from spikeff.data.registry import DATASETS
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.numbers import plain_numbers, seed_number, whole_number
from spikeff.learning.negatives.labels import neutral_counts
from spikeff.learning.roll_out import Sampler
from spikeff.learning.text import continued
from spikeff.nn.builder import encode_events
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.samples import data_directory, run_samples
from spikeff.pipeline.saved import saved
from spikeff.training.model import Model

DATA, NOISE, LABEL, TEXT = "data", "noise", "label", "text"
MOST_SAMPLES, MOST_STEPS, MOST_CHARACTERS = 1000, 1000, 100_000


@dataclass(frozen=True)
class OwnSample:
    """One sample.

    Attributes:
        start: What the roll-out started from: a real sample ("data"), "noise", or a clamped
            "label"; "text" where it continues real text.
        label: Of the real sample, or the one that was clamped; None where there is none.
        answer: The class that the network's one-pass readout sees in it; None for text.
        began: The real text; "" for images.
        text: What was written after it; "" for images.
        image: Intensities of 0 to 255, row after row; () for text.
    """

    start: str
    label: int | None = None
    answer: int | None = None
    began: str = ""
    text: str = ""
    image: tuple[int, ...] = ()

    @property
    def group(self) -> str:
        """What the sample started from, with the label that was clamped."""
        return f"{LABEL} {self.label}" if self.start == LABEL else self.start


@dataclass(frozen=True)
class SampleResult:
    """Samples of a run.

    Attributes:
        shape: Rows and columns of an image; of a window, characters and symbols.
        picture: File that the images were drawn into; None without one.
    """

    run: str
    epochs: int
    seed: int
    shape: tuple[int, int]
    samples: tuple[OwnSample, ...]
    picture: str | None = None


@plain_numbers
def sample(
    run: Path | str,
    *,
    data: Path | str | None = None,
    samples: int = 8,
    roll_out: int = 1,
    characters: int = 200,
    seed: int = 0,
    out: Path | str | None = None,
) -> SampleResult:
    """Let the network of a run make samples.

    Args:
        run: Run directory or checkpoint file.
        data: Directory of the data set's files, for real starts; those of the training where it is
            None.
        samples: Samples of each kind of start, and of each label.
        roll_out: Steps of each roll-out of images.
        characters: Length of text.
        seed: Of all that is drawn.
        out: PNG to draw images into.

    Raises:
        ConfigError: The network makes no samples, or no pictures of them.
        DataError: The data cannot be read.
        FileFormatError: ``run`` is no run, or damaged.
    """
    whole_number("samples", samples, 1, MOST_SAMPLES)
    whole_number("roll_out", roll_out, 1, MOST_STEPS)
    whole_number("characters", characters, 1, MOST_CHARACTERS)
    generator = torch.Generator().manual_seed(seed_number(seed))
    source = saved(run)
    model = source.model()
    symbols = _symbols_or_images(str(run), model)
    directory = data_directory(run, data)
    if out is not None:
        _require_images(str(run), symbols)
        require_output(out, source.path, directory)
    starts = run_samples(model, "test", directory)
    if symbols is not None:
        made = text_samples(model, starts, symbols, samples, characters, generator)
    else:
        made = image_samples(model, starts, samples, roll_out, generator)
    result = SampleResult(str(run), model.epochs_done, seed, starts.shape, made)
    if out is None:
        return result
    write_bytes_whole(Path(out), _drawn(result))
    return replace(result, picture=str(out))


@torch.no_grad()
def image_samples(
    model: Model, starts: Split, count: int, steps: int, generator: torch.Generator
) -> tuple[OwnSample, ...]:
    """``count`` images from real starts, as many from noise and from each label.

    Args:
        model: With a generative side.
        starts: Real samples, the first of which are taken.
        steps: Of each roll-out.
    """
    sampler, classes = model.sampler, model.network.classes
    if sampler is None:
        return ()
    first = starts.head(min(count, len(starts)))
    real = first.images[: len(first)]
    known = torch.from_numpy(first.labels).clamp(min=0).to(model.device)
    named = [None if label == NO_LABEL else label for label in first.labels.tolist()]
    clamped = torch.arange(classes, device=model.device).repeat_interleave(count)
    batches = (
        (DATA, named, sampler.rolled_out(real, steps, known)),
        (NOISE, [None] * count, sampler.rolled_out(sampler.noise(count, generator), steps)),
        (LABEL, clamped.tolist(), _of_labels(sampler, clamped, steps, generator)),
    )
    return tuple(
        OwnSample(start, label, answer, image=tuple(image.tolist()))
        for start, labels, images in batches
        for label, image, answer in zip(labels, images, _answers(model, images), strict=True)
    )


def _of_labels(
    sampler: Sampler, labels: torch.Tensor, steps: int, generator: torch.Generator
) -> Array:
    """Images from clamped labels; the first step leads from the label to an image."""
    return sampler.rolled_out(sampler.imagined(labels, generator), steps - 1, labels)


@torch.no_grad()
def text_samples(
    model: Model,
    starts: Split,
    symbols: str,
    count: int,
    characters: int,
    generator: torch.Generator,
) -> tuple[OwnSample, ...]:
    """Text that continues ``count`` windows of ``starts``, taken at equal distances."""
    rows = np.linspace(0, len(starts) - 1, min(count, len(starts))).astype(int)
    windows = starts.images[rows]

    def guess(read: Array) -> torch.Tensor:
        return model.readout.probabilities(_counts(model, read))

    text = continued(windows, starts.shape, characters, guess, generator)
    written = text.labels.reshape(characters, len(rows)).t().tolist()
    began = windows.reshape(len(rows), *starts.shape).argmax(2).tolist()
    return tuple(
        OwnSample(TEXT, began=_spelt(symbols, before), text=_spelt(symbols, after))
        for before, after in zip(began, written, strict=True)
    )


def _spelt(symbols: str, numbers: list[int]) -> str:
    return "".join(symbols[number] for number in numbers)


def _counts(model: Model, images: Array) -> torch.Tensor:
    events = encode_events(model.config.data, images, model.device)
    return neutral_counts(model.network, events)


def _answers(model: Model, images: Array) -> Iterator[int]:
    yield from model.readout.logits(_counts(model, images)).argmax(1).tolist()


def _symbols_or_images(run: str, model: Model) -> str | None:
    """Characters that the network writes; None where it makes images.

    Raises:
        ConfigError: It does neither.
    """
    dataset = DATASETS.get(model.config.data.dataset)
    symbols = dataset.symbols if dataset is not None else None
    if symbols is None and model.generative is None:
        texts = ", ".join(name for name, each in DATASETS.items() if each.symbols is not None)
        raise ConfigError(
            f"{run} makes no samples: it has no generative side. Train one with "
            f"learning.generative, such as preset mnist-dream, or on text ({texts})."
        )
    return symbols


def _require_images(run: str, symbols: str | None) -> None:
    if symbols is not None:
        raise ConfigError(f"{run} writes text, which --out does not draw; leave --out out.")


def _drawn(result: SampleResult) -> bytes:
    from spikeff.plots.samples import picture_of

    return picture_of(images_by_start(result.samples, result.shape))


def images_by_start(samples: Iterable[OwnSample], shape: tuple[int, int]) -> dict[str, list[Array]]:
    """Images uint8 of ``shape``, by what they started from."""
    groups: dict[str, list[Array]] = {}
    for each in samples:
        groups.setdefault(each.group, []).append(np.array(each.image, np.uint8).reshape(shape))
    return groups
