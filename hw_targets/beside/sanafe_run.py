"""Runs the sanafe package on the files of ``sanafe_files``, where the package is installed.

It runs in a process of its own: it prints what it does, and what ends it should not end us.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hw_targets import child_python
from hw_targets.beside.sanafe_files import ARCHITECTURE, EDGES, LIFT, NETWORK, SPIKES, SanafeFiles
from spikeff.errors import SpikeffError, TargetUnavailableError
from spikeff.extras import missing_extra, require_extra


@dataclass(frozen=True)
class SanafeRun:
    """Joules and seconds of the whole run, as SANA-FE gives them. spikes : input included."""

    steps: int
    spikes: int
    synapse_joules: float
    soma_joules: float
    network_joules: float
    total_joules: float
    seconds: float


def missing() -> str | None:
    """None where SANA-FE can run here, else how to get it."""
    return missing_extra("sanafe")


def run_sanafe(files: SanafeFiles) -> SanafeRun:
    """Simulate the files in a process of its own.

    Raises:
        TargetUnavailableError: sanafe is absent.
        SpikeffError: sanafe fails, or its spikes are not those of the trace.
    """
    reason = missing()
    if reason is not None:
        raise TargetUnavailableError(f"SANA-FE cannot run here: {reason}")
    command = child_python.command(__name__, str(files.folder), str(files.steps))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SpikeffError(f"SANA-FE failed on {files.folder}:\n{done.stderr.strip()[-2000:]}")
    return SanafeRun(**json.loads(done.stdout.splitlines()[-1]))


def simulate(files: SanafeFiles) -> SanafeRun:
    """Simulate in this process."""
    return replay(load_chip(files), files, resting_biases(files))


def load_chip(files: SanafeFiles) -> Any:
    """SANA-FE's chip with the network on it. After a replay, its ``reset`` clears it."""
    import sanafe

    arch = sanafe.load_arch(str(files.folder / ARCHITECTURE))
    chip = sanafe.SpikingChip(arch)
    chip.load(sanafe.load_net(str(files.folder / NETWORK), arch))
    return chip


def replay(chip: Any, files: SanafeFiles, resting: dict[str, list[float]]) -> SanafeRun:
    """Simulate step by step, forcing the spikes of the trace.

    Args:
        chip: Of :func:`load_chip`, and cleared.
        resting: Bias of every neuron by group, see :func:`resting_biases`.
    """
    forced = _by_step(files)
    energy = dict.fromkeys(("synapse", "soma", "network", "total"), 0.0)
    seconds, spikes = 0.0, 0
    before: list[tuple[str, int]] = []
    for step in range(1, files.steps + 1):
        now = forced.get(step, [])
        _lift(chip, before, resting, 0.0)
        _lift(chip, now, resting, LIFT)
        result = chip.sim(1, spike_trace=True, processing_threads=1)
        _require_forced(result["spike_trace"][0], now, step)
        for part in energy:
            energy[part] += result["energy"][part]
        seconds += result["sim_time"]
        spikes += result["spikes"]
        before = now
    _lift(chip, before, resting, 0.0)
    return SanafeRun(
        files.steps,
        spikes,
        energy["synapse"],
        energy["soma"],
        energy["network"],
        energy["total"],
        seconds,
    )


def _lift(
    chip: Any, neurons: list[tuple[str, int]], resting: dict[str, list[float]], bias: float
) -> None:
    for name, n in neurons:
        lifted = {"bias": bias + resting[name][n]}
        chip.mapped_neuron_groups[name][n].set_attributes(model_attributes=lifted)


def _require_forced(fired: list[object], forced: list[tuple[str, int]], step: int) -> None:
    odd = {str(address) for address in fired} ^ {f"{name}.{n}" for name, n in forced}
    if odd:
        raise SpikeffError(f"SANA-FE: {min(odd)} in step {step} is not as in {SPIKES}.")


def resting_biases(files: SanafeFiles) -> dict[str, list[float]]:
    """Bias of every neuron at rest, by group, as the network's file has them."""
    yaml = require_extra("yaml")
    text = (files.folder / NETWORK).read_text("utf-8")
    fastest = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it was built
    # Without the many lines of the edges.
    groups = yaml.load(text.partition(EDGES)[0], fastest)
    return {
        group["name"]: [
            next((a["bias"] for a in attributes if "bias" in a), 0.0)
            for each in group["neurons"]
            for attributes in each.values()
        ]
        for group in groups["network"]["groups"]
    }


def _by_step(files: SanafeFiles) -> dict[int, list[tuple[str, int]]]:
    rows = (files.folder / SPIKES).read_text("utf-8").splitlines()[1:]
    spikes: dict[int, list[tuple[str, int]]] = {}
    for row in rows:
        address, _, step = row.partition(",")
        name, _, neuron = address.rpartition(".")
        spikes.setdefault(int(step), []).append((sys.intern(name), int(neuron)))
    return spikes


def main() -> None:
    """What :func:`run_sanafe` starts: simulates sys.argv's folder and steps, prints one object."""
    print(json.dumps(asdict(simulate(SanafeFiles(Path(sys.argv[1]), int(sys.argv[2]))))))
