"""The fidelity report as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikeff.cli.grid import print_grid
from spikeff.cli.output import counted, percent, warn

if TYPE_CHECKING:
    from lava_export.nir.file import Grade
    from spikeff.ir.trace import Comparison, Divergence
    from spikeff.pipeline.fidelity.check_report import CheckReport
    from spikeff.pipeline.fidelity.quantization_loss import Conversion
    from spikeff.pipeline.original import OriginalComparison


def warn_assumed(grades: tuple[Grade, ...]) -> None:
    """Say on stderr what a file of another library left open."""
    from lava_export.nir.file import ASSUMED

    warn(f"{g.item}: {g.reason}" for g in grades if g.grade == ASSUMED)


def show_grades(title: str, grades: tuple[Grade, ...]) -> None:
    """How each aspect of a network passed from one form into another."""
    rows = [(g.item, g.grade, g.reason) for g in grades]
    print_grid(title, ("aspect", "grade", "reason"), rows)


def show_fidelity(report: CheckReport) -> None:
    """Tables of pairs that must be equal, float against integer, every step graded."""
    print_grid(
        f"must be equal: {counted(report.samples, 'sample')}, "
        f"{counted(report.presentations, 'presentation')} of {counted(report.steps, 'step')}",
        ("pair", "population", "spikes", "mismatches", "state mismatches", "first divergence"),
        [row for pair in report.pairs for row in _pair_rows(pair)],
    )
    if report.original is not None:
        show_original(report.original)
    if report.conversion is not None:
        _show_conversion(report.conversion)
    print_grid(
        "every step, graded",
        ("step", "grade", "reason"),
        [(grade.step, grade.grade, grade.reason) for grade in report.grades],
    )


def show_original(original: OriginalComparison) -> None:
    """Spikes that a network's origin recorded beside those of a simulator."""
    alike = original.same_answers
    known = "" if alike is None else f", {percent(alike)} of the samples have the same answer"
    header = (
        "population",
        f"original / {original.pair.right}",
        "spikes that differ",
        "first divergence",
    )
    rows = [
        (
            layer.population,
            f"{layer.left_spikes} / {layer.right_spikes}",
            str(layer.mismatches),
            described(layer.first_divergence),
        )
        for layer in original.pair.layers
    ]
    print_grid(f"spikes of the original{known}", header, rows)


def _pair_rows(pair: Comparison) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for layer in pair.layers:
        if layer.state_mismatches is not None:
            states = str(layer.state_mismatches)
        elif layer.state_error is not None:
            states = f"within {layer.state_error:.1g}"
        else:
            states = "not compared"
        spikes = f"{layer.left_spikes} / {layer.right_spikes}"
        where = described(layer.first_divergence)
        name = f"{pair.left} / {pair.right}"
        rows.append((name, layer.population, spikes, str(layer.mismatches), states, where))
    return rows


def described(place: Divergence | None) -> str:
    """Where two traces first differ, with v before the reset against the threshold."""
    if place is None:
        return "none"
    text = f"sample {place.sample}, step {place.step}, neuron {place.neuron}"
    if place.quantity != "spikes":
        text = f"{place.quantity} at {text}: {place.left:.10g} / {place.right:.10g}"
    if place.left_v is None:
        return text
    return (
        f"{text}: v = {place.left_v:.10g} of {place.left_threshold:.10g} / "
        f"{place.right_v:.10g} of {place.right_threshold:.10g}"
    )


def _show_conversion(conversion: Conversion) -> None:
    rows = [
        (
            layer.population,
            f"{layer.float_spikes} / {layer.integer_spikes}",
            str(layer.mismatches),
            f"{layer.van_rossum:.4f} ({layer.relative_distance:.2%})",
            f"{layer.victor_purpura:.4f}",
            f"{layer.goodness_error:.4f} of {layer.goodness:.4f}",
            f"{layer.u_wraps} / {layer.v_clips}",
            described(layer.first_divergence),
        )
        for layer in conversion.layers
    ]
    print_grid(
        f"{conversion.left} against {conversion.right}: {percent(conversion.label_agreement)} of "
        f"{conversion.samples} samples have the same answer, "
        f"accuracy {percent(conversion.float_accuracy)} / {percent(conversion.integer_accuracy)}",
        (
            "population",
            "spikes",
            "mismatches",
            "van Rossum",
            "Victor-Purpura",
            "goodness error",
            "u wraps / v clips",
            "first divergence",
        ),
        rows,
    )
