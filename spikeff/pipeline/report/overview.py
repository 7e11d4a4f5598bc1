"""The five lines that a page begins with, and the commands and versions that it ends with."""

from __future__ import annotations

import hashlib
import shlex
from typing import Any

import numpy as np

from spikeff.ir.roles import LAYERS
from spikeff.pipeline.report.collect import Content
from spikeff.pipeline.report.drawing import wilson
from spikeff.pipeline.run.readings import counts_output_spikes
from spikeff.pipeline.units import bounded
from spikeff.provenance import package_versions
from spikeff.training.run_folder import checkpoint_path, read_record


def summary(content: Content) -> list[tuple[str, str]]:
    """What the network is, how right, how much of it is time, what it costs, on what it fits."""
    return [
        ("Network", _network(content)),
        ("Accuracy", _accuracy(content)),
        ("Time", _time(content)),
        ("Cost", _cost(content)),
        ("Chip", _chip(content)),
    ]


def chance(content: Content) -> float:
    """Accuracy of an answer drawn uniformly."""
    return 1 / content.network.readout.classes


def _network(content: Content) -> str:
    network = content.network
    layers = [p for p in network.populations if p.role in LAYERS]
    sizes = "-".join(str(n) for n in (network.input_size, *(p.size for p in layers)))
    limits = {p.spike_limit for p in layers}
    spikes = "any number of spikes"
    if None not in limits:
        most = max(limit or 0 for limit in limits)
        spikes = "at most one spike" if most == 1 else f"at most {most} spikes"
    how = {
        "all_labels": f"goodness under each of {network.readout.classes} labels",
        "class_columns": f"class columns of {network.readout.classes} classes, one pass",
        "softmax": "a linear readout of spike counts",
    }[network.readout.kind]
    if counts_output_spikes(network.readout):
        how = f"output spike counts of {network.readout.classes} classes"
    return (
        f"{sizes} LIF neurons, {spikes} per neuron and sample, {network.steps} steps; "
        f"{content.energy.dataset or 'own data'}, read by {how}."
    )


def _accuracy(content: Content) -> str:
    found = content.evaluation
    if found is None:
        return f"unknown: {len(content.split):,} samples without labels."
    low, high = wilson(np.array([found.accuracy]), np.array([found.samples]))
    text = (
        f"{100 * found.accuracy:.2f} % of {found.samples:,} test samples (95 % interval "
        f"{100 * low[0]:.2f} to {100 * high[0]:.2f}) as integers on the emulator"
    )
    if content.trained is not None:
        text += f"; {100 * content.trained.evaluation.accuracy:.2f} % in floating point"
    return text + f". Chance: {100 * chance(content):.1f} %."


def _time(content: Content) -> str:
    found = content.evaluation
    if found is None:
        return "unknown without labels."
    share = found.time_share
    spread = "" if found.shuffled_spread is None else f" (± {100 * found.shuffled_spread:.2f})"
    part = "" if share is None else f", so {100 * share:.0f} % of what is above chance is time"
    return (
        f"{100 * found.shuffled_accuracy:.2f} %{spread} after each neuron's spikes are shuffled in "
        f"time, counts kept{part}; coincidence ratio {_listed(found.coincidence_ratio)} on "
        f"positives, {_listed(found.negative_ratio)} on negatives."
    )


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.2f}" for value in values) or "none"


def _cost(content: Content) -> str:
    table, reading = content.energy.main, content.energy.readings[0]
    parts = ", ".join(
        f"{name} {bounded(spread)}"
        for name, spread in (
            ("dynamic", table.dynamic_joules),
            ("idle", table.idle_joules),
            ("static of the cores in use", table.static_joules),
        )
        if spread is not None
    )
    return (
        f"{parts} per inference, {reading.synops.mean:,.0f} synaptic operations; estimated by the "
        f"costs of {table.table}, never measured."
    )


def _chip(content: Content) -> str:
    seconds = content.energy.main.seconds
    time = f"; {bounded(seconds)} per inference (estimated)" if seconds is not None else ""
    cores, tiles, chip = content.placement.cores, content.placement.tiles, content.placement.chip
    if chip is None:
        return f"priced without placement on a chip{time}."
    on = "one tile" if tiles == 1 else f"{tiles} tiles"
    return f"{cores} of the {chip.cores} neuro-cores of one {chip.name} chip, on {on}{time}."


def origin(content: Content) -> str:
    """The commands and versions that made a network and this page."""
    path = content.source.path
    about = read_record(path) if content.source.is_run else content.network.provenance
    file = checkpoint_path(path) if content.source.is_run else path
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    command = about.get("command")
    words = command if isinstance(command, list) else ["not recorded"]
    lines = [
        f"training:   {shlex.join(str(word) for word in words)}",
        f"report:     {shlex.join(content.command) or 'spikeff.report(...) from Python'}",
        f"file:       {file.name}, sha256 {digest}",
        f"code:       {_code(about.get('git'))}",
        f"seed:       {about.get('seed', 'not recorded')}",
        f"versions at training: {_versions(about.get('versions'))}",
        f"versions at report:   {_versions(package_versions())}",
    ]
    return "\n".join(lines)


def _code(git: Any) -> str:
    if not isinstance(git, dict) or "commit" not in git:
        return "no commit recorded"
    return f"commit {git['commit']}" + (", with changes" if git.get("changed") else "")


def _versions(found: Any) -> str:
    if not isinstance(found, dict):
        return "not recorded"
    return ", ".join(f"{name} {version}" for name, version in found.items())
