"""A network that learned on a chip has no linear readout, and no figure speaks of one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.table_registry import cost_table
from spikeff.errors import DescriptionError
from spikeff.pipeline import silent
from spikeff.pipeline.energy.early_answer import early_answers
from spikeff.pipeline.energy.estimate import estimated
from spikeff.pipeline.energy.measurement import measure
from spikeff.pipeline.run.evaluation import evaluate_network
from spikeff.pipeline.run.readings import read
from tests.spikeff.pipeline.on_chip.small import SAMPLES


def test_goodness_alone_answers(network):
    found = evaluate_network(network, SAMPLES, 0, 0, silent)
    assert [each.name for each in found.readings] == ["goodness"]
    assert math.isnan(found.readout_accuracy)
    assert math.isnan(found.shortlist_accuracy)


def test_energy_prices_no_pass_of_a_readout(network):
    split = SAMPLES.head(3)
    names = [each.name for each in estimated(network, split, ["loihi1"], ("net", "test")).readings]
    assert names == ["all labels"]
    table = cost_table("loihi1")
    _, measured = measure(network, split, [table])
    with pytest.raises(DescriptionError, match="no linear readout"):
        early_answers(network, split, measured, table)


def test_the_wrong_label_of_a_training_step_is_the_best_by_goodness(network):
    """All neurons spike together under label 7 of a sample of label 2."""
    (population,) = network.populations[:1]
    spikes = np.zeros((network.steps, 11, population.size), np.bool_)
    spikes[0, 7] = True
    found = read({population.name: spikes}, network.readout, network.populations, np.array([2]))
    assert found.learning[0].tolist() == [10, 2, 7]
    linear = replace(network.readout, softmax_bias=np.eye(10)[4])
    found = read({population.name: spikes}, linear, network.populations, np.array([2]))
    assert found.learning[0].tolist() == [10, 2, 4]
    assert [each.name for each in found.all] == ["all labels", "one pass", "short list"]
