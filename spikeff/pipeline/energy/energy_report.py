"""What ``spikeff energy`` says, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hw_targets.beside.neurobench import NeuroBenchMetrics
    from hw_targets.cost.by_format import FormatCost
    from hw_targets.cost.profile import Profile
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.spread import Spread
    from spikeff.pipeline.energy.ann import AnnReport
    from spikeff.pipeline.energy.provenance import Provenance
    from spikeff.pipeline.energy.sanafe import SanafeReport


@dataclass(frozen=True)
class LayerCounts:
    """What a layer did per inference, mean over samples; synapses are the incoming ones.

    Attributes:
        inactive_updates: Those that fill the pipeline included.
    """

    layer: str
    spikes: float
    excitatory_synops: float
    inhibitory_synops: float
    dense_synops: float
    active_updates: float
    inactive_updates: float
    messages: float
    hops_east_west: float
    hops_north_south: float


@dataclass(frozen=True)
class ReadingReport:
    """One way of reading the answer: its accuracy, and the cost of one inference.

    Attributes:
        spikes_per_synapse: Synaptic operations over stored synapses.
        messages_between_chips: Per inference, of a board of several; counted, and priced by no
            table.
    """

    name: str
    meaning: str
    passes: int
    accuracy: float
    synops: Spread
    spikes_per_synapse: float
    spikes: Spread
    messages_between_chips: float
    layers: tuple[LayerCounts, ...]
    tables: tuple[TableReport, ...]


@dataclass(frozen=True)
class EnergyReport:
    """Everything that ``spikeff energy`` says. ``kind`` is "estimated": never measured.

    Attributes:
        provenance: What made it, and of what.
        cores: In use by the first table; None where it needs no placement.
        tiles: As ``cores``.
        chips: As ``cores``.
        training: One step of learning on chip per sample, forward passes and weight updates, by the
            tables that price learning; empty for networks that the local rule did not train.
        no_learning: Tables without a figure for learning, where the network could learn.
        neurobench: Metrics over the first ``STATE_PRESENTATIONS`` presentations at most.
        profile: By layer, core and step, over the same presentations, by the first table.
        by_format: What synaptic operations of the network's own reading cost by the format of
            their synapses, by the tables that know several; in no total.
    """

    kind: str
    provenance: Provenance
    file: str
    dataset: str
    split: str
    samples: int
    cores: int | None
    tiles: int | None
    chips: int | None
    readings: tuple[ReadingReport, ...]
    training: tuple[TableReport, ...]
    no_learning: tuple[str, ...]
    neurobench: NeuroBenchMetrics
    profile: Profile
    by_format: tuple[FormatCost, ...]
    ann: AnnReport | None
    sanafe: SanafeReport | None

    @property
    def main(self) -> TableReport:
        """The network's own reading by the first table."""
        return self.readings[0].tables[0]
