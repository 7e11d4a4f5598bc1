"""Learning rules of others, and local fields on CIFAR-10: trained, exported, run in integers."""

import pytest

from spikeff.pipeline.compile.export import export
from spikeff.pipeline.evaluate import evaluate_run
from spikeff.pipeline.run.run import run
from spikeff.pipeline.train import train
from tests.spikeff.data.test_cifar10 import members, written

pytestmark = [pytest.mark.usefixtures("trainings_are_not_drawn"), pytest.mark.slow]

RULE = """
preset = "digits"
learning.rule = "{rule}"
network.layers = [60]
schedule.epochs = 2
[network.layer_defaults]
spike_limit = "none"
goodness = {{kind = "traces", beta = 0.78}}
column_size = 10
homeostasis = "none"
"""
FIELDS = """
preset = "cifar10-local"
schedule = {epochs = 2, batch_size = 10}
[[network.layers]]
neurons = 160
[network.layers.connectivity]
kind = "local_fields"
source_shape = [6, 32, 32]
out_channels = 10
kernel = [11, 11]
stride = [7, 7]
"""


def through(folder, text, data=None):
    """Evaluation of a training, and what the emulator makes of its integers."""
    (folder / "c.toml").write_text(text)
    train(folder / "run", config=folder / "c.toml", data=data)
    export(folder / "run", folder / "net.safetensors", bits=8, data=data)
    return evaluate_run(folder / "run", data), run(folder / "net.safetensors", data=data)


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("rule", ["csdp", "predictive_ff"])
def test_rules_of_others_pass_through_the_pipeline(rule, tmp_path):
    evaluation, ran = through(tmp_path, RULE.format(rule=rule))
    assert evaluation.readout_accuracy > 0.2
    assert abs(evaluation.accuracy - ran.accuracy) < 0.1


def test_local_fields_learn_colours_and_pass_through_the_pipeline(tmp_path):
    data = written(tmp_path, members(6))
    evaluation, ran = through(tmp_path, FIELDS, data)
    assert abs(evaluation.accuracy - ran.accuracy) <= 0.2
    assert ran.synops_per_sample > 1000
