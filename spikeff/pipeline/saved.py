"""What a name on disk stands for: a run directory, an integer network or a float description."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from spikeff.errors import FileFormatError
from spikeff.ir.io import description as descriptions
from spikeff.ir.io.sealed import kind_of_file
from spikeff.ir.network import NetworkDescription
from spikeff.lowering import describe
from spikeff.training import checkpoint, stored
from spikeff.training.config.files import presets
from spikeff.training.model import Model
from spikeff.training.run_folder import CHECKPOINT, checkpoint_path
from spikeff.zoo import PREFIX, network_path, zoo

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork

NETWORK = "network.safetensors"  # of a run on a chip
RUN, INTEGERS, DESCRIPTION = "run directory", "integer network", "float description"
FIRST_BYTES = {  # of files that people take for a network
    b"\x89HDF\r\n\x1a\n": "an HDF5 file, as NIR's and lava-dl's are; make integers of it with "
    "`spikeff from-nir {0} --out FILE` or `spikeff from-netx {0} --out FILE`",
    b"PK\x03\x04": "a zip archive (.npz samples, or a job for a board), not a network",
}


@dataclass(frozen=True)
class Saved:
    """A network on disk.

    Attributes:
        name: As the caller gave it.
        path: Its directory or file.
        kind: ``RUN``, ``INTEGERS`` or ``DESCRIPTION``.
    """

    name: str
    path: Path
    kind: str

    @property
    def is_run(self) -> bool:
        """Whether it is a run directory, or a checkpoint file such as its ``best.safetensors``."""
        return self.kind == RUN

    @property
    def is_integers(self) -> bool:
        """Whether it holds an integer network."""
        return self.kind == INTEGERS

    def model(self, device: torch.device | None = None) -> Model:
        """The trained model of a run on ``device`` [cpu].

        Raises:
            FileFormatError: It is no run, or a damaged one.
        """
        if not self.is_run:
            raise FileFormatError(
                f"{self.name} is a network file ({self.kind}), and a run directory is needed, "
                f"which holds the floats and their configuration: pass what `spikeff train` wrote."
            )
        return checkpoint.load_model(self.path, device)

    def network(self) -> IntegerNetwork:
        """The integers of a network file.

        Raises:
            FileFormatError: It is something else, or damaged.
        """
        from lava_export.integers.file import load_integer_network

        if self.is_run:
            raise FileFormatError(
                f"{self.name} is a trained run, and a network file is needed: write it with "
                f"`spikeff export {self.name} --out FILE`, then pass FILE."
            )
        if self.kind == DESCRIPTION:
            raise FileFormatError(
                f"{self.name} holds a float description, and integers are needed: quantise it with "
                f"spikeff.pipeline.compile.export.export_description."
            )
        return load_integer_network(self.path)

    def description(self) -> NetworkDescription:
        """The floats of a run or of a description.

        Raises:
            FileFormatError: It holds integers alone, or is damaged.
        """
        if self.is_integers:
            raise FileFormatError(
                f"{self.name} holds integers alone, and floats are needed: pass the run directory "
                f"that it was exported from. What a chip has learned has no floats, and needs no "
                f"export: {NETWORK} in its run is a network file."
            )
        if self.kind == DESCRIPTION:
            return descriptions.load_description(self.path)
        return describe(self.model())


def saved(source: Path | str) -> Saved:
    """Find out what ``source`` is, without reading its weights.

    Args:
        source: A run directory, a checkpoint file of one, a network file, or "zoo:NAME".

    Raises:
        UnknownNameError: The zoo has no such network; the message lists those that exist.
        FileFormatError: It is nothing that can be used; the message names the command that helps.
    """
    name = str(source)
    if name.startswith(PREFIX):
        return Saved(name, network_path(name), INTEGERS)
    path = Path(source)
    if path.is_dir() and not checkpoint_path(path).exists() and (path / NETWORK).exists():
        return Saved(name, path / NETWORK, INTEGERS)  # learned on a chip
    if path.is_dir():
        return Saved(name, path, _kind_of_directory(path))
    if not path.exists():
        raise FileFormatError(_nothing_there(name))
    return Saved(name, path, _kind_of_file(path))


def _kind_of_directory(path: Path) -> str:
    if not checkpoint_path(path).exists():
        raise FileFormatError(
            f"{path} holds no {CHECKPOINT}: it is not a run directory. Train into it with "
            f"`spikeff train --preset NAME --out {path}`, or pass another."
        )
    return RUN


def _kind_of_file(path: Path) -> str:
    from lava_export.integers import file as integers

    with open(path, "rb") as handle:
        head = handle.read(8)
    for first, sentence in FIRST_BYTES.items():
        if head.startswith(first):
            raise FileFormatError(f"{path} is {sentence.format(path)}.")
    if path.suffix == ".toml":
        raise FileFormatError(
            f"{path} is a configuration; train it with `spikeff train --config {path} --out DIR`."
        )
    kind = kind_of_file(path)
    kinds = {integers.KIND: INTEGERS, descriptions.KIND: DESCRIPTION, stored.KIND: RUN}
    if kind not in kinds:
        raise FileFormatError(
            f"{path} holds a {kind!r}; a network file is one of: {', '.join(kinds)}."
        )
    return kinds[kind]


def _nothing_there(name: str) -> str:
    sentences = [f"{name} is not a run directory, and no file of that name exists."]
    if name in zoo():
        sentences.append(f"The trained network is called '{PREFIX}{name}'.")
    if name in presets():
        sentences.append(f"The preset is trained with `spikeff train --preset {name} --out DIR`.")
    if len(sentences) == 1:
        sentences.append(
            f"Make a run with `spikeff train --preset NAME --out {name}`, a network file with "
            f"`spikeff export RUN --out {name}`, or pass one of "
            f"{', '.join(PREFIX + each for each in zoo())}."
        )
    return " ".join(sentences)
