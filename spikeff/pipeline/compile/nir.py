"""Networks to NIR and from it, on to integers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikeff.errors import ConfigError, FileFormatError
from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline import Report, silent
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork
    from lava_export.nir.file import Grade
    from spikeff.pipeline.compile.export import ExportReport
    from spikeff.pipeline.original import OriginalComparison


@dataclass(frozen=True)
class ToNirReport:
    """What was written, and how each aspect of the network passed into NIR."""

    file: str
    bytes: int
    kind: str
    grades: tuple[Grade, ...]


@dataclass(frozen=True)
class FromNirReport:
    """How each aspect passed out of NIR, and what became of it.

    Attributes:
        export: What was written; None for integers kept as is.
        original: The source's spikes against those of the floats; None where none were given.
    """

    grades: tuple[Grade, ...]
    export: ExportReport | None
    original: OriginalComparison | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        compared = self.original and self.original.as_dict()
        return {"grades": self.grades, "export": self.export, "original": compared}


def to_nir(source: Path | str, out: Path | str) -> ToNirReport:
    """Write a run directory (its floats) or an IntegerNetwork file as NIR."""
    from lava_export.nir.export import DESCRIPTION, INTEGERS, description_graph, integer_graph
    from lava_export.nir.file import write_nir

    found = saved(source)
    require_output(out, found.path)
    if found.is_integers:
        kind, (graph, grades) = INTEGERS, integer_graph(found.network())
    else:
        kind, (graph, grades) = DESCRIPTION, description_graph(found.description())
    write_nir(Path(out), graph)
    return ToNirReport(str(out), Path(out).stat().st_size, kind, grades)


@plain_numbers
def from_nir(
    file: Path | str,
    out: Path | str,
    bits: int = 8,
    dt: float | None = None,
    steps: int | None = None,
    spikes: Path | str | None = None,
    chip: str | None = None,
    unit_jumps: bool = False,
    reset: str | None = None,
    output: str | None = None,
    readout: str | None = None,
    expected: Path | str | None = None,
    report: Report = silent,
    board: str | None = None,
    given: str | None = None,
    currents_as: str | None = None,
    input_bits: int | None = None,
) -> FromNirReport:
    """Read a NIR file, quantise it and write an IntegerNetwork file.

    Integers that we wrote ourselves come back as they were; what is asked for must then be theirs.

    Args:
        spikes: .npz with ``spikes`` (samples, steps, channels) to calibrate on.
        dt: Seconds per step, needed for files made elsewhere.
        steps: Steps per sample, needed for files made elsewhere.
        chip: Whose limits must hold; None for "loihi1", or the chips of ``board``.
        unit_jumps: See ``lava_export.nir.importer``.
        reset: What a spike does to the membrane: "zero", "subtract" or "subtract-late", see there.
        output: The Output that answers, where there are several.
        readout: "counts" or "first-spike": which output neuron is the answer; or the potential
            that is read, "last-membrane" or "largest-membrane".
        expected: .npz of the spikes that the source recorded of ``spikes``, by population, see
            ``spikeff.pipeline.original``: the floats are compared with them.
        board: Of several chips that hold the network together
            (``lava_export.chips.boards``); None for one chip.
        given: What comes in: "spikes", or "currents" that are the same in every step; ``spikes``
            then holds ``images``.
        currents_as: "planes" or "bias", see ``lava_export.nir.importer``.
        input_bits: Bits of each current, 1 to 8.

    Raises:
        ConfigError: ``expected`` without ``spikes``, or ``board`` has other chips than ``chip``.
        LimitError: The network does not fit the chips; nothing is written.
    """
    from lava_export.chips.boards import chips_for
    from lava_export.integers.file import save_integer_network
    from lava_export.mapping.capacity import chip_capacity
    from lava_export.nir.export import INTEGERS
    from lava_export.nir.file import EXACT, Grade, metadata_of, read_nir
    from lava_export.nir.importer import import_description
    from lava_export.nir.integers import import_integers
    from spikeff.data.spike_trains import load_spike_file
    from spikeff.pipeline.compile.export import export_description
    from spikeff.pipeline.original import compare_floats
    from spikeff.pipeline.presentations import presentations

    require_output(out, file, spikes)
    target, chips = chips_for(chip, board, "")
    graph = read_nir(Path(file))
    if (metadata_of(graph) or {}).get("kind") == INTEGERS:
        network = import_integers(graph)
        _require_as_exported(network, bits, dt, steps)
        _require_unused(
            spikes=spikes is not None,
            unit_jumps=unit_jumps,
            reset=reset is not None,
            output=output is not None,
            readout=readout is not None,
            input=given is not None,
            currents_as=currents_as is not None,
            input_bits=input_bits is not None,
            expected=expected is not None,
        )
        chip_capacity(network, target, chips)
        save_integer_network(Path(out), replace(network, chip=target.name))
        return FromNirReport((Grade("integers", EXACT, "as they were exported"),), None, None)
    imported = import_description(
        graph, dt, steps, unit_jumps, reset, output, readout, given, currents_as, input_bits
    )
    inputs = original = None
    if spikes is not None:
        split = load_spike_file(Path(spikes), imported.description.readout.classes)
        code, labels = imported.description.input, imported.description.labels
        inputs = presentations(split, code, labels, imported.description.steps)
    if expected is not None:
        if inputs is None:
            raise ConfigError("--expected holds the source's spikes of --spikes: pass both.")
        original = compare_floats(imported.description, Path(expected), inputs)
    exported = export_description(
        imported.description, out, bits, inputs, chip, report=report, board=board
    )
    return FromNirReport(imported.grades, exported, original)


def _require_as_exported(
    network: IntegerNetwork, bits: int, dt: float | None, steps: int | None
) -> None:
    """Refuse what integers that come back as they were cannot follow."""
    theirs = network.quantization.weight_bits if network.quantization else bits
    for option, asked, stored in (
        ("--bits", bits, theirs),
        ("--dt", dt, network.dt),
        ("--steps", steps, network.steps),
    ):
        if asked is not None and asked != stored:
            raise FileFormatError(
                f"the NIR file holds integers with {option} {stored}, and {asked} was asked for; "
                f"leave {option} out or pass {stored}, or convert the network's floats."
            )


def _require_unused(**options: bool) -> None:
    for name in (name for name, given in options.items() if given):
        option = f"--{name.replace('_', '-')}"
        raise FileFormatError(
            f"the NIR file holds integers of spikeff, which are kept as they are; {option} would "
            f"change nothing: leave it out, or convert the network's floats."
        )
