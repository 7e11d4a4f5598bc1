"""Totals of a run are the sums of what is counted per presentation."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from hw_targets.cost import totals
from hw_targets.cost.counts import count_spikes, source_spikes
from hw_targets.cost.totals import joined, totals_of
from hw_targets.emulator import run as emulator
from spikeff.errors import LimitError
from tests.networks import random_case


@pytest.mark.parametrize("block", [1, 3, 2**12])
def test_totals_are_the_sums_over_presentations(monkeypatch, block: int) -> None:
    monkeypatch.setattr(totals, "BLOCK", block)
    compared = 0
    for seed in range(25):
        case = random_case(Random(seed))
        try:
            trace = emulator.run(case.network, case.inputs).trace
        except LimitError:
            continue
        sources = source_spikes(case.network, case.inputs, trace)
        counts, found = (
            count_spikes(case.network, sources, active=None),
            totals_of(case.network, sources),
        )
        assert found.synops == counts.total_synops
        assert found.hidden_spikes == counts.hidden_spikes
        assert found.spikes == {name: int(n.sum()) for name, n in counts.spikes.items()}
        compared += found.synops > 0
        twice = joined([found, found])
        assert (twice.synops, twice.spikes["input"]) == (
            2 * found.synops,
            2 * found.spikes["input"],
        )
    assert compared >= 10


def test_steps_beyond_a_byte_are_counted() -> None:
    spikes = np.ones((300, 2, 3), bool)
    assert totals._spikes_per_neuron(spikes).tolist() == [600, 600, 600]
