"""What a sample costs, by every reading and in training, from the counts of its presentations."""

import numpy as np

from hw_targets.cost.counts import count_run
from hw_targets.cost.table import cost_table
from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from spikeff.data.dataset import Split
from spikeff.pipeline.energy.measurement import LABEL_PASS, TRAINING, measure
from spikeff.pipeline.run.readings import ALL_LABELS, ONE_PASS, reading_inputs
from tests.networks import description


def measured(samples=4):
    network = quantize(description(pixels=16), 8)
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
