"""Fingerprint of samples: whether two splits hold the same data, and which classes occur."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.stored import in_pieces
from spikeff.ir.io.fields import wrong_types


@dataclass(frozen=True)
class Fingerprint:
    """What tells one split from another.

    Attributes:
        sha256: Of shape, classes, samples and labels, in their order.
        samples: Number of samples.
        classes: Number of classes.
        per_class: Samples of each class.
    """

    sha256: str
    samples: int
    classes: int
    per_class: tuple[int, ...]

    @classmethod
    def of(cls, split: Split) -> Fingerprint:
        """The fingerprint of ``split``."""
        digest = hashlib.sha256(repr((split.images.shape, split.shape, split.classes)).encode())
        for piece in in_pieces(split.images):
            digest.update(np.ascontiguousarray(split.images[piece]).data)
        digest.update(np.ascontiguousarray(split.labels).data)
        counts = np.bincount(split.labels, minlength=split.classes)
        return cls(digest.hexdigest(), len(split), split.classes, tuple(counts.tolist()))

    @classmethod
    def read(cls, table: Any) -> Fingerprint | None:
        """The fingerprint that :meth:`as_dict` wrote; None where ``table`` is anything else."""
        if not isinstance(table, dict) or set(table) != set(cls.__dataclass_fields__):
            return None
        listed: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in table.items()
        }
        return None if wrong_types(cls, listed) else cls(**listed)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)

    @property
    def labels(self) -> tuple[int, ...]:
        """Labels that occur, in order."""
        return tuple(label for label, count in enumerate(self.per_class) if count)

    def __str__(self) -> str:
        return f"{self.samples} samples of {len(self.labels)} classes, sha256 {self.sha256[:12]}"
