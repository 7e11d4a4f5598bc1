"""NIR files (Pedersen et al., "Neuromorphic intermediate representation", Nature Communications
15, 8122, 2024): HDF5 as the package ``nir`` reads it, and what we add as metadata.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nir
from nir.serialization import read_version

from lava_export.nir.limits import require_plain
from spikeff.errors import FileFormatError
from spikeff.ir.io.text import parse_json
from spikeff.ir.io.whole_file import write_bytes_whole

KEY = "spikeff"
EXACT, APPROXIMATE, LEFT_OUT = "exact", "approximate", "left out"
ASSUMED = "assumed"  # what the file does not say


@dataclass(frozen=True)
class Grade:
    """How one aspect of a network passes through NIR and why.

    Attributes:
        grade: "exact", "approximate", "left out" or "assumed".
    """

    item: str
    grade: str
    reason: str


def write_nir(path: Path, graph: Any) -> None:
    """Write a NIR graph to ``path``, whole or not at all.

    Raises:
        FileFormatError: The name of a node is none in HDF5.
    """
    for name in graph.nodes:
        if name in ("", ".") or "/" in name or "\0" in name:
            raise FileFormatError(f"NIR node {name!r}: no such name in HDF5; rename it.")
    with tempfile.TemporaryDirectory(prefix="spikeff-nir-") as folder:
        file = Path(folder) / "graph.nir"
        nir.write(file, graph)
        write_bytes_whole(path, file.read_bytes())


def read_nir(path: Path) -> Any:
    """Read a NIR graph.

    Raises:
        FileFormatError: The file is damaged or foreign.
    """
    if not path.is_file():
        raise FileFormatError(f"{path} does not exist or is no file; a NIR file was expected.")
    try:
        require_plain(path, "NIR")
        version = read_version(path)
        if version.split(".")[0] not in ("0", "1"):
            raise FileFormatError(
                f"{path} is NIR {version}; 0.x and 1.x are read: upgrade spikeff or write it again."
            )
        # Scalars describe whole layers in some files, which the type check refuses.
        graph = nir.read(path, type_check=False)
    except FileFormatError:
        raise
    # The reader answers damage with errors of h5py, numpy and its own assertions.
    except Exception as error:
        raise FileFormatError(
            f"{path} is not a readable NIR file ({type(error).__name__}: {error}); it is damaged, "
            f"foreign, or holds a node that nir {nir.version} does not know."
        ) from None
    if not isinstance(graph, nir.NIRGraph):
        raise FileFormatError(f"{path} holds a single {type(graph).__name__}, no graph.")
    return graph


def metadata_of(graph: Any) -> dict[str, Any] | None:
    """The table that our exporter left in ``graph``, None in graphs made elsewhere."""
    text = graph.metadata.get(KEY) if isinstance(graph.metadata, dict) else None
    if text is None:
        return None
    try:
        table = parse_json(text.decode() if isinstance(text, bytes) else str(text))
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"the NIR graph's spikeff metadata are damaged: {error}.") from None
    if not isinstance(table, dict):
        raise FileFormatError("the NIR graph's spikeff metadata are not a table.")
    return table
