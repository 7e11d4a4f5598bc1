"""Split: the samples of one half of a data set, in memory."""

from __future__ import annotations

from dataclasses import dataclass

from spikeff.description import Array
from spikeff.errors import DataError


@dataclass(frozen=True, eq=False)
class Split:
    """images uint8 (samples, pixels), labels int64 (samples,), shape (rows, columns).

    Spike trains are images of 0 and 255 whose rows are steps and whose columns are channels.
    """

    images: Array
    labels: Array
    shape: tuple[int, int]
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    def head(self, count: int | None) -> Split:
        """The first ``count`` samples; all where None. Raises DataError where fewer exist."""
        if count is None:
            return self
        if not 1 <= count <= len(self):
            raise DataError(f"{count} samples asked for; this split holds 1 to {len(self)}.")
        return Split(self.images[:count], self.labels[:count], self.shape, self.classes)
