"""Networks of other libraries, on whole test sets: `python -m benchmarks.elsewhere.measure`.

`snntorch_images.py` and `snntorch_speech.py` beside this file train them and record their spikes,
in an environment of their own. Every spike of the test set is compared with the floats, then the
integers answer it on the emulator; a few samples run in Lava's models, too. Writes elsewhere.md and
.json into docs/results, or into `--out`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from hw_targets.emulator import run as emulator
from hw_targets.lava import direct
from lava_export.chips.catalogue import get_chip
from lava_export.integers.file import save_integer_network
from lava_export.integers.network import IntegerNetwork
from lava_export.mapping.capacity import chip_capacity
from lava_export.nir.file import read_nir
from lava_export.nir.importer import import_description
from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_spike_file
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.network import NetworkDescription
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import compare_traces
from spikeff.pipeline.board_job.bundle import bundle
from spikeff.pipeline.compile.calibrated import calibration_presentations, quantize_on
from spikeff.pipeline.energy.estimate import energy
from spikeff.pipeline.presentations import presentations
from spikeff.references import floats

DT = 1e-4  # snnTorch writes its constants for it
CHUNK = 500  # samples


@dataclass(frozen=True)
class Trained:
    """A network trained elsewhere.

    Attributes:
        what: Its task and shape.
        steps: Of a sample.
        reset: As `spikeff from-nir --reset` has it.
        given: What it is given, as `--input` has it.
        currents_as: How currents come in, as `--currents-as` has it.
        input_bits: Of each current.
        files: Name of what was recorded, where it is not that of the network.
    """

    what: str
    steps: int
    reset: str
    given: str = "spikes"
    currents_as: str | None = None
    input_bits: int | None = None
    files: str = ""


NETWORKS = {
    "mnist": Trained(
        "MNIST, 16 and 32 channels of convolution, reset to zero, weights as trained", 8, "zero"
    ),
    "fashion": Trained(
        "Fashion-MNIST, the same shape, snnTorch's default reset, weights on a grid of 1/128",
        8,
        "subtract-late",
    ),
    "speech": Trained("spoken digits, 96-128-10, recurrent, reset to zero", 50, "zero"),
    "pixels": Trained(
        "MNIST, 784-100-10, reset to zero, pixels as currents, by spikes of their 8 bits",
        8,
        "zero",
        given="currents",
    ),
    "pixels-5": Trained(
        "the same, pixels of 5 bits",
        8,
        "zero",
        given="currents",
        input_bits=5,
        files="pixels",
    ),
    "pixels-bias": Trained(
        "the same, 8 bits, biases that the host writes",
        8,
        "zero",
        given="currents",
        currents_as="bias",
        files="pixels",
    ),
    "tutorial": Trained(
        "MNIST, 784-1000-10 in 25 steps, snnTorch's default reset, pixels of 5 bits as currents",
        25,
        "subtract-late",
        given="currents",
        input_bits=5,
    ),
}


def measure(folder: Path, name: str, lava_samples: int) -> dict[str, Any]:
    """Figures of one network, from the files that its recording wrote into ``folder``."""
    trained = NETWORKS[name]
    files = trained.files or name
    begun = time.perf_counter()
    graph = read_nir(folder / f"{files}.nir")
    description = import_description(
        graph,
        DT,
        trained.steps,
        reset=trained.reset,
        given=trained.given,
        currents_as=trained.currents_as,
        input_bits=trained.input_bits,
    ).description
    classes = description.readout.classes
    test = load_spike_file(folder / f"{files}_spikes.npz", classes)
    some = load_spike_file(folder / f"{files}_calibration.npz", classes)
    network = quantize_on(description, 8, calibration_presentations(description, some))[0]
    imported = time.perf_counter() - begun
    compared = _against_source(description, test, read_arrays(folder / f"{files}_theirs.npz"))
    right = sum(
        int((_answers(network, inputs) == labels).sum())
        for inputs, labels in _chunks(description, test)
    )
    return {
        **compared,
        "integers_right": right,
        "lava": _against_lava(network, test.head(lava_samples)),
        **_on_a_chip(network, folder / f"{files}_spikes.npz"),
        "seconds_to_integers": imported,
    }


def _chunks(network: Any, split: Split) -> list[tuple[Array, Array]]:
    """Input spikes (steps, samples, channels) and labels, a part of the samples each."""
    numbers = np.arange(len(split))
    parts = [split.take(numbers[k : k + CHUNK]) for k in range(0, len(split), CHUNK)]
    return [
        (presentations(p, network.input, network.labels, network.steps), p.labels) for p in parts
    ]


def _answers(network: IntegerNetwork, inputs: Array) -> Array:
    spikes = emulator.run(network, inputs).trace.window(network.steps).spikes
    return answers(spikes, network.readout, network.populations)


def _against_source(
    description: NetworkDescription, test: Split, theirs: dict[str, Array]
) -> dict[str, Any]:
    """Every spike of every population, and how many samples both answer right."""
    spikes = differing = 0
    right = {"source": 0, "floats": 0}
    for k, (inputs, labels) in enumerate(_chunks(description, test)):
        rows = slice(k * CHUNK, k * CHUNK + len(labels))
        recorded = {name: np.moveaxis(z[rows], 0, 1) > 0 for name, z in theirs.items()}
        ours = floats.run(description, inputs).spikes
        spikes += sum(int(z.sum()) for z in recorded.values())
        differing += sum(int((ours[name] != z).sum()) for name, z in recorded.items())
        for who, seen in (("source", recorded), ("floats", ours)):
            guesses = answers(seen, description.readout, description.populations)
            right[who] += int((guesses == labels).sum())
    return {
        "samples": len(test),
        "populations": sorted(theirs),
        "spikes": spikes,
        "differing": differing,
        "source_right": right["source"],
        "floats_right": right["floats"],
    }


def _against_lava(network: IntegerNetwork, some: Split) -> dict[str, int]:
    """Every spike, u and v in Lava's process models."""
    inputs = presentations(some, network.input, network.labels, network.steps)
    ours = emulator.run(network, inputs, record_states=True).trace
    result = compare_traces(ours, direct.run_integer(network, inputs).trace)
    return {
        "samples": len(some),
        "spikes": result.spikes,
        "differing": result.mismatches + (result.state_mismatches or 0),
    }


def _on_a_chip(network: IntegerNetwork, spikes: Path) -> dict[str, Any]:
    """Cores, job and energy; or which limit of the chip refuses the network."""
    try:
        cores = sum(p.cores for p in chip_capacity(network, get_chip("loihi1")))
    except LimitError as refused:
        return {"refused": str(refused)}
    return {"cores": cores, **_job_and_energy(network, spikes)}


def _job_and_energy(network: IntegerNetwork, spikes: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as made:
        file, job = Path(made) / "network", Path(made) / "job.zip"
        save_integer_network(file, network)
        bundle(file, job, samples=10, spikes=spikes)
        report = energy(file, spikes=spikes, samples=200, tables=["loihi1"])
        reading = report.readings[0]
        dynamic = next(b for b in reading.tables[0].boxes if b.name == "dynamic")
        return {
            "job_identical": _job_in_lava(job),
            "synaptic_operations": reading.synops.mean,
            "dynamic_joules": dynamic.joules.mean,
        }


def _job_in_lava(job: Path) -> bool:
    """Whether the job, run from its own code in Lava with its runtime, spikes as expected."""
    with zipfile.ZipFile(job) as packed:
        packed.extractall(job.parent)
    folder = next(job.parent.glob("*/run.py")).parent
    subprocess.run([sys.executable, "run.py", "--target", "lava"], cwd=folder, check=True)
    return bool(json.loads((folder / "result.json").read_text("utf-8"))["identical"])


def merged(before: dict[str, Any], made: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Figures ``found`` in a run beside those of earlier runs, each run with its networks."""
    older = [
        run | {"cases": [name for name in run["cases"] if name not in found]}
        for run in before["about"]
    ]
    runs = [run for run in older if run["cases"]] + [made | {"cases": list(found)}]
    networks = before["networks"] | found
    return {"about": runs, "networks": {n: networks[n] for n in NETWORKS if n in networks}}


def page(kept: dict[str, Any]) -> list[str]:
    """The tables, from what the file of figures holds."""
    return [
        "# Networks trained in snnTorch",
        "",
        *paragraph(
            *(stamp(made) for made in kept["about"]),
            "Trained by `benchmarks/elsewhere`, written as NIR, read by `spikeff from-nir` and "
            "quantised to 8 bits on 400 samples of the training set. Spikes are those of all "
            "populations over the whole test set, snnTorch's in float64 against the floats here. "
            "Where pixels are rounded to fewer bits, the floats hear them rounded, too, and spikes "
            "differ from those of the source. "
            "The second go of `mnist`'s training was added after 98.70 % of the test images were "
            "answered right, so its 99.07 is a little too good.",
        ),
        "",
        *table(
            ("network", "spikes in snnTorch", "differ", "snnTorch", "floats", "8 bits", "lost"),
            (_answers_row(name, found) for name, found in kept["networks"].items()),
        ),
        "",
        *paragraph(
            "Accuracies in percent of the test set; lost in points. The job runs ten samples from "
            "its own code in Lava with its runtime. Joules are the dynamic ones of the table "
            "`loihi1`, 200 test samples.",
        ),
        "",
        *table(
            ("network", "u, v, spikes in Lava", "job", "cores", "synaptic operations", "energy"),
            (_chip_row(name, found) for name, found in kept["networks"].items()),
        ),
    ]


def _answers_row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    share = {
        who: 100 * found[f"{who}_right"] / found["samples"]
        for who in ("source", "floats", "integers")
    }
    return (
        f"`{name}`: {NETWORKS[name].what}",
        f"{found['spikes']:,}",
        f"{found['differing']:,}",
        *(f"{value:.2f}" for value in share.values()),
        f"{share['source'] - share['integers']:.2f}",
    )


def _chip_row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    lava = found["lava"]
    return (
        f"`{name}`",
        f"{lava['differing']} differ, {lava['samples']} samples, {lava['spikes']:,} spikes",
        *_placed(found),
    )


def _placed(found: dict[str, Any]) -> tuple[str, ...]:
    if "refused" in found:
        return (f"does not fit: {found['refused']}", "", "", "")
    return (
        "as expected" if found["job_identical"] else "differs",
        f"{found['cores']}",
        f"{found['synaptic_operations']:,.0f}",
        f"{1e6 * found['dynamic_joules']:.1f} uJ",
    )


def main(
    folder: Annotated[Path, typer.Argument(help="what was recorded")],
    out: Annotated[Path, typer.Option()] = RESULTS,
    lava: Annotated[int, typer.Option(help="samples in Lava's models")] = 20,
) -> None:
    """Measure those networks that were recorded into ``folder``; the page keeps the others."""
    file = out / "elsewhere.json"
    before = json.loads(file.read_text("utf-8")) if file.exists() else {"about": [], "networks": {}}
    recorded = [n for n, t in NETWORKS.items() if (folder / f"{t.files or n}.nir").is_file()]
    found = {name: measure(folder, name, lava) for name in recorded}
    kept = merged(before, about("python -m benchmarks.elsewhere.measure DIR"), found)
    write(out, "elsewhere", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
