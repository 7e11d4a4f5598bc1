"""Images of MNIST's four files as spike trains; numpy alone, so that any library can import it."""

from __future__ import annotations

import gzip
from itertools import pairwise
from pathlib import Path

import numpy as np

PARTS = {"train": "train", "test": "t10k"}
STEPS = 8


def images(folder, part):
    """Grey values from 0 to 1, float32 (samples, 28, 28), and labels, int64 (samples,)."""
    read = []
    for kind, header in (("images-idx3", 16), ("labels-idx1", 8)):
        packed = (Path(folder) / f"{PARTS[part]}-{kind}-ubyte.gz").read_bytes()
        read.append(np.frombuffer(gzip.decompress(packed), np.uint8, offset=header))
    return (read[0] / np.float32(255)).reshape(-1, 28, 28), read[1].astype(np.int64)


def rate_code(grey, steps=STEPS):
    """Spikes as evenly spaced as whole steps allow, round(grey * steps) of them.

    Args:
        grey: From 0 to 1, any shape, an array of numpy or a tensor of torch.

    Returns:
        One array of 0 and 1 per step, each shaped as ``grey``.
    """
    passed = [(grey * step + 0.5) // 1 for step in range(steps + 1)]
    return [after - before for before, after in pairwise(passed)]
