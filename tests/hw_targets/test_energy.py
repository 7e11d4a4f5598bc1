from dataclasses import replace
from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
from hw_targets.cost.energy import DYNAMIC, IDLE, STATIC, estimate, joined, with_learning
from hw_targets.cost.placement import place
from hw_targets.cost.report import table_report
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from spikeff.errors import ConfigError
from tests.networks import integers

# pytest's own absolute tolerance, 1e-12, is a picojoule: far too much here.
near = partial(pytest.approx, rel=1e-12, abs=0)


def estimated(network, inputs, table="loihi1", groups=None, counts=None):
    placement = place(network)
    spikes = source_spikes(network, inputs, emulator.run(network, inputs).trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    load = traffic(network, placement, spikes, active)
    if counts is None:
        counts = count_spikes(network, spikes, active)
    if groups is None:
        groups = np.arange(inputs.shape[1])[:, np.newaxis]
    table = cost_table(table) if isinstance(table, str) else table
    return estimate(network, placement, counts, load, groups, table), counts, placement


@pytest.fixture
def three_neurons():
    """Two neurons behind two inputs, one behind them; no memory, threshold 2 << 6."""
    network = integers([[4, 0], [0, 4]], vth=2, depth_weights=[[[2, 2]]])
    inputs = np.zeros((4, 1, 2), bool)
    inputs[0, 0, 0] = True
    inputs[2, 0] = True
    return network, inputs


# The pipeline takes 2 steps to fill, in which all 3 neurons are updated without any spike.
INACTIVE = 5 + 2 + 2 * 3


def test_energy_of_three_neurons_to_the_last_digit(three_neurons):
    """Counts by hand (see test_counts), costs of Davies et al. 2018, Table 2, in decimals."""
    result, _, _ = estimated(*three_neurons)
    pico = Decimal("1e-12")
    # 3 input spikes and 3 of layer1 reach one core each; layer2 reaches none.
    dynamic = (6 * Decimal("23.6") + 5 * Decimal("81.0") + 6 * Decimal("1.7")) * pico
    idle = INACTIVE * Decimal("52.0") * pico
    report = table_report(result)
    assert report.dynamic_joules.mean == float(dynamic) == 5.568e-10
    assert report.idle_joules.mean == float(idle) == 6.76e-10
    assert sum(t.joules for t in report.terms if t.row == "synaptic_operation_pj") == 141.6e-12


def test_time_and_static_energy_of_three_neurons(three_neurons):
    """Core 0 works a step behind the input, core 1 two steps; each hears a step before it works.

    Input steps 0 and 2 change core 0 at steps 1 and 3, its spikes core 1 at steps 2 and 4.
    """
    result, _, _ = estimated(*three_neurons)
    active, waiting, synop, message = 8.4, 5.3, 3.5, 2.1
    core0 = [
        2 * waiting + synop + message,
        active + waiting,
        2 * waiting + 2 * synop + 2 * message,
        2 * active,
        2 * waiting,
        2 * waiting,
    ]
    core1 = [
        waiting,
        waiting + synop + message,
        active,
        waiting + 2 * synop + 2 * message,
        active,
        waiting,
    ]
    port = [message, 0, 2 * message, 0, 0, 0]
    steps = [113 + max(a, b) + p for a, b, p in zip(core0, core1, port, strict=True)]
    assert result.steps == len(steps)
    assert result.seconds["value"][0] == near(sum(steps) * 1e-9)
    static = 2 * 0.816e-3 * result.seconds["value"][0]
    assert result.joules(STATIC)[0] == near(static)
    report = table_report(result)
    total = sum(result.joules(part)[0] for part in (DYNAMIC, IDLE, STATIC))
    assert report.energy_delay_js.mean == near(total * result.seconds["value"][0])


def test_half_the_spikes_cost_half_the_synaptic_energy():
    """The same input in the first half only: half the input spikes, half the synaptic term."""
    network = integers(np.full((5, 8), 2), vth=4000, steps=8)
    inputs = np.zeros((8, 1, 8), bool)
    inputs[:] = np.random.default_rng(0).random((1, 1, 8)) < 0.5
    halved = inputs.copy()
    halved[4:] = False

    def synaptic(spikes):
        result, _, _ = estimated(network, spikes)
        terms = [t for t in result.terms if t.cost.name == "synaptic_operation_pj"]
        return sum(t.exact_mean() for t in terms)

    assert synaptic(inputs) > 0
    assert synaptic(halved) == synaptic(inputs) / 2


def test_an_inference_of_ten_passes_costs_ten_but_fills_the_pipeline_once(three_neurons):
    network, inputs = three_neurons
    ten = np.repeat(inputs, 10, axis=1)
    one, _, _ = estimated(network, inputs)
    all_passes, _, _ = estimated(network, ten, groups=np.arange(10)[np.newaxis])
    assert all_passes.mean_joules(DYNAMIC) == near(10 * one.mean_joules(DYNAMIC))
    fill = 2 * 3 * 52e-12
    assert all_passes.mean_joules(IDLE) == near(10 * (one.mean_joules(IDLE) - fill) + fill)
    assert all_passes.steps == 10 * 4 + 2
    assert all_passes.seconds["value"][0] < 10 * one.seconds["value"][0]


def test_spread_over_samples_and_bounds(three_neurons):
    network, inputs = three_neurons
    silent = np.zeros_like(inputs)
    result, _, _ = estimated(network, np.concatenate([silent, inputs, silent], axis=1))
    report = table_report(result)
    dynamic = report.dynamic_joules
    assert dynamic.worst_sample == 1
    assert dynamic.p50 == 0
    assert dynamic.worst == near(5.568e-10)
    assert dynamic.mean == float(Decimal("5.568e-10") / 3)
    assert dynamic.low < dynamic.mean < dynamic.high
    low = (6 * 23.6 + 5 * 72.8 + 6 * 1.7) * 1e-12 / 3
    high = (6 * 35.5 + 5 * 81 + 6 * 111 + 4 * 69.3) * 1e-12 / 3
    assert (dynamic.low, dynamic.high) == near((low, high))
    assert "hop_east_west_pj" in report.unbounded
    both = joined([result, result])
    assert both.inferences == 6
    assert both.mean_joules(DYNAMIC) == result.mean_joules(DYNAMIC)


def test_every_joule_is_a_count_times_a_row(three_neurons):
    report = table_report(estimated(*three_neurons)[0])
    for term in report.terms:
        assert term.joules == near(term.count * term.factor * term.value * 1e-12)
        assert term.source
        assert term.where
    parts = sum(t.joules for t in report.terms)
    assert parts == near(report.dynamic_joules.mean + report.idle_joules.mean)
    assert report.total_joules.mean == near(parts + report.static_joules.mean)


def test_tables_price_what_they_have(three_neurons):
    fitted = table_report(estimated(*three_neurons, table="loihi1-fitted")[0])
    assert fitted.static_joules is None
    assert {t.counted for t in fitted.terms} >= {"spikes", "messages"}
    truenorth = table_report(estimated(*three_neurons, table="truenorth")[0])
    assert truenorth.dynamic_joules.mean == 6 * 26e-12
    assert truenorth.idle_joules.mean == 0
    assert truenorth.seconds.mean == near(6e-3)
    spinnaker = table_report(estimated(*three_neurons, table="spinnaker2")[0])
    assert spinnaker.seconds is None
    assert "active updates" in spinnaker.not_priced
    scenario = table_report(estimated(*three_neurons, table="loihi2-scenario")[0])
    assert np.isnan(scenario.dynamic_joules.mean)
    assert 0 < scenario.dynamic_joules.low < scenario.dynamic_joules.high < 1e-9
    digital = table_report(estimated(*three_neurons, table="digital45")[0])
    expected = 6 * (0.1 + 1.25) + 5 * (2 * 0.1 + 2 * 3.1 + 16 * 1.25)
    assert digital.dynamic_joules.mean == near(expected * 1e-12)


def test_two_prices_for_one_operation_are_refused(three_neurons):
    table = cost_table("loihi1")
    rows = table.rows | {"int32_add_pj": cost_table("digital45").rows["int32_add_pj"]}
    with pytest.raises(ConfigError, match="twice"):
        estimated(*three_neurons, table=replace(table, rows=rows))


def test_learning_adds_its_updates_and_their_time(three_neurons):
    network, _ = three_neurons
    result, counts, placement = estimated(*three_neurons)
    learned = with_learning(result, network, placement, counts.learning)
    extra = Decimal(6) * Decimal(120) * Decimal("1e-12")
    assert learned.mean_joules(DYNAMIC) == float(Decimal("5.568e-10") + extra)
    more = learned.seconds["value"] - result.seconds["value"]
    assert more == near(4 * 6.1e-9)  # the busier core, with 4 of the 6 synapses
    fitted, counts, placement = estimated(*three_neurons, table="loihi1-fitted")
    without = with_learning(fitted, network, placement, counts.learning)
    assert "learning updates" in without.not_priced


def test_a_row_is_paid_as_often_as_its_rule_says(three_neurons):
    """16 bytes of state for each active update; the energy of a sample and the mean agree."""
    result, counts, _ = estimated(*three_neurons, table="digital45")
    (bytes_moved,) = (
        t
        for t in result.terms
        if (t.layer, t.counted, t.cost.name) == ("layer1", "active updates", "sram_per_byte_pj")
    )
    assert bytes_moved.factor == 16
    exact = 16 * int(counts.active["layer1"][0]) * float(bytes_moved.cost.value) * 1e-12
    assert bytes_moved.joules()[0] == near(exact) == near(float(bytes_moved.exact_mean()))
