"""``spikeff run`` and ``check``: the same network on a target, and on every simulator."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli import output
from spikeff.cli.answer_tables import agreement_rows, show_classes
from spikeff.cli.fidelity_tables import show_fidelity
from spikeff.cli.grid import print_table
from spikeff.cli.options import (
    AnswersOut,
    AnyNetwork,
    BitsOfRun,
    Data,
    Dead,
    Device,
    Drift,
    FirstSamples,
    Json,
    Mismatch,
    Noise,
    PerClass,
    Ray,
    Samples,
    Spikes,
    Split,
    device_fields,
)
from spikeff.cli.output import counted, percent, print_json

if TYPE_CHECKING:
    from spikeff.pipeline.run.run import RunReport

TARGET_HELP = "emulator, device, lava or loihi2; see `spikeff targets`."
SHOWN = 20  # answers to samples without labels
ONLY_WHERE_COMPARED = ("identical_to_emulator", "chip_accuracy", "chip_agreement")


def check(
    run: AnyNetwork,
    samples: FirstSamples = 32,
    data: Data = None,
    split: Split = "test",
    bits: BitsOfRun = None,
    spikes: Spikes = None,
    expected: Annotated[
        Path | None,
        typer.Option(
            "--expected", metavar="FILE.npz", help="Spikes of the original, by population."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare a network's simulators spike for spike; exit code 1 where they differ."""
    from spikeff.pipeline.fidelity.check import check as step

    with output.progress_bar() as report:
        result = step(
            run,
            samples=samples,
            data=data,
            split=split,
            bits=bits,
            report=report,
            spikes=spikes,
            expected=expected,
        )
    if as_json:
        print_json(result.as_dict())
    else:
        show_fidelity(result)
    if not result.equal:
        sys.exit(1)


def run(
    file: AnyNetwork,
    target: Annotated[str, typer.Option("--target", metavar="NAME", help=TARGET_HELP)] = "emulator",
    samples: Samples = None,
    data: Data = None,
    split: Split = "test",
    spikes: Spikes = None,
    out: AnswersOut = None,
    keep_spikes: Annotated[
        bool,
        typer.Option("--keep-spikes", help="With --out FILE.npz: every population's spikes too."),
    ] = False,
    shuffle: Annotated[
        bool,
        typer.Option("--shuffle", help="Also shuffle spikes in time: shuffled accuracy, ratio."),
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Seed of the shuffle, and of target device.")
    ] = 0,
    mismatch: Mismatch = None,
    dead: Dead = None,
    noise: Noise = None,
    drift: Drift = None,
    device: Device = "cpu",
    ray: Ray = None,
    per_class: PerClass = False,
    as_json: Json = False,
) -> None:
    """Run an exported network on the emulator, on Lava or on a Loihi 2 board."""
    from spikeff.pipeline.run.run import run as step

    with output.progress_bar() as report:
        result = step(
            file,
            target=target,
            samples=samples,
            data=data,
            split=split,
            spikes=spikes,
            report=report,
            out=out,
            shuffle=shuffle,
            seed=seed,
            keep_spikes=keep_spikes,
            device=device_fields(target, seed, mismatch, dead, noise, drift),
            on=device,
            ray=ray,
        )
    if as_json:
        table = output.jsonable(result)
        print_json(
            {k: v for k, v in table.items() if v is not None or k not in ONLY_WHERE_COMPARED}
        )
    else:
        print_table(f"{file} on {target}, {counted(result.samples, 'sample')}", _rows(result))
        if per_class:
            show_classes(result.per_class, result.confusion)
    if result.identical_to_emulator is False or result.chip_agreement not in (None, 1.0):
        sys.exit(1)


def _rows(result: RunReport) -> list[tuple[str, str]]:
    known = not math.isnan(result.accuracy)
    rows = [
        ("accuracy", percent(result.accuracy) if known else "unknown: the samples have no labels"),
        *([] if known else [("answers", _first(result.answers))]),
        ("seconds of simulation", f"{result.seconds:.2f}"),
        ("spikes per sample", f"{result.spikes_per_sample:.0f}"),
        ("input spikes per sample", f"{result.input_spikes_per_sample:.0f}"),
        ("synaptic operations per sample", f"{result.synops_per_sample:.0f}"),
    ]
    if result.u_wraps:
        rows.append(("currents beyond 24 bits, wrapped", f"{result.u_wraps:,} times"))
    if result.identical_to_emulator is not None:
        same = "yes" if result.identical_to_emulator else "NO"
        rows.append(("every spike as on the emulator", same))
    if result.chip_accuracy is not None:
        rows.append(("accuracy, answered on the chip", percent(result.chip_accuracy)))
    if result.chip_agreement is not None:
        rows.append(("same labels as the host readout", percent(result.chip_agreement)))
    if result.agreement is not None:
        rows += agreement_rows(result.agreement)
    if result.file is not None:
        rows.append(("answers written to", result.file))
    return rows


def _first(answers: tuple[int, ...]) -> str:
    """The first answers in words."""
    more = ", ..." if len(answers) > SHOWN else ""
    return ", ".join(map(str, answers[:SHOWN])) + more
