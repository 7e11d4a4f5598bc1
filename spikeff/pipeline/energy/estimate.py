"""Step 6: joules and seconds per inference, estimated from the emulator's own counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline import Report, silent
from spikeff.pipeline.energy.ann import compare_ann
from spikeff.pipeline.energy.energy_report import EnergyReport
from spikeff.pipeline.energy.measurement import measure
from spikeff.pipeline.energy.sanafe import compare_sanafe, require_files
from spikeff.pipeline.energy.summary import summary
from spikeff.pipeline.integers import BITS, integers_of
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from hw_targets.cost.table import CostTable
    from lava_export.integers.network import IntegerNetwork

TABLES = ("loihi1", "loihi1-fitted", "loihi1-boards")
ANN = "ann"


@plain_numbers
def energy(
    file: Path | str,
    samples: int | None = None,
    data: Path | str | None = None,
    split: str = "test",
    tables: Sequence[str] = TABLES,
    compare: Sequence[str] = (),
    sanafe: Path | str | None = None,
    spikes: Path | str | None = None,
    report: Report = silent,
    board: str | None = None,
) -> EnergyReport:
    """Run integers over ``split`` and estimate their energy.

    Args:
        file: Network file or "zoo:NAME"; or a run directory, quantised to 8 bits as by
            ``spikeff export``.
        tables: Names of bundled cost tables, or paths of TOML files with one.
        compare: "ann" trains an ANN of the same size and prices it on 45 nm logic.
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.
        board: Name of a board of several chips, for the tables of its chip.
        sanafe: Folder for SANA-FE's files of the first sample; runs the sanafe package on them.
    """
    unknown = [name for name in compare if name != ANN]
    if unknown:
        raise UnknownNameError("comparison", unknown[0], (ANN,))
    costs = _cost_tables(tables)
    found = saved(file)
    directory = data_directory(file, data) if spikes is None else None
    network = integers_of(found, directory)
    origin = f"{file}, quantised to {BITS} bits" if found.is_run else str(file)
    given = Path(spikes) if spikes is not None else None
    if sanafe is not None:
        require_files(Path(sanafe), found.path, directory, spikes)
    images = load_samples(network, split, directory, given).head(samples)
    placement, measured = measure(network, images, costs, report, board=board)
    ann = compare_ann(network, images, directory, report) if ANN in compare else None
    beside = compare_sanafe(network, images, Path(sanafe)) if sanafe else None
    return summary(network, placement, measured, images, (origin, split), ann, beside)


def estimated(
    network: IntegerNetwork, split: Split, tables: Sequence[str], origin: tuple[str, str]
) -> EnergyReport:
    """As :func:`energy`, of a network and samples in memory. origin : as in :func:`summary`."""
    placement, measured = measure(network, split, _cost_tables(tables))
    return summary(network, placement, measured, split, origin, None, None)


def _cost_tables(tables: Sequence[str]) -> list[CostTable]:
    from hw_targets.cost.table_registry import cost_table

    costs = [cost_table(name) for name in dict.fromkeys(tables)]
    if not costs:
        raise ConfigError("no cost table was given; pass at least one.")
    return costs
