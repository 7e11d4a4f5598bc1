"""Trained networks that come with the package: integer networks by name, each with its origin.

``zoo.toml`` holds one table per network: the commands that made it, the seed, and its figures on
the full test split.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from spikeff.errors import UnknownNameError
from spikeff.ir.io.text import parse_toml

PREFIX = "zoo:"


@dataclass(frozen=True)
class ZooEntry:
    """One network of the zoo. Accuracies are shares of the ``test_samples`` of its test split.

    Attributes:
        commands: Commands that made it.
        seed: Seed of the training.
        bits: Bits of a weight.
        float_accuracy: Accuracy before quantisation.
        accuracy: Accuracy of the file, on the emulator.
        shuffled_accuracy: Accuracy of the float network with each neuron's spikes shuffled in time.
        coincidence_ratio: Coincidence ratio per layer, on positives.
        synops: Synaptic operations per sample, all its passes.
    """

    name: str
    dataset: str
    summary: str
    commands: tuple[str, ...]
    seed: int
    bits: int
    test_samples: int
    float_accuracy: float
    accuracy: float
    shuffled_accuracy: float
    coincidence_ratio: tuple[float, ...]
    synops: float

    @property
    def path(self) -> Path:
        """Where its network file lies."""
        return _folder() / f"{self.name}.safetensors"


def zoo() -> dict[str, ZooEntry]:
    """All networks of the zoo by name."""
    tables = parse_toml((_folder() / "zoo.toml").read_text("utf-8"), "zoo.toml")
    return {name: _entry(name, table) for name, table in tables.items()}


def network_path(file: Path | str) -> Path:
    """The path that ``file`` names; "zoo:NAME" is a network of the zoo.

    Raises:
        UnknownNameError: The zoo has no such network; the message lists those that exist.
    """
    text = str(file)
    if not text.startswith(PREFIX):
        return Path(file)
    entries, name = zoo(), text.removeprefix(PREFIX)
    if name not in entries:
        raise UnknownNameError("network of the zoo", name, entries)
    return entries[name].path


def _entry(name: str, table: dict[str, Any]) -> ZooEntry:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return ZooEntry(name=name, **fields)


def _folder() -> Path:
    return Path(str(resources.files("spikeff.zoo")))
