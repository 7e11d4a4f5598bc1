"""Networks measured on silicon, priced; the page says what the code computes."""

import math
import os
from pathlib import Path

import numpy as np
import pytest

from hw_targets.cost.anchors import anchors, joules_of, validation
from hw_targets.cost.table_registry import cost_table
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError
from tests.paths import ROOT

MNIST = os.environ.get("SPIKEFF_MNIST")
PAGE = ROOT / "docs" / "validation.md"
INNER, BRIGHT = slice(4, 24), 127


def test_renners_inference_by_hand():
    """Its operations at the costs of Davies et al. 2018: about half of what his board took."""
    low = (41652 * 23.6 + 814 * 81 + 2442 * 52 + 208 * 1.7) * 1e-12
    first = validation()[0]
    assert first.anchor.name == "renner-2024"
    assert first.low == pytest.approx(low, rel=1e-12, abs=0)
    assert 1.9 < first.ratios[0] < first.ratios[1] < 2.2
    fitted = validation()[1]
    assert 0.8 < fitted.ratios[0] < 1 < fitted.ratios[1] < 1.5


def test_pilotnet_by_hand():
    (priced,) = (p for p in validation() if p.anchor.name == "pilotnet-lif")
    assert priced.high == pytest.approx((36.6e6 * 23.6 + 5.9e6 * 81) * 1e-12, rel=1e-12)
    assert priced.measured == 1094e-6
    assert priced.ratios == pytest.approx((0.8154, 1.9011), abs=1e-4)


def test_counts_follow_from_the_sizes_of_the_net():
    """400-400-10 and a chain of 4 gates, one of them for each layer; each input has a generator."""
    anchor, layers, gates = anchors()["renner-2024"], 400 + 400 + 10, 4
    inputs = round(101.84)
    for counts, hidden, answering in ((anchor.low, 0, 0), (anchor.high, 400, 10)):
        synops = inputs + round(101.84 * 400) + 10 * hidden + layers + gates
        assert counts["synaptic operations"] == synops
        assert counts["spikes"] == inputs + hidden + gates + answering
        assert counts["active updates"] == layers + gates
        assert counts["active updates"] + counts["inactive updates"] == 4 * (layers + gates)
    assert anchor.low["messages"] == inputs + anchor.low["spikes"]
    cores = [math.ceil(size / math.ceil(size / most)) for size, most in ((400, 79), (400, 78))]
    to_hidden, gated = round(101.84 * cores[1]), sum(cores) + 10 + gates
    assert anchor.high["messages"] == inputs + to_hidden + 10 * 400 + gated


def test_inputs_of_renners_net_in_mnist():
    if MNIST is None:
        pytest.skip("set SPIKEFF_MNIST to the directory of MNIST's IDX files")
    images = load_split("mnist", "test", Path(MNIST)).images.reshape(-1, 28, 28)
    on = (images[:, INNER, INNER] > BRIGHT).sum(axis=(1, 2))
    assert float(np.mean(on)) == pytest.approx(101.84, abs=0.01)


def test_boards_are_scaled_by_what_was_measured():
    low, high = validation()[0].ratios
    published, boards = cost_table("loihi1").rows, cost_table("loihi1-boards").rows
    for name in ("synaptic_operation_pj", "neuron_update_active_pj", "message_pj"):
        assert low <= float(boards[name].value / published[name].value) <= high


def test_the_page_says_what_the_code_computes():
    text = PAGE.read_text()
    for p in validation():
        digits = 2 if p.measured < 1e-4 else 0
        row = (
            f"| {p.anchor.system.title}, {p.anchor.system.network} | `{p.table}` | "
            f"{p.low * 1e6:,.{digits}f} to {p.high * 1e6:,.{digits}f} | "
            f"{p.anchor.system.microjoules} | {p.ratios[0]:.2f} to {p.ratios[1]:.2f} |"
        )
        assert row in text


def test_what_nobody_prices_is_refused():
    with pytest.raises(ConfigError, match="'flops' is priced by no table"):
        joules_of({"flops": 3}, cost_table("loihi1"))
    with pytest.raises(ConfigError, match="bounds only"):
        joules_of({"synaptic operations": 3}, cost_table("loihi2-scenario"))
