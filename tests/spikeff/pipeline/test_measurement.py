"""What a sample costs, by every reading and in training, from the counts of its presentations."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from hw_targets.cost.counts import count_run
from hw_targets.cost.report import table_report
from hw_targets.cost.table_registry import cost_table
from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from spikeff.data.dataset import Split
from spikeff.errors import LimitError
from spikeff.pipeline.energy.measurement import LABEL_PASS, TRAINING, measure
from spikeff.pipeline.energy.provenance import provenance
from spikeff.pipeline.energy.summary import summary
from spikeff.pipeline.run.readings import ALL_LABELS, ONE_PASS, reading_inputs
from tests.networks import description, integers


def measured(samples=4):
    network = quantize(description(pixels=16), 8)
    readout = replace(network.readout, softmax_bias=np.array([1.0, 0.0]))
    network = replace(network, readout=readout)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (samples, 16), dtype=np.uint8)
    split = Split(images, rng.integers(0, 2, samples), (4, 4), 2)
    inputs = reading_inputs(split, network.input, network.labels, network.steps)
    counts = count_run(network, inputs, emulator.run(network, inputs).trace)
    _, found = measure(network, split, [cost_table("loihi1")])
    return split, counts, found


def counted(estimate, what):
    return sum(term.count for term in estimate.terms if term.counted == what)


def test_the_neutral_pass_of_training_is_run_and_does_not_learn():
    """Presentations: each sample with label 0 and with label 1, then each without."""
    split, counts, found = measured()
    (training,) = found.estimates[TRAINING]
    n = np.arange(len(split))
    learned, synops = counts.learning["input->layer1"], counts.synops["input->layer1"]
    with_labels = learned[2 * n] + learned[2 * n + 1]
    assert counted(training, "learning updates").tolist() == with_labels.tolist()
    assert (learned[2 * len(split) :] > 0).all()  # it would have, if it could
    whole = synops[2 * n] + synops[2 * n + 1] + synops[2 * len(split) + n]
    assert counted(training, "synaptic operations").tolist() == whole.tolist()


def test_readings_pay_for_the_presentations_that_they_take():
    split, counts, found = measured()
    n, synops = np.arange(len(split)), counts.synops["input->layer1"]
    neutral = synops[2 * len(split) + n]
    both = synops[2 * n] + synops[2 * n + 1]
    for name, count in {ALL_LABELS: both, ONE_PASS: neutral}.items():
        (estimate,) = found.estimates[name]
        assert counted(estimate, "synaptic operations").tolist() == count.tolist()
        assert found.counts[name].synops["input->layer1"].tolist() == count.tolist()
        assert counted(estimate, "learning updates") == 0
    (single,) = found.estimates[LABEL_PASS]
    assert counted(single, "synaptic operations").tolist() == synops[: 2 * len(split)].tolist()


def wide(inputs):
    """Ten neurons that hear all inputs; a core of Loihi 1 has 4,096 axons."""
    network = integers(np.full((10, inputs), 2), vth=4000, steps=2)
    images = np.random.default_rng(0).integers(0, 256, (2, inputs), dtype=np.uint8)
    return network, Split(images, np.array([0, 1]), (1, inputs), 2)


def test_a_network_is_placed_on_the_chip_of_each_table():
    """Loihi 1 refuses 5,000 inputs a neuron; Loihi 2 and what needs no chip do not."""
    network, split = wide(5000)
    with pytest.raises(LimitError, match="input axons"):
        measure(network, split, [cost_table("truenorth"), cost_table("loihi1")])
    tables = [cost_table(name) for name in ("loihi2-scenario", "truenorth", "digital45")]
    placement, found = measure(network, split, tables)
    assert placement.chip.name == "loihi2"
    reports = [table_report(each) for each in next(iter(found.estimates.values()))]
    assert [r.chip for r in reports] == ["loihi2", None, None]
    assert [r.cores for r in reports] == [placement.cores, None, None]
    alone, _ = measure(network, split, tables[1:])
    assert alone.chip is None


def test_an_operation_costs_the_same_beside_other_tables():
    network, split = wide(300)
    tables = [cost_table(name) for name in ("loihi1", "loihi2-scenario", "truenorth")]
    _, together = measure(network, split, tables)
    for k, table in enumerate(tables):
        _, alone = measure(network, split, [table])
        for name in alone.counts:
            ours = table_report(alone.estimates[name][0])
            theirs = table_report(together.estimates[name][k])
            assert repr(ours) == repr(theirs)  # figures of a scenario are not a number


def test_training_is_priced_by_tables_that_price_learning():
    network = quantize(description(pixels=16), 8)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 16), dtype=np.uint8)
    split = Split(images, np.array([0, 1]), (4, 4), 2)
    tables = [cost_table(name) for name in ("truenorth", "loihi1", "loihi1-fitted", "spinnaker2")]
    placement, found = measure(network, split, tables)
    assert [e.table.name for e in found.estimates[TRAINING]] == ["loihi1"]
    report = summary(network, placement, found, split, ("mine", "test"), None, None)
    assert report.no_learning == ("truenorth", "loihi1-fitted", "spinnaker2")


def test_layers_count_what_terms_price():
    """Pipeline fill included: a page shows one number of inactive updates, not two."""
    network, split = wide(300)
    placement, found = measure(network, split, [cost_table("loihi1")])
    reading, *_ = summary(network, placement, found, split, ("mine", "test"), None, None).readings
    (table,) = reading.tables
    for layer in reading.layers:
        priced = {term.counted: term.count for term in table.terms if term.layer == layer.layer}
        assert layer.inactive_updates == priced.get("inactive updates", 0)
        assert layer.active_updates == priced.get("active updates", 0)
        operations = layer.excitatory_synops + layer.inhibitory_synops
        assert operations == priced.get("synaptic operations", 0)
    assert reading.spikes_per_synapse == reading.synops.mean / 3000


def test_a_report_says_what_it_was_made_of():
    network, split = wide(300)
    tables = [cost_table("loihi1"), cost_table("loihi1-fitted")]
    made = provenance(network, split, tables)
    again = provenance(replace(network, provenance={"seed": 5}, chip="loihi2"), split, tables)
    assert again == made, "whose network it was, and for which chip, is no part of it"
    weights = network.connections[0].weights.copy()
    weights[0, 0] += 2
    moved = replace(network.connections[0], weights=weights)
    other = provenance(replace(network, connections=(moved,)), split, tables)
    assert other.network != made.network
    assert (other.data, other.tables) == (made.data, made.tables)
    images = split.images.copy()
    images[1, 7] ^= 1
    labels = split.labels[::-1].copy()
    for changed in (replace(split, images=images), replace(split, labels=labels)):
        assert provenance(network, changed, tables).data != made.data
    rows = dict(tables[0].rows)
    rows["message_pj"] = replace(rows["message_pj"], high=Decimal(112))
    dearer = provenance(network, split, [replace(tables[0], rows=rows), tables[1]])
    assert dearer.tables["loihi1"] != made.tables["loihi1"]
    assert dearer.tables["loihi1-fitted"] == made.tables["loihi1-fitted"]
