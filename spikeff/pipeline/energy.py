"""Step 6: joules and seconds per inference, estimated from the emulator's own counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.pipeline import Report, silent
from spikeff.pipeline.presentations import passes_per_sample
from spikeff.pipeline.run import run_network
from spikeff.pipeline.spike_file import load_samples

if TYPE_CHECKING:
    from hw_targets.energy import EnergyEstimate


def energy(
    file: Path | str,
    samples: int | None = None,
    data: Path | str | None = None,
    split: str = "test",
    table: str = "loihi1",
    spikes: Path | str | None = None,
    report: Report = silent,
) -> EnergyEstimate:
    """Run an IntegerNetwork file on the emulator over ``split`` and estimate its energy."""
    from hw_targets.cost_table import cost_table
    from hw_targets.energy import estimate
    from lava_export.integer_file import load_integer_network

    network = load_integer_network(Path(file))
    costs = cost_table(table)
    directory = Path(data) if data is not None else None
    given = Path(spikes) if spikes is not None else None
    images = load_samples(network, split, directory, given).head(samples)
    outcome = run_network(network, "emulator", images, report)
    return estimate(network, outcome.counts, passes_per_sample(network.labels), costs)
