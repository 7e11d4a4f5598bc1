"""The report counted again by loops over spike events; nothing of ours but the spikes.

Weights are looked up by the ends of each connection, cores by a placement of our own making, joules
by the decimals of the table, added up as fractions.
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from hw_targets.cost import placement as places
from hw_targets.cost.table_registry import cost_table
from hw_targets.emulator import run as emulator
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import quantize
from spikeff.data.dataset import Split
from spikeff.ir.connectivity import Conv2d
from spikeff.ir.network import BLANK, INPUT
from spikeff.pipeline.energy.measurement import measure
from spikeff.pipeline.energy.summary import summary
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.run.readings import ALL_LABELS
from tests.markers import slow_but
from tests.networks import description, integers, silencing, with_self_inhibition
from tests.networks.cores import spread_over

PICO = Fraction(1, 10**12)
SAMPLES = 3


def two_layers_without_labels():
    """Two dense layers, read by class columns."""
    rng = np.random.default_rng(3)
    first = 2 * rng.integers(-20, 40, (20, 16))
    second = 2 * rng.integers(-20, 40, (10, 20))
    first[rng.random(first.shape) < 0.4] = 0
    return integers(first, vth=60, du=900, dv=300, steps=6, depth_weights=[second])


def labels_in_the_input():
    """One layer, a pass for each of two labels."""
    return quantize(description(pixels=16), 8)


def over_many_cores():
    """More neurons than a core holds: three cores and messages to each."""
    rng = np.random.default_rng(4)
    first = 2 * rng.integers(-3, 6, (2400, 16))
    first[rng.random(first.shape) < 0.7] = 0
    second = np.zeros((10, 2400), int)
    second[:, ::7] = 2 * rng.integers(1, 5, (10, 343))
    return integers(first, vth=9, du=4095, dv=100, steps=5, depth_weights=[second])


def across_the_mesh():
    """Two layers on forty cores of ten tiles, which take more than a row."""
    rng = np.random.default_rng(6)
    first, second = 2 * rng.integers(-9, 20, (40, 16)), 2 * rng.integers(-9, 20, (12, 40))
    return integers(first, vth=60, du=4095, dv=300, steps=5, depth_weights=[second])


def one_spike_and_idle_steps():
    """Spikes that come back a step later, and a blanking line between samples."""
    return quantize(with_blanking(with_self_inhibition(description(pixels=16))), 8)


def shared_weights_and_spikes_that_come_back():
    """A convolution, and a population that hears itself two steps later, with idle steps."""
    rng = np.random.default_rng(9)
    kind = Conv2d((1, 4, 4), 5, (3, 3), padding=(1, 1))
    network = integers(np.full((80, 16), 2), vth=30, du=4095, dv=300, steps=6)
    (first,) = network.connections
    kernel = 2 * rng.integers(-6, 12, (5, 1, 3, 3))
    back = replace(
        first, source="layer1", weights=2 * rng.integers(-9, 9, (80, 80)), delay=2, role="fixed"
    )
    first = replace(first, connectivity=kind, weights=kernel)
    blank = silencing("layer1", 80, BLANK)
    return replace(network, connections=(first, back, blank), idle_steps=3)


MADE = (
    two_layers_without_labels,
    labels_in_the_input,
    over_many_cores,
    across_the_mesh,
    one_spike_and_idle_steps,
    shared_weights_and_spikes_that_come_back,
)
NETS = {f.__name__: f for f in MADE}
SPREAD = {"across_the_mesh": (36, 4)}  # cores of each population


def samples_for(network):
    rng = np.random.default_rng(8)
    images = rng.integers(0, 256, (SAMPLES, 16), dtype=np.uint8)
    return Split(images, rng.integers(0, 2, SAMPLES), (4, 4), 2)


class Recount:
    """Events of one presentation, in the network's own steps."""

    def __init__(self, network, inputs, spikes, core_of):
        self.network, self.core_of = network, core_of
        self.synapses = {}
        for c in network.connections:
            weights = c.connectivity.matrix(c.weights)
            for pre in range(weights.shape[1]):
                hit = [post for post in range(weights.shape[0]) if weights[post, pre] != 0]
                self.synapses.setdefault((c.source, pre), []).append((c, weights[:, pre], hit))
        self.events = []
        blanked = any(c.source == BLANK for c in network.connections)
        for step in range(network.steps + network.idle_steps):
            if step < network.steps:
                self.events += [(step, INPUT, k) for k in np.flatnonzero(inputs[step])]
            elif blanked:
                self.events.append((step, BLANK, 0))
            for name, z in spikes.items():
                self.events += [(step, name, k) for k in np.flatnonzero(z[step])]

    def counts(self):
        """What is priced, by what is counted and layer."""
        found = {}

        def add(what, layer, n=1):
            found[what, layer] = found.get((what, layer), 0) + n

        driven = set()
        period = self.network.steps + self.network.idle_steps
        for step, source, neuron in self.events:
            if source not in (INPUT, BLANK):
                add("spikes", source)
                driven.add((source, neuron, step))
            cores = set()
            for c, _, hit in self.synapses.get((source, int(neuron)), []):
                add("synaptic operations", c.target, len(hit))
                cores |= {int(self.core_of[c.target][post]) for post in hit}
                for post in hit:
                    if step + c.delay < period:
                        driven.add((c.target, post, step + c.delay))
            add("messages", source, len(cores))
            home = 0 if source in (INPUT, BLANK) else int(self.core_of[source][neuron])
            for core in cores:
                here, there = home // 4, core // 4
                add("hops east-west", source, abs(here % 8 - there % 8))
                add("hops north-south", source, abs(here // 8 - there // 8))
        fill = 1 + max(p.depth for p in self.network.populations)
        for p in self.network.populations:
            active = sum(name == p.name for name, _, _ in driven)
            add("active updates", p.name, active)
            add("inactive updates", p.name, (period + fill) * p.size - active)
        return found


ROWS = {
    "synaptic operations": "synaptic_operation_pj",
    "active updates": "neuron_update_active_pj",
    "inactive updates": "neuron_update_inactive_pj",
    "spikes": "spike_pj",
    "messages": "message_pj",
    "hops east-west": "hop_east_west_pj",
    "hops north-south": "hop_north_south_pj",
}


def packed(network):
    """Core of every neuron: populations one after the other, as many cores as neurons need."""
    core_of, first = {}, 0
    for p in network.populations:
        cores = -(-p.size // 1024)
        sizes = [p.size // cores + (k < p.size % cores) for k in range(cores)]
        core_of[p.name] = [first + k for k, size in enumerate(sizes) for _ in range(size)]
        first += cores
    return core_of


@pytest.mark.parametrize("name", slow_but(NETS, *set(NETS) - {"over_many_cores"}))
@pytest.mark.parametrize("table", ["loihi1", "loihi1-fitted"])
def test_the_report_equals_a_recount_to_the_last_digit(name, table, monkeypatch):
    network = NETS[name]()
    core_of = packed(network)
    if name in SPREAD:
        spread = spread_over(places.place(network), SPREAD[name])
        monkeypatch.setattr(places, "place", lambda *_: spread)
        core_of = spread.core_of
    split = samples_for(network)
    placement, measured = measure(network, split, [cost_table(table)])
    report = summary(network, placement, measured, split, ("mine", "test"), None, None)
    reading = report.readings[0]
    inputs = presentations(split, network.input, network.labels, network.steps)
    spikes = emulator.run(network, inputs).trace.spikes
    passes = inputs.shape[1] // len(split)
    assert reading.passes == passes == (2 if reading.name == ALL_LABELS else 1)
    total = {}
    for k in range(inputs.shape[1]):
        found = Recount(
            network, inputs[:, k], {n: z[:, k] for n, z in spikes.items()}, core_of
        ).counts()
        for key, n in found.items():
            total[key] = total.get(key, 0) + n
    # The pipeline fills once for an inference, and was counted once for each pass.
    fill = 1 + max(p.depth for p in network.populations)
    for p in network.populations:
        total["inactive updates", p.name] -= (passes - 1) * len(split) * fill * p.size
    (priced,) = reading.tables
    ours = {(t.counted, t.layer): t.count for t in priced.terms if t.count}
    assert ours == {
        key: n / len(split)
        for key, n in total.items()
        if n and ROWS[key[0]] in cost_table(table).rows
    }
    for part, counted in (
        ("dynamic_joules", set(ROWS) - {"inactive updates"}),
        ("idle_joules", {"inactive updates"}),
    ):
        exact = sum(
            n * Fraction(Decimal(cost_table(table).rows[ROWS[what]].value))
            for (what, _), n in total.items()
            if what in counted and ROWS[what] in cost_table(table).rows
        )
        assert getattr(priced, part).mean == float(exact * PICO / len(split))
    synops = sum(n for (what, _), n in total.items() if what == "synaptic operations")
    assert reading.synops.mean == synops / len(split) > 0
    assert sum(n for (what, _), n in total.items() if what == "messages") > 0
    for way in ("hops east-west", "hops north-south"):
        assert any(n for (what, _), n in total.items() if what == way) == (name in SPREAD)
    idle = ("one_spike_and_idle_steps", "shared_weights_and_spikes_that_come_back")
    assert (network.idle_steps > 0) == (name in idle)
