"""What is measured: each file has a function ``measure(case, seed, where)`` that gives a record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Where:
    """Directories: ``data`` of MNIST's files, None without; ``out`` for the runs of a sweep."""

    data: Path | None
    out: Path
