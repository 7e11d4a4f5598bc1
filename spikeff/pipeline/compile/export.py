"""Step 4: from a run to a file of integers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.errors import DataError, UnknownNameError
from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription
from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline import Report, silent
from spikeff.pipeline.compile.calibrated import CalibrationReport, calibration_inputs, quantized
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork
    from lava_export.mapping.capacity import PopulationCapacity
    from lava_export.quantize.report import PopulationReport

ON_HOST, ON_CHIP = READOUTS = ("host", "chip")
SHORTEST, POWER_OF_TWO = PERIODS = ("shortest", "power-of-two")


@dataclass(frozen=True)
class PopulationExport:
    """Integers of one population, and the neuro-cores that it takes.

    Attributes:
        quantization: None for the neurons of a readout, which are exact.
    """

    name: str
    neurons: int
    du: int
    dv: int
    vth: int
    cores: int
    binding: str
    quantization: PopulationReport | None
    capacity: PopulationCapacity


@dataclass(frozen=True)
class ExportReport:
    """What was written where.

    Attributes:
        period: Steps from the start of one sample to the start of the next.
        calibration: None where no data were at hand.
    """

    file: str
    bits: int
    bytes: int
    chip: str
    period: int
    populations: tuple[PopulationExport, ...]
    calibration: CalibrationReport | None


@plain_numbers
def export(
    run: Path | str,
    out: Path | str,
    bits: int = 8,
    data: Path | str | None = None,
    chip: str | None = None,
    readout: str = ON_HOST,
    report: Report = silent,
    period: str = SHORTEST,
    board: str | None = None,
) -> ExportReport:
    """Quantise the last checkpoint of ``run`` to ``bits`` and write an IntegerNetwork file.

    Scales, thresholds and decays are calibrated on training data, from ``data`` where the data set
    is not bundled; without them the scales follow from the weights alone.

    Args:
        chip: Whose limits must hold; None for "loihi1", or the chips of ``board``.
        readout: "host", or "chip" for a network that carries its own as neurons
            (``lava_export.readout.chip_readout``); the host's stays in the file as the reference.
        period: "shortest" takes as few idle steps between samples as delays and readout need;
            "power-of-two" makes a sample last 2^k steps, idle ones included, after which Loihi 2
            clears its neurons without a host.
        board: Of several chips that hold the network together
            (``lava_export.chips.boards``); None for one chip.

    Raises:
        LimitError: The network does not fit the chips or its goodness cannot be carried exactly;
            nothing is written.
    """
    from lava_export.quantize.weight_grid import weight_grid

    _require_known(readout, period)
    weight_grid(bits)
    found, directory = saved(run), _directory(run, data)
    require_output(out, found.path, directory)
    description = found.description()
    inputs = calibration_inputs(description, directory)
    return export_description(description, out, bits, inputs, chip, readout, report, period, board)


def _require_known(readout: str, period: str) -> None:
    if readout not in READOUTS:
        raise UnknownNameError("readout", readout, READOUTS)
    if period not in PERIODS:
        raise UnknownNameError("period", period, PERIODS)


def _directory(run: Path | str, data: Path | str | None) -> Path | None:
    """Where to calibrate from; None where the data of the training are gone."""
    try:
        return data_directory(run, data)
    except DataError:
        return None


@plain_numbers
def export_description(
    description: NetworkDescription,
    out: Path | str,
    bits: int,
    inputs: Array | None,
    chip: str | None,
    readout: str = ON_HOST,
    report: Report = silent,
    period: str = SHORTEST,
    board: str | None = None,
) -> ExportReport:
    """As :func:`export`, from a description.

    Args:
        inputs: bool (steps, presentations, channels) to calibrate on, or None.
    """
    from lava_export.integers.file import save_integer_network

    network, parts, calibration = compiled(
        description, bits, inputs, chip, readout, report, period, board
    )
    save_integer_network(Path(out), network)
    size = Path(out).stat().st_size
    return ExportReport(str(out), bits, size, network.chip, network.period, parts, calibration)


def compiled(
    description: NetworkDescription,
    bits: int,
    inputs: Array | None,
    chip: str | None,
    readout: str = ON_HOST,
    report: Report = silent,
    period: str = SHORTEST,
    board: str | None = None,
) -> tuple[IntegerNetwork, tuple[PopulationExport, ...], CalibrationReport | None]:
    """The integers of :func:`export_description`, in memory, and what is said of them."""
    from lava_export.chips.boards import chips_for
    from lava_export.mapping.capacity import chip_capacity
    from lava_export.quantize.blanking import with_power_of_two_period
    from lava_export.quantize.report import quantization_report
    from lava_export.readout.chip_readout import with_chip_readout

    _require_known(readout, period)
    target, chips = chips_for(chip, board, "")
    if period == POWER_OF_TWO:
        description = with_power_of_two_period(description, idle_steps=int(readout == ON_CHIP))
    network, calibration = quantized(description, bits, inputs, report)
    quantization = {part.name: part for part in quantization_report(description, network)}
    network = replace(network, chip=target.name)
    if readout == ON_CHIP:
        network = with_chip_readout(network)
    parts = tuple(
        PopulationExport(
            p.name, p.size, p.du, p.dv, p.vth, c.cores, c.binding, quantization.get(p.name), c
        )
        for p, c in zip(network.populations, chip_capacity(network, target, chips), strict=True)
    )
    return network, parts, calibration
