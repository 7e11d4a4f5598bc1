"""What a bundle runs: the network on its target, every spike against the emulator's, a report.

It knows only the files beside it (``spikeff.pipeline.board_job.bundle`` writes them) and the
parts of spikeff that travel with it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from hw_targets.registry import get_target
from lava_export.integers.file import load_integer_network
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import FileFormatError, SpikeffError
from spikeff.ir.arrays import Array
from spikeff.ir.io.sealed import load_sealed
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import SpikeTrace, compare_traces

NETWORK, SPIKES, RESULT = "network.safetensors", "spikes.safetensors", "result.json"
KIND, VERSION = "spikeff-job-spikes", 1
INPUT_KEY, LABELS_KEY = "input", "labels"


def load_spikes(path: Path, network: IntegerNetwork) -> tuple[Array, SpikeTrace, Array]:
    """Input (steps, samples, channels), expected trace (period, samples, neurons), and labels."""
    meta, arrays = load_sealed(path, KIND, VERSION)
    samples = meta.get("samples")
    try:
        inputs = _unpack(arrays[INPUT_KEY], (network.steps, samples, network.input_size))
        spikes = {
            p.name: _unpack(arrays[f"expected.{p.name}"], (network.period, samples, p.size))
            for p in network.populations
        }
        labels = arrays[LABELS_KEY]
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise ValueError(f"labels {labels.dtype} of shape {labels.shape}")
        return inputs, SpikeTrace("emulator", spikes), labels
    except (LookupError, TypeError, ValueError) as error:
        raise FileFormatError(f"{path} does not belong to its network: {error}.") from None


def _unpack(packed: Array, shape: tuple[Any, ...]) -> Array:
    bits = np.unpackbits(packed, axis=-1, count=shape[-1]).astype(np.bool_)
    if bits.shape != shape:
        raise ValueError(f"spikes of shape {bits.shape}, not {shape}")
    return bits


def run_job(folder: Path, target: str, samples: int | None = None) -> dict[str, Any]:
    """Run the job in ``folder`` on ``target``, or its first ``samples``; returns the report."""
    network = load_integer_network(folder / NETWORK)
    inputs, expected, labels = load_spikes(folder / SPIKES, network)
    inputs = inputs[:, :samples]
    count = inputs.shape[1]
    expected = SpikeTrace("emulator", {k: z[:, :count] for k, z in expected.spikes.items()})
    run = get_target(target).run(network, inputs)
    comparison = compare_traces(expected, run.trace)
    passes = network.labels.classes if network.labels is not None else 1
    whole = count // passes
    spikes = {k: z[:, : whole * passes] for k, z in run.trace.window(network.steps).spikes.items()}
    guesses = answers(spikes, network.readout, network.populations) if whole else labels[:0]
    return {
        "target": target,
        "presentations": count,
        "identical": comparison.equal,
        "spikes": comparison.spikes,
        "mismatches": comparison.mismatches,
        "mismatches_by_population": {
            name: int((z != run.trace.spikes[name]).sum()) for name, z in expected.spikes.items()
        },
        "first_divergence": comparison.first_divergence and asdict(comparison.first_divergence),
        "samples": whole,
        "right": int((guesses == labels[:whole]).sum()),
        "seconds": run.seconds,
        "measured": run.measured,
        "python": sys.version.split()[0],
        "code": str(Path(__file__).resolve().parent),
    }


def main(folder: Path) -> None:
    """Command line of a job; exits with 1 where a spike differs or nothing ran."""
    parser = argparse.ArgumentParser(description="Run this job and compare it spike for spike.")
    parser.add_argument("--target", default="loihi2", help="loihi2, or lava: simulated here")
    parser.add_argument("--samples", type=int, help="first N presentations only")
    parser.add_argument("--partition", help="Slurm partition of the board")
    parser.add_argument("--board", help="Slurm node of the board")
    parser.add_argument("--host", help="address of an Ethernet host of the board")
    parser.add_argument("--input-latency", type=int, help="steps from host to chip")
    given = parser.parse_args()
    variables = {
        "PARTITION": given.partition,
        "BOARD": given.board,
        "NXSDKHOST": given.host,
        "SPIKEFF_INPUT_LATENCY": given.input_latency,
    }
    os.environ.update({name: str(value) for name, value in variables.items() if value is not None})
    try:
        report = run_job(folder, given.target, given.samples)
    except SpikeffError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    text = json.dumps(report, indent=2)
    write_bytes_whole(folder / RESULT, text.encode())
    print(text)
    if not report["identical"]:
        sys.exit(1)
