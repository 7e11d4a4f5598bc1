"""What a checkpoint file holds, read and checked field by field; builds no network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from spikeff.data.fingerprint import Fingerprint
from spikeff.errors import FileFormatError, SpikeffError
from spikeff.ir.io.sealed import Arrays, load_sealed
from spikeff.learning.generative import generative_shapes, name_of
from spikeff.nn.builder import weight_shapes
from spikeff.training.config.files import parse_config
from spikeff.training.config.schema import TrainConfig
from spikeff.training.history import History
from spikeff.training.run_folder import CHECKPOINT, checkpoint_path

KIND = "spikeff-checkpoint"
# 2: probes in the history; 3: configuration in sections; 4: in the middle of an epoch.
VERSION = 4
WHOLE_EPOCHS = 3  # what is written between epochs
MAX_COUNT = 2**31


@dataclass(frozen=True)
class Stored:
    """A checkpoint.

    Attributes:
        file: Where it was read.
        meta: Its header.
        arrays: All that training changes, by name.
    """

    file: Path
    meta: dict[str, Any]
    arrays: Arrays

    @cached_property
    def config(self) -> TrainConfig:
        """The configuration that it was trained with."""
        try:
            return parse_config(self.meta["config"], str(self.file))
        except (KeyError, TypeError):
            raise FileFormatError(f"{self.file} holds no configuration.") from None
        except SpikeffError as error:
            raise FileFormatError(
                f"{error}\nIf no plugin is missing, train it again with this version."
            ) from None

    def count(self, name: str, default: int | None = None) -> int:
        """The whole number ``name`` of the header; ``default`` where it is missing."""
        value = self.meta.get(name, default)
        if type(value) is not int or not 0 <= value <= MAX_COUNT:
            raise FileFormatError(f"{self.file}: {name} = {value!r} is not a count.")
        return value

    def table(self, name: str) -> dict[str, Any]:
        """The table ``name`` of the header; {} where it is missing."""
        table = self.meta.get(name, {})
        if not isinstance(table, dict):
            raise FileFormatError(f"{self.file}: damaged metadata ({name} is no table).")
        return table

    @property
    def history(self) -> History:
        """The log up to this checkpoint, without its times."""
        try:
            return History.read(self.meta["history"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileFormatError(f"{self.file}: damaged metadata ({error}).") from None

    @property
    def fingerprints(self) -> dict[str, Fingerprint]:
        """Of the data: "train", and "validation" where it was a split of its own.

        {} in a checkpoint of a version that kept none.
        """
        found = {name: Fingerprint.read(table) for name, table in self.table("data").items()}
        for name, fingerprint in found.items():
            if fingerprint is None:
                raise FileFormatError(f"{self.file}: damaged metadata (data.{name}).")
        return {name: each for name, each in found.items() if each is not None}

    @property
    def rate_cap(self) -> float:
        """Most that the schedule's factor may be; infinite where training was never prolonged."""
        value = self.meta.get("rate_cap", math.inf)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0.0:
            raise FileFormatError(f"{self.file}: rate_cap = {str(value)[:60]!r} is no factor.")
        return float(value)

    def require_shapes(self, pixels: int, classes: int) -> None:
        """The arrays are those that the configuration announces, before memory is taken for them.

        Raises:
            FileFormatError: They are not.
        """
        expected = weight_shapes(self.config.network, pixels, classes)
        hidden = sum(layer.neurons for layer in self.config.layers if layer.read)
        expected["readout.0.weight"] = (classes, hidden + 1)
        if self.config.learning.generative is not None:
            layers = [layer.neurons for layer in self.config.layers]
            shapes = generative_shapes(pixels, layers, classes)
            expected |= {f"{name_of(k)}.0.weight": shape for k, shape in enumerate(shapes)}
        for name, shape in expected.items():
            shape_read = self.arrays[name].shape if name in self.arrays else "none"
            if shape_read != shape:
                raise FileFormatError(
                    f"{self.file}: {name} has shape {shape_read}, its configuration needs {shape}; "
                    f"the file is damaged or foreign."
                )


def read_stored(run: Path) -> Stored:
    """Read the last checkpoint of a run directory, or the checkpoint file ``run``.

    Raises:
        FileFormatError: There is none, it is damaged, or what it holds is not finite.
    """
    if not run.exists():
        raise FileFormatError(
            f"{run} is not a run directory; make one with: spikeff train --out {run}"
        )
    file = run if run.is_file() else checkpoint_path(run)
    if not file.exists():
        raise FileFormatError(f"{run} holds no {CHECKPOINT}: it is not a spikeff run directory.")
    meta, arrays = load_sealed(file, KIND, VERSION)
    _require_finite(file, arrays)
    return Stored(file, meta, arrays)


def _require_finite(file: Path, arrays: Arrays) -> None:
    for name, array in arrays.items():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        if bad:
            raise FileFormatError(
                f"{file}: {name}: {bad} of {array.size} weights are not finite; train again with a "
                f"lower learning rate."
            )
