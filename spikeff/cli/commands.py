"""One function per command: call the pipeline, show its result to people or to programs."""

from __future__ import annotations

import sys
from pathlib import Path

from spikeff.cli import output
from spikeff.cli.fidelity_tables import show_fidelity
from spikeff.cli.output import listed, percent, print_grid, print_json, print_table


def train(
    out: Path,
    preset: str | None,
    config: Path | None,
    data: Path | None,
    epochs: int | None,
    seed: int | None,
    device: str,
    resume: bool,
    overwrite: bool,
    tensorboard: bool,
    as_json: bool,
) -> None:
    """``spikeff train``."""
    from spikeff.pipeline.train import train as step

    with output.progress_log() as (report, log):
        how = (epochs, seed, device, resume, overwrite, tensorboard)
        result = step(out, preset, config, data, *how, report, log)
    if as_json:
        print_json(result)
        return
    last = result.last
    print_table(
        f"trained: {result.run}",
        [
            ("epochs", str(result.epochs)),
            ("seconds of training", f"{result.seconds:.1f}"),
            ("readout accuracy on training data", percent(last.readout_accuracy)),
            ("goodness gap per layer", listed(last.goodness_gap)),
            ("spikes per neuron and step", listed(last.firing, 4)),
        ],
    )


def evaluate(
    run: Path,
    data: Path | None,
    samples: int | None,
    split: str,
    jitter: int,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """``spikeff eval``."""
    from spikeff.pipeline.evaluate import evaluate_run

    with output.progress_bar() as report:
        result = evaluate_run(run, data, samples, split, seed, jitter, device, report)
    if as_json:
        print_json(result)
        return
    print_table(
        f"{run} on {result.samples} {split} samples",
        [
            ("accuracy by goodness", percent(result.accuracy)),
            ("accuracy by one-pass readout", percent(result.readout_accuracy)),
            ("accuracy by short list", percent(result.shortlist_accuracy)),
            ("goodness after the time shuffle", percent(result.shuffled_accuracy)),
            ("rate goodness on the same spikes", percent(result.rate_accuracy)),
            ("coincidence ratio, positives", listed(result.coincidence_ratio)),
            ("coincidence ratio, negatives", listed(result.negative_ratio)),
            ("spikes per neuron and step", listed(result.firing, 4)),
        ],
    )


def check(run: Path, samples: int, data: Path | None, split: str, bits: int, as_json: bool) -> None:
    """``spikeff check``; exits with 1 where what must be equal is not, or could not be compared."""
    from spikeff.pipeline.fidelity.check import check as step

    with output.progress_bar() as report:
        result = step(run, samples, data, split, bits, report)
    if as_json:
        print_json(result.as_dict())
    else:
        show_fidelity(result)
    if not result.equal:
        sys.exit(1)


def run(
    file: Path,
    target: str,
    samples: int | None,
    data: Path | None,
    split: str,
    spikes: Path | None,
    as_json: bool,
) -> None:
    """``spikeff run``; exits with 1 where a target differs from the emulator, or chip from host."""
    from spikeff.pipeline.run.run import run as step

    with output.progress_bar() as report:
        result = step(file, target, samples, data, split, spikes, report)
    table = output.jsonable(result)
    for name in ("identical_to_emulator", "chip_accuracy", "chip_agreement"):
        if table[name] is None:
            del table[name]
    if as_json:
        print_json(table)
    else:
        rows = [
            ("accuracy", percent(result.accuracy)),
            ("seconds of simulation", f"{result.seconds:.2f}"),
            ("spikes per sample", f"{result.spikes_per_sample:.0f}"),
            ("input spikes per sample", f"{result.input_spikes_per_sample:.0f}"),
            ("synaptic operations per sample", f"{result.synops_per_sample:.0f}"),
        ]
        if result.identical_to_emulator is not None:
            same = "yes" if result.identical_to_emulator else "NO"
            rows.append(("every spike as on the emulator", same))
        if result.chip_accuracy is not None and result.chip_agreement is not None:
            rows.append(("accuracy, answered on the chip", percent(result.chip_accuracy)))
            rows.append(("answers as the host's", percent(result.chip_agreement)))
        print_table(f"{file} on {target}, {result.samples} samples", rows)
    if result.identical_to_emulator is False or result.chip_agreement not in (None, 1.0):
        sys.exit(1)


def targets(as_json: bool) -> None:
    """``spikeff targets``."""
    from spikeff.pipeline.run.targets import targets as step

    states = step()
    if as_json:
        print_json({"targets": states})
        return
    rows = [(s.name, "yes" if s.available else "no", s.missing or "") for s in states]
    print_grid("targets", ("target", "available", "what is missing"), rows)


def presets(as_json: bool) -> None:
    """``spikeff presets``."""
    from spikeff.training.config.files import presets as known

    tables = known()
    if as_json:
        print_json({"presets": tables})
        return
    fields = ("dataset", "encoder", "layers", "goodness", "objective", "spike_limit", "epochs")
    rows = [(name, *(str(t.get(f, "")) for f in fields)) for name, t in tables.items()]
    print_grid("presets", ("preset", *fields), rows)


def zoo(as_json: bool) -> None:
    """``spikeff zoo``."""
    from spikeff.zoo import PREFIX
    from spikeff.zoo import zoo as known

    entries = known()
    if as_json:
        print_json({"zoo": list(entries.values())})
        return
    rows = [
        (
            PREFIX + e.name,
            e.summary,
            percent(e.accuracy),
            percent(e.shuffled_accuracy),
            listed(e.coincidence_ratio),
            f"{e.synops:.0f}",
        )
        for e in entries.values()
    ]
    header = ("name", "what", "accuracy", "shuffled", "ratio", "synops / sample")
    title = "trained networks, 8 bits, full test split; commands that made them: spikeff zoo --json"
    print_grid(title, header, rows)
