"""No joule without its box, no time without what overlaps."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.beside.neurobench import neurobench_metrics
from hw_targets.cost.boxes import box_levels, boxes, totals
from hw_targets.cost.counts import active_updates, source_spikes
from hw_targets.cost.report import table_report
from hw_targets.cost.table import BOXES
from hw_targets.cost.table_registry import bundled_tables, cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from lava_export.integers.host_bias import HostBias
from spikeff.ir.connectivity import DENSE
from tests.hw_targets.test_energy import estimated, near
from tests.networks import integers


@pytest.fixture
def four_inferences():
    """Three neurons on two cores of Loihi 1, and inputs that differ."""
    network = integers([[4, 0], [0, 4]], vth=2, depth_weights=[[[2, 2]]])
    inputs = np.random.default_rng(1).random((4, 4, 2)) < 0.5
    inputs[0, 0] = True
    return network, inputs


def by_name(found):
    return {each.name: each for each in found}


@pytest.mark.parametrize("name", sorted(bundled_tables()))
def test_every_box_has_a_figure_or_a_reason(four_inferences, name):
    result, _, _ = estimated(*four_inferences, table=name)
    found = boxes(result)
    assert tuple(box.name for box in found) == BOXES
    for box in found:
        if box.joules is None:
            assert box.why.startswith(("not counted", "within")), box
        else:
            assert not box.why.startswith("not counted")
            assert box.joules.low <= box.joules.high
    for total in totals(result):
        held = [by_name(found)[name].joules for name in total.holds]
        assert total.joules.high == near(sum(part.high for part in held))
        assert total.joules.low == near(sum(part.low for part in held))


def test_static_energy_of_a_chip_by_hand(four_inferences):
    """29.5 mW over the shortest time, 104.4 mW over 42 us a step."""
    result, _, _ = estimated(*four_inferences)
    chip = by_name(boxes(result))["static, whole chip"].joules
    shortest = result.interval["everything"]["low"].mean()
    assert chip.low == near(29.5e-3 * shortest)
    assert chip.high == near(104.4e-3 * 42e-6 * result.steps)
    assert chip.mean == near(99.5e-3 * result.seconds["value"].mean())
    share = by_name(boxes(result))["static, cores in use"].joules
    assert share.high < chip.low
    longest = result.interval["nothing"]["high"]
    unhurried = {level: each / 1e6 for level, each in result.interval["floor"].items()}
    no_floor = replace(result, interval=result.interval | {"floor": unhurried})
    chip = by_name(boxes(no_floor))["static, whole chip"].joules
    assert chip.high == near(104.4e-3 * longest.mean())


def test_every_chip_of_a_board_draws_its_power(four_inferences):
    one, _, _ = estimated(*four_inferences)
    three = by_name(boxes(replace(one, chips=3)))["static, whole chip"]
    assert three.joules.mean == near(3 * by_name(boxes(one))["static, whole chip"].joules.mean)
    assert three.why.startswith("3 x 29.5 to 104.4 mW")


def test_the_total_of_a_whole_chip(four_inferences):
    """Its static power holds that of the cores in use, which is not added again."""
    found = by_name(totals(estimated(*four_inferences)[0]))
    assert found["cores in use"].holds == ("dynamic", "idle", "static, cores in use")
    whole = ("dynamic", "idle", "static, whole chip", "reset between samples")
    assert found["whole chip"].holds == whole


def test_clearing_the_state_is_an_update_of_every_neuron_in_every_pass(four_inferences):
    network, inputs = four_inferences
    result, _, _ = estimated(network, inputs, groups=np.array([[0, 1], [2, 3]]))
    reset = by_name(boxes(result))["reset between samples"]
    assert reset.joules.mean == near(3 * 2 * 81e-12)
    assert "3 neurons for each of 2 passes" in reset.why


def test_what_a_table_holds_already_is_not_counted_again(four_inferences):
    result, _, _ = estimated(*four_inferences, table="truenorth")
    found = by_name(boxes(result))
    assert found["idle"].joules is None
    assert found["idle"].why.startswith("within the dynamic box")
    alone = by_name(totals(result))["whole chip"]
    assert alone.holds == ("static, whole chip",)
    assert alone.joules.mean == near(63e-3 * 1e-3 * result.steps)
    assert alone.joules.mean > 1000 * found["dynamic"].joules.mean


def test_a_box_that_is_held_already_is_in_no_total(four_inferences):
    table = replace(cost_table("loihi1"), within=("idle",))
    result, _, _ = estimated(*four_inferences, table=table)
    assert by_name(boxes(result))["idle"].joules is None
    assert all("idle" not in total.holds for total in totals(result))


def test_a_chip_that_answers_itself_pays_within_the_dynamic_box(four_inferences):
    result, _, _ = estimated(*four_inferences)
    assert by_name(boxes(result))["readout"].why.startswith("not counted: the host")
    answering = replace(result, around=replace(result.around, on_chip=True))
    assert by_name(boxes(answering))["readout"].why.startswith("within the dynamic box")


def test_spikes_over_the_edge_are_named_where_they_cost_nothing(four_inferences):
    network, inputs = four_inferences
    result, counts, _ = estimated(network, inputs)
    heard = sum(counts.spikes[name].mean() for name in network.readout.populations)
    why = by_name(boxes(result))["input and output"].why
    assert f"{inputs.sum() / 4:,.1f} spikes go in and {heard:,.1f} come out" in why


def test_biases_that_the_host_writes_are_named_and_enter_by_the_port(four_inferences):
    network, _ = four_inferences
    host = HostBias(network.populations[0].name, DENSE, np.array([[3], [5]]), 0, 2)
    fed = network.connections[0]
    written = replace(network, connections=network.connections[1:], host=(host,))
    inputs = np.ones((network.steps, 4, 2), bool)
    result, counts, placement = estimated(written, inputs)
    spikes = source_spikes(written, inputs, emulator.run(written, inputs).trace)
    active = {p.name: active_updates(written, p.name, spikes) for p in written.populations}
    load = traffic(written, placement, spikes, active)
    assert not counts.spikes["input"].any()
    assert counts.active[fed.target].tolist() == [network.period * 2] * 4
    assert load.entering[0].tolist() == [2] * 4
    assert not load.entering[1:].any()
    found = by_name(boxes(result))
    assert "not counted: 2 biases are written and " in found["input and output"].why
    assert "2 products of integers" in found["host"].why


def test_times_are_an_interval(four_inferences):
    result, _, _ = estimated(*four_inferences)
    shortest, cores, blocking, longest = (
        result.interval["everything"]["value"],
        result.seconds["value"],
        result.interval["blocking"]["value"],
        result.interval["nothing"]["value"],
    )
    assert (shortest < cores).all()
    assert (cores <= blocking).all()
    assert (blocking < longest).all()
    times = table_report(result).times
    named = ["everything", "cores", "blocking", "nothing", "floor"]
    assert [time.name for time in times] == named
    assert times[-1].seconds.mean == near(42e-6 * result.steps)


def test_the_ends_of_the_interval_by_hand():
    """One input spike at step 0, two neurons on one core: 2 active of 2, one message each way."""
    network = integers([[4], [4]], vth=2, steps=1)
    inputs = np.ones((1, 1, 1), bool)
    result, _, _ = estimated(network, inputs, table="loihi1-fitted")
    sync, update, waits, spike = 600.0, 9.7, 6.0, 30.0
    message, synapse = 16.0, 3.8
    sending = 2 * update + 2 * spike
    receiving = message + 2 * synapse
    # Step 0 hears, step 1 works; two steps in all.
    shortest = 2 * sync + max(2 * waits, receiving) + sending
    longest = 2 * sync + 2 * update + message + sending + receiving
    assert result.interval["everything"]["value"][0] == near(shortest * 1e-9)
    assert result.interval["nothing"]["value"][0] == near(longest * 1e-9)


def test_power_without_a_time_is_named(four_inferences):
    table = cost_table("odin")
    rows = table.rows | {"static_per_chip_mw": cost_table("loihi1").rows["static_per_chip_mw"]}
    result, _, _ = estimated(*four_inferences, table=replace(table, rows=rows))
    assert "static power, for want of a time" in table_report(result).not_priced
    assert "no time" in by_name(boxes(result))["static, whole chip"].why
    assert "static, whole chip" not in box_levels(result)


def test_a_network_without_any_connection_does_no_synaptic_operations(four_inferences):
    network, _ = four_inferences
    alone = replace(
        network,
        populations=network.populations[:1],
        connections=(),
        readout=replace(network.readout, populations=(network.populations[0].name,)),
        host=(HostBias(network.populations[0].name, DENSE, np.array([[300], [500]]), 0, 2),),
    )
    inputs = np.ones((network.steps, 3, 2), bool)
    for table in ("loihi1", "loihi2-scenario"):
        result, counts, _ = estimated(alone, inputs, table=table)
        found = {t.counted: t.count.tolist() for t in result.terms}
        assert found["synaptic operations"] == [0, 0, 0]
    trace = emulator.run(alone, inputs, True).trace
    assert neurobench_metrics(alone, counts, trace).connection_sparsity == 0
