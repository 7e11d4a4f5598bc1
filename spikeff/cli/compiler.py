"""The commands of the compiler: from a trained network to what a chip accepts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spikeff.cli import output
from spikeff.cli.fidelity_tables import show_grades, show_original, warn_assumed
from spikeff.cli.grid import print_grid, print_table
from spikeff.cli.options import (
    Bits,
    Board,
    Chip,
    Data,
    FirstSamples,
    Json,
    NetworkFile,
    NetworkOut,
    Run,
    Spikes,
    Split,
)
from spikeff.cli.output import percent, print_json, warn

if TYPE_CHECKING:
    from lava_export.quantize.report import PopulationReport
    from spikeff.pipeline.compile.export import ExportReport


CALIBRATE = "--spikes FILE.npz"  # the option that calibrates a network from elsewhere
MOSTLY_LOST = 0.5  # share of weights that became 0 from which on it is said


def export(
    run: Run,
    out: NetworkOut,
    bits: Bits = 8,
    data: Data = None,
    chip: Chip = None,
    board: Board = None,
    readout: Annotated[
        Literal["host", "chip"],
        typer.Option("--readout", help="Who answers: the host, or neurons on the chip."),
    ] = "host",
    period: Annotated[
        Literal["shortest", "power-of-two"],
        typer.Option(
            "--period",
            help="Steps of a sample with its idle ones: as few as possible, or 2^k, after which "
            "Loihi 2 clears its neurons without a host.",
        ),
    ] = "shortest",
    as_json: Json = False,
) -> None:
    """Quantise a trained network to Loihi's integers and fit it to a chip."""
    from spikeff.pipeline.compile.export import export as step

    with output.progress_bar() as report:
        result = step(
            run,
            out,
            bits=bits,
            data=data,
            chip=chip,
            board=board,
            readout=readout,
            period=period,
            report=report,
        )
    warn(_emptied(result, "--data DIR"))
    if as_json:
        print_json(result)
    else:
        show_export(result)


def show_export(result: ExportReport, calibrate: str = "--data DIR") -> None:
    """Tables of grids, constants and cores; ``calibrate`` is the option that would calibrate."""
    print_grid(
        f"{result.file}: {result.bits}-bit weights, {result.bytes} bytes, "
        f"{result.period} steps per presentation",
        ("connection", "grid", "exponents", "clipped", "zeros", "error"),
        [
            (
                c.name,
                f"{c.grid[0]:.3g}",
                ", ".join(f"{e}: {percent(share)}" for e, share in c.exponents.items()),
                percent(c.clipped),
                percent(c.zeros),
                percent(c.error),
            )
            for p in result.populations
            if p.quantization is not None
            for c in p.quantization.connections
        ],
    )
    print_grid(
        "constants (time constants: requested -> realised)",
        (
            "population",
            "vth",
            "error",
            "tau_syn / s",
            "tau_mem / s",
            "headroom of u",
            "headroom of v",
        ),
        [_constants(p.quantization) for p in result.populations if p.quantization is not None],
    )
    print_grid(
        f"cores of {result.chip}",
        ("population", "neurons", "cores", "KiB", "axons in", "axons out", "bound by"),
        [
            (
                p.name,
                str(p.neurons),
                str(p.cores),
                f"{p.capacity.synapse_bits / 8192:.0f}",
                str(p.capacity.input_axons),
                str(p.capacity.output_axons),
                p.binding,
            )
            for p in result.populations
        ],
    )
    _show_calibration(result, calibrate)


def _emptied(result: ExportReport, calibrate: str) -> Iterator[str]:
    """Connections most of whose weights became 0."""
    for p in result.populations:
        for c in p.quantization.connections if p.quantization is not None else ():
            if c.lost > MOSTLY_LOST:
                yield (
                    f"{c.name}: {percent(c.lost)} of the weights became 0; calibrate with "
                    f"{calibrate}, take more bits, or clip the few largest weights"
                )


def _constants(integers: PopulationReport) -> tuple[str, ...]:
    return (
        integers.name,
        str(integers.vth),
        f"{100 * integers.threshold_error:+.2f} %",
        f"{integers.tau_syn:.4g} -> {integers.tau_syn_made:.4g}",
        f"{integers.tau_mem:.4g} -> {integers.tau_mem_made:.4g}",
        percent(integers.headroom.u_margin),
        percent(integers.headroom.v_margin),
    )


def _show_calibration(result: ExportReport, calibrate: str) -> None:
    calibration = result.calibration
    if calibration is None:
        print_table(
            "not calibrated",
            [("scales", f"from the weights alone; {calibrate} calibrates them on data")],
        )
        return
    print_table(
        f"calibrated on {calibration.presentations} presentations, half of them to judge",
        [
            ("loss, scales from weights", f"{calibration.loss_by_weights:.4f}"),
            ("loss, calibrated scales", f"{calibration.loss_calibrated:.4f}"),
            (
                "same labels as in float, scales from weights",
                percent(calibration.labels_by_weights),
            ),
            ("same labels as in float, calibrated scales", percent(calibration.labels_calibrated)),
            ("scales used", calibration.kept),
        ],
    )


def bundle(
    file: NetworkFile,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="JOB.zip", help="Archive to write.")],
    samples: FirstSamples = 10,
    data: Data = None,
    split: Split = "test",
    spikes: Spikes = None,
    as_json: Json = False,
) -> None:
    """Pack a network and samples as a job for a Loihi 2 board that needs no spikeff there."""
    from spikeff.pipeline.board_job.bundle import bundle as step

    with output.progress_bar() as report:
        result = step(
            file, out, samples=samples, data=data, split=split, spikes=spikes, report=report
        )
    if as_json:
        print_json(result)
        return
    print_table(
        f"{result.file}: {result.bytes} bytes",
        [
            ("samples", str(result.samples)),
            ("presentations", str(result.presentations)),
            ("right on the emulator", _right(result.right, result.samples)),
            ("modules of spikeff inside", str(result.modules)),
            ("next", "unzip it on a login node, read README.md"),
        ],
    )


def _right(right: int | None, samples: int) -> str:
    return "unknown: the samples have no labels" if right is None else f"{right} of {samples}"


def to_nir(
    source: Annotated[Path, typer.Argument(metavar="RUN|FILE", help="Run or exported network.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE.nir", help="NIR file to write.")
    ],
    as_json: Json = False,
) -> None:
    """Write a run or an exported network as NIR, and say what NIR cannot hold."""
    from spikeff.pipeline.compile.nir import to_nir as step

    result = step(source, out)
    if as_json:
        print_json(result)
    else:
        show_grades(f"{result.file}: {result.kind}, {result.bytes} bytes", result.grades)


def from_nir(
    file: Annotated[Path, typer.Argument(metavar="FILE.nir", help="NIR, made anywhere.")],
    out: NetworkOut,
    bits: Bits = 8,
    dt: Annotated[
        float | None,
        typer.Option(
            "--dt", metavar="SECONDS", help="Seconds per step.", show_default="the file's"
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", help="Steps per sample.", show_default="the file's"),
    ] = None,
    spikes: Spikes = None,
    chip: Chip = None,
    board: Board = None,
    unit_jumps: Annotated[
        bool, typer.Option("--unit-jumps", help="CubaLIF adds whole weights, as Norse means it.")
    ] = False,
    reset: Annotated[
        str | None,
        typer.Option(
            "--reset",
            metavar="KIND",
            help="What a spike does: zero, subtract (the threshold) or subtract-late.",
            show_default="zero",
        ),
    ] = None,
    answering: Annotated[
        str | None,
        typer.Option("--output", metavar="NODE", help="The Output that answers, of several."),
    ] = None,
    readout: Annotated[
        str | None,
        typer.Option(
            "--readout",
            metavar="KIND",
            help="What answers: counts, first-spike, last-membrane or largest-membrane.",
            show_default="counts",
        ),
    ] = None,
    given: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="KIND",
            help="What comes in: spikes, or currents that are the same in every step.",
            show_default="spikes",
        ),
    ] = None,
    currents_as: Annotated[
        str | None,
        typer.Option(
            "--currents-as",
            metavar="WAY",
            help="How currents come in: planes, spikes of their bits, or bias, which the host "
            "writes for each sample.",
            show_default="planes",
        ),
    ] = None,
    input_bits: Annotated[
        int | None,
        typer.Option(
            "--input-bits", metavar="N", help="Bits of each current, 1 to 8.", show_default="8"
        ),
    ] = None,
    expected: Annotated[
        Path | None,
        typer.Option(
            "--expected",
            metavar="FILE.npz",
            help="The source's spikes of --spikes, by population: compared with the floats.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a NIR file and quantise it to Loihi's integers."""
    from spikeff.pipeline.compile.nir import from_nir as step

    with output.progress_bar() as report:
        result = step(
            file,
            out,
            bits=bits,
            dt=dt,
            steps=steps,
            spikes=spikes,
            chip=chip,
            board=board,
            unit_jumps=unit_jumps,
            reset=reset,
            output=answering,
            readout=readout,
            given=given,
            currents_as=currents_as,
            input_bits=input_bits,
            expected=expected,
            report=report,
        )
    warn_assumed(result.grades)
    if result.export is not None:
        warn(_emptied(result.export, CALIBRATE))
    if as_json:
        print_json(result.as_dict())
        return
    show_grades(f"{file} as a network", result.grades)
    if result.original is not None:
        show_original(result.original)
    if result.export is not None:
        show_export(result.export, CALIBRATE)
