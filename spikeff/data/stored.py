"""Images that stay on the disk: memory-mapped arrays, read a few samples at a time."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spikeff.data.values import require_range
from spikeff.ir.arrays import Array

# Bytes that are read at once where all samples are gone through.
READ_BYTES = 2**24
# Pages that were read are given back to the system after so many bytes; each sample may have
# brought that much around it into memory.
KEPT_BYTES, AROUND = 2**26, 2**16


def mapping_of(array: Any) -> mmap.mmap | None:
    """The memory map that an array is a view of; None for an array in memory."""
    while array is not None and not isinstance(array, mmap.mmap):
        array = array.obj if isinstance(array, memoryview) else getattr(array, "base", None)
    return array


def gives_back(array: Any) -> bool:
    """Whether a view of a mapped file loses nothing if the system takes back its pages.

    It would where changes stay in memory: mode "c" of ``numpy.memmap``. Of a map that is not
    NumPy's, nobody knows.
    """
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return array.mode != "c"
        array = array.base
    return False


class StoredImages:
    """uint8 (samples, pixels) out of memory-mapped arrays, one behind another.

    Reads as an array does, ``images[rows]``; :meth:`some` is a view that reads nothing.

    Args:
        parts: Arrays (samples, ...), the same but for the number of samples.
        convert: From some samples of a part to their images, uint8 (samples, pixels); raises
            DataError where they cannot be used.
        rows: The samples that there are, in their order; None for all.
    """

    def __init__(
        self,
        parts: Sequence[Array],
        convert: Callable[[Array], Array],
        rows: Array | None = None,
    ) -> None:
        self._parts, self._convert, self._rows = list(parts), convert, rows
        self._ends = np.cumsum([len(part) for part in parts])
        self._unreleased = 0
        self.pixels = convert(self._parts[0][:1]).shape[1]
        self.dtype = np.dtype(np.uint8)

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples and pixels."""
        return len(self), self.pixels

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._rows is None else len(self._rows)

    def __getitem__(self, rows: slice | Array) -> Array:
        """Read some samples, named by a slice, integers or bools."""
        wanted = self._numbers(rows)
        owners = np.searchsorted(self._ends, wanted, side="right")
        images = np.empty((len(wanted), self.pixels), np.uint8)
        for owner in np.unique(owners):
            here = owners == owner
            part = self._parts[owner]
            images[here] = self._convert(part[wanted[here] - (self._ends[owner] - len(part))])
        self._release(len(wanted))
        return images

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """All of them in memory."""
        return np.asarray(self[:], dtype)

    def some(self, rows: slice | Array) -> StoredImages:
        """Those samples, in that order, without reading them."""
        return StoredImages(self._parts, self._convert, self._numbers(rows))

    @property
    def _bytes(self) -> int:
        """Of one sample as it is stored."""
        return int(self._parts[0][:1].nbytes)

    def _numbers(self, rows: slice | Array) -> Array:
        if isinstance(rows, slice):
            numbers = np.arange(*rows.indices(len(self)))
        else:
            numbers = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.asarray(rows)
        return numbers if self._rows is None else self._rows[numbers]

    def _release(self, samples: int) -> None:
        """Let the system take back the pages that were read, before they add up."""
        self._unreleased += samples * max(self._bytes, AROUND)
        if self._unreleased < KEPT_BYTES or not hasattr(mmap, "MADV_DONTNEED"):
            return
        self._unreleased = 0
        for part in self._parts:
            pages = mapping_of(part)
            if pages is not None and gives_back(part):
                pages.madvise(mmap.MADV_DONTNEED)


def require_usable(owner: str, images: StoredImages, in_steps: bool) -> None:
    """Read all samples once, so that none fails in the middle of a training.

    Args:
        owner: What to call them in an error.
        images: The samples.
        in_steps: Whether they are spike trains.

    Raises:
        DataError: One cannot be used, or intensities are 0 and 1 alone.
    """
    highest = np.uint8(0)
    for piece in in_pieces(images):
        highest = max(highest, images[piece].max(initial=0))
    if not in_steps:
        require_range(owner, np.array([highest], np.uint8))


def in_pieces(images: Array | StoredImages) -> list[slice]:
    """All samples as slices that take about ``READ_BYTES`` each."""
    size = max(1, READ_BYTES // max(1, images.shape[1]))
    return [slice(low, low + size) for low in range(0, len(images), size)]


def rows_of(images: Array | StoredImages, rows: slice | Array) -> Array | StoredImages:
    """Some samples: read where they are in memory, a view where they are stored."""
    return images.some(rows) if isinstance(images, StoredImages) else images[rows]
