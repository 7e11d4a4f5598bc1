"""`spikeff bundle`: a network with spikes to try it on, as a job that runs without spikeff."""

from __future__ import annotations

import ast
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import spikeff
from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.goodness import BUILT_IN
from spikeff.ir.io.sealed import Arrays, sealed_bytes
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.numbers import plain_numbers
from spikeff.ir.trace import SpikeTrace
from spikeff.pipeline import Report, silent
from spikeff.pipeline.board_job.runner import INPUT_KEY, KIND, LABELS_KEY, NETWORK, SPIKES, VERSION
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork

PACKAGES = ("spikeff", "lava_export", "hw_targets")
# Modules that the runner imports by name, or that Lava finds beside the processes.
ROOTS = (
    "spikeff.pipeline.board_job.runner",
    "hw_targets.lava.cpu",
    "hw_targets.loihi2.board",
    "hw_targets.lava.probe.models",
    "lava_export.lava.stream.models",
)
# Equal content gives equal bytes.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)
EXECUTABLE, PLAIN = 0o755, 0o644


@dataclass(frozen=True)
class BundleReport:
    """What was written. right : correct answers of the emulator on the samples inside;
    None where these have no labels."""

    file: str
    bytes: int
    samples: int
    presentations: int
    modules: int
    right: int | None


@plain_numbers
def bundle(
    file: Path | str,
    out: Path | str,
    samples: int = 10,
    data: Path | str | None = None,
    split: str = "test",
    spikes: Path | str | None = None,
    report: Report = silent,
) -> BundleReport:
    """Write an IntegerNetwork file with the first ``samples`` of ``split`` as a zipped job."""
    found = saved(file)
    directory = data_directory(file, data) if spikes is None else None
    require_output(out, found.path, directory, spikes)
    network = found.network()
    given = Path(spikes) if spikes is not None else None
    images = load_samples(network, split, directory, given).head(samples)
    return bundle_network(network, images, Path(out), report)


def bundle_network(
    network: IntegerNetwork, images: Split, out: Path, report: Report = silent
) -> BundleReport:
    """As :func:`bundle`, from a network and samples.

    Raises:
        ConfigError: The network's goodness is not one of those that a job carries.
    """
    from hw_targets.emulator import run as emulator
    from lava_export.integers.file import integer_network_bytes
    from spikeff.ir.readout_codes import answers

    foreign = sorted({name for name, _ in network.readout.measures()} - BUILT_IN)
    if foreign:
        raise ConfigError(
            f"a job carries spikeff's own goodness ({', '.join(sorted(BUILT_IN))}) and not "
            f"{foreign[0]!r}; run the network where it is registered."
        )
    inputs = presentations(images, network.input, network.labels, network.steps)
    report("emulator", 0, 2)
    trace = emulator.run(network, inputs).trace
    report("bundle", 1, 2)
    spikes = trace.window(network.steps).spikes
    guesses = answers(spikes, network.readout, network.populations)
    modules = job_modules()
    files = {f"code/{_path_in_package(name)}": _source(name) for name in modules}
    files |= {
        NETWORK: integer_network_bytes(network),
        SPIKES: _spike_bytes(inputs, trace, images.labels),
        "run.py": _template("run.py.txt"),
        "slurm.sh": _template("slurm.sh"),
        "requirements.txt": _template("requirements.txt"),
        "README.md": _readme(network, len(images), inputs.shape[1]).encode(),
    }
    write_bytes_whole(out, _zipped(files, out.stem))
    report("bundle", 2, 2)
    return BundleReport(
        file=str(out),
        bytes=out.stat().st_size,
        samples=len(images),
        presentations=inputs.shape[1],
        modules=len(modules),
        right=int((guesses == images.labels).sum()) if images.labels.min() >= 0 else None,
    )


def job_modules() -> list[str]:
    """All of our modules that the runner reaches, by the imports in the sources."""
    modules: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in modules:
            continue
        modules.add(name)
        waiting += [*_parents(name), *_imports(name)]
    return sorted(modules)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:k]) for k in range(1, len(parts))]


def _imports(name: str) -> list[str]:
    ours = []
    for node in _executed(ast.parse(_source(name))):
        if isinstance(node, ast.Import):
            ours += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            members = [f"{node.module}.{alias.name}" for alias in node.names]
            ours += [node.module, *(m for m in members if _is_module(m))]
    return [n for n in ours if n.split(".")[0] in PACKAGES and _is_module(n)]


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below ``node``, but for what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _executed(child)


def _is_module(name: str) -> bool:
    return name.split(".")[0] in PACKAGES and _file(name) is not None


def _file(name: str) -> Path | None:
    root, *rest = name.split(".")
    base = Path(str(import_module(root).__file__)).parent.joinpath(*rest)
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _source(name: str) -> bytes:
    path = _file(name)
    assert path is not None
    return path.read_bytes()


def _path_in_package(name: str) -> str:
    path = _file(name)
    assert path is not None
    stem = name.replace(".", "/")
    return f"{stem}/__init__.py" if path.name == "__init__.py" else f"{stem}.py"


def _template(name: str) -> bytes:
    return resources.files("spikeff.pipeline.board_job").joinpath(f"job/{name}").read_bytes()


def _readme(network: IntegerNetwork, samples: int, presentations: int) -> str:
    sizes = "-".join(str(p.size) for p in network.populations)
    bits = network.quantization.weight_bits if network.quantization else "?"
    title = (
        f"A spiking network of {network.input_size} inputs and {sizes} neurons, trained on "
        f"{network.dataset or 'data of its own'}, "
        f"{bits}-bit weights, {network.period} steps per presentation."
    )
    return (
        _template("README.md")
        .decode()
        .format(
            title=title,
            samples=samples,
            presentations=presentations,
            version=spikeff.__version__,
        )
    )


def _spike_bytes(inputs: Array, trace: SpikeTrace, labels: Array) -> bytes:
    arrays: Arrays = {
        INPUT_KEY: np.packbits(inputs, axis=-1),
        LABELS_KEY: np.asarray(labels, np.int64),
    }
    arrays |= {f"expected.{k}": np.packbits(z, axis=-1) for k, z in trace.spikes.items()}
    return sealed_bytes(KIND, VERSION, {"samples": inputs.shape[1]}, arrays)


def _zipped(files: dict[str, bytes], folder: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as handle:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", TIMESTAMP)
            entry.external_attr = (EXECUTABLE if name.endswith(".sh") else PLAIN) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            handle.writestr(entry, files[name])
    return archive.getvalue()
