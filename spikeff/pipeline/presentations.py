"""Test images as the spike trains that simulators and targets are given, in bounded chunks."""

from __future__ import annotations

from collections.abc import Iterator

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode, get_encoder
from spikeff.data.labels import present_all_labels
from spikeff.errors import DataError, LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode, LabelCode

CHUNK_BYTES = 128 * 2**20
MAX_SAMPLE_BYTES = 2**31


def presentations(split: Split, code: InputCode, labels: LabelCode | None, steps: int) -> Array:
    """Spikes bool (steps, presentations, channels): every image, with every label if in the input.

    Raises:
        DataError: The images do not have the network's number of pixels, or spike trains its
            number of steps.
    """
    pixels = get_encoder(code.encoder).channels(split.shape, steps)
    if pixels != code.pixels:
        raise DataError(
            f"the data, encoded by {code.encoder!r}, have {pixels} channels, the network takes "
            f"{code.pixels}; pass the data set that it was trained on."
        )
    spikes = encode(code.encoder, split.whole(), steps, code.threshold)
    return present_all_labels(spikes, labels) if labels is not None else spikes


def passes_per_sample(labels: LabelCode | None) -> int:
    """Presentations that one answer takes: one per label, or one with class columns."""
    return labels.classes if labels is not None else 1


def chunks(split: Split, bytes_per_sample: int) -> Iterator[Split]:
    """Consecutive parts of ``split`` whose records stay within ``CHUNK_BYTES``.

    Raises:
        LimitError: The record of one sample is larger than ``MAX_SAMPLE_BYTES``.
    """
    size = samples_at_once(bytes_per_sample)
    for low in range(0, len(split), size):
        yield split.read(slice(low, low + size))


def samples_at_once(bytes_per_sample: int) -> int:
    """Samples whose records stay within ``CHUNK_BYTES``; raises LimitError as :func:`chunks`."""
    if bytes_per_sample > MAX_SAMPLE_BYTES:
        raise LimitError(
            f"the spikes of one sample take {bytes_per_sample} bytes; {MAX_SAMPLE_BYTES} are the "
            f"most that is run: use fewer neurons, steps or classes."
        )
    return max(1, CHUNK_BYTES // bytes_per_sample)
