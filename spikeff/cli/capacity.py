"""``spikeff capacity``: which cores and chips a network takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikeff.cli.grid import print_grid, print_table
from spikeff.cli.options import AnyNetwork, Board, ChipOfFile, Data, Json
from spikeff.cli.output import counted, percent, print_json

if TYPE_CHECKING:
    from spikeff.pipeline.capacity import CapacityReport

MOST_CHIPS = 8  # of which the table of messages is shown


def capacity(
    file: AnyNetwork,
    chip: ChipOfFile = None,
    board: Board = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Find the fewest cores and chips that hold a network, and what binds."""
    from spikeff.pipeline.capacity import capacity as step

    result = step(file, chip, board, data)
    if as_json:
        print_json(result)
        return
    place = f"board {board}, {counted(result.chips, 'chip')}" if board else "one chip"
    print_table(
        f"{file} on {result.chip} ({place})",
        [
            ("cores", f"{result.cores:,} of {result.chips * result.cores_per_chip:,}"),
            ("chips", f"{result.chips_used} of {result.chips}"),
            ("cores on each chip", ", ".join(map(str, result.cores_on_chip))),
            ("axons between chips", f"{result.axons_between_chips:,}"),
        ],
    )
    print_grid(
        "populations",
        ("population", "neurons", "cores", "chips", "KiB", "axons in", "axons out", "bound by"),
        [
            (
                p.name,
                f"{p.neurons:,}",
                str(p.cores),
                ", ".join(map(str, p.chips)),
                f"{p.synapse_bits / 8192:.0f}",
                str(p.input_axons),
                str(p.output_axons),
                f"{p.binding} ({percent(p.fill[p.binding])})",
            )
            for p in result.populations
        ],
    )
    _show_storage(result)
    if 1 < result.chips_used <= MOST_CHIPS:
        _show_axons(result)


def _show_storage(result: CapacityReport) -> None:
    shown = [each for each in result.formats if any(each in s.bits for s in result.storage)]
    kinds = [f"{each}, {result.formats[each][0]}" for each in shown]
    print_grid(
        "synaptic memory by format, KiB; what is estimated does not decide what fits",
        ("synapses", "stored", "weights", "packed", *kinds),
        [
            (
                s.connection,
                f"{s.synapses:,}",
                f"{s.weights:,}",
                s.packed,
                *(f"{s.bits[each] / 8192:,.1f}" if each in s.bits else "" for each in shown),
            )
            for s in result.storage
        ],
    )


def _show_axons(result: CapacityReport) -> None:
    print_grid(
        "output axons from chip to chip",
        ("from", *(f"to {k}" for k in range(result.chips_used))),
        [(str(k), *(f"{n:,}" for n in row)) for k, row in enumerate(result.axons)],
    )
