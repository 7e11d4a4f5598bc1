"""Delays that a configuration asks for: learned, saved, resumed, described, refused."""

import numpy as np
import pytest
import torch

from hw_targets.decode_answer import chip_answers, states_read
from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from lava_export.readout.chip_readout import with_chip_readout
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, FileFormatError, UnknownNameError
from spikeff.ir.readout_codes import answers
from spikeff.learning.optim import LocalAdam
from spikeff.lowering import describe
from spikeff.nn.delay_settings import DelaySettings
from spikeff.pipeline.fidelity.grades import grade_quantization
from spikeff.pipeline.presentations import presentations
from spikeff.training.checkpoint import load_model, restore_trainer, save_checkpoint, start_run
from spikeff.training.config.files import preset_table
from spikeff.training.config.schema import make_config
from spikeff.training.prolong import start_from
from spikeff.training.resolve import wanted_fields, whole_config
from spikeff.training.trainer import Trainer

SAID = [
    ((None, 4), DelaySettings(max_delay=4)),
    (("learned", 4), DelaySettings(max_delay=4)),
    (("fixed", 5), DelaySettings(max_delay=5, learned=False)),
    (("none", None), None),
    ((None, None), None),
]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def split():
    return load_split("two-ears", "train", None).head(96)


def trainer_of(split, delays, epochs=2, **learning):
    table = preset_table("two-ears")
    table["network"]["layers"] = [20]
    table["network"]["layer_defaults"] |= {"column_size": 2, "delays": delays}
    table["schedule"] |= {"epochs": epochs, "batch_size": 32}
    table["learning"] |= {"learning_rate": 0.05} | learning
    trainer = Trainer(make_config(table, "test"), split, CPU)
    trainer.calibrate()
    return trainer


def bits(trainer):
    return {name: part.numpy().tobytes() for name, part in trainer.model.weights().items()}


def test_delays_are_learned_within_their_range(split):
    trainer = trainer_of(split, {"max_delay": 3, "gain": 40.0})
    (weight,) = trainer.network.weight_parts(0)
    ((steps, _),) = trainer.network.delay_parts(0)
    before = weight.clone(), steps.clone()
    trainer.train_epoch()
    assert not torch.equal(weight, before[0])
    assert not torch.equal(steps.round(), before[1].round())
    assert (float(steps.min()), float(steps.max())) == (0.0, 3.0)
    assert {c.delay for c in describe(trainer.model).connections} == {0, 1, 2, 3}


def test_what_is_fixed_does_not_move(split):
    trainer = trainer_of(split, {"max_delay": 3, "learned": False})
    synapses = trainer.network.timed.arrivals[0].synapses
    before = synapses.delay.clone()
    trainer.train_epoch()
    assert torch.equal(synapses.delay, before)
    again = trainer_of(split, {"max_delay": 3, "learned": False})
    assert torch.equal(again.network.timed.arrivals[0].synapses.delay, before)
    assert trainer.network.delay_parts(0) == []


def test_training_goes_on_with_the_same_bits(split, tmp_path):
    whole = trainer_of(split, 4)
    for _ in range(2):
        whole.train_epoch()
    halted = trainer_of(split, 4)
    start_run(tmp_path, halted, [])
    halted.train_epoch()
    save_checkpoint(tmp_path, halted)
    resumed = restore_trainer(tmp_path, split, CPU)
    assert bits(resumed) == bits(halted)
    resumed.train_epoch()
    assert bits(resumed) == bits(whole)
    save_checkpoint(tmp_path, resumed)
    ((kept, _),) = load_model(tmp_path).network.delay_parts(0)
    assert torch.equal(kept, whole.network.delay_parts(0)[0].steps)


def test_delays_that_a_file_cannot_hold_are_refused(split, tmp_path):
    trainer = trainer_of(split, 4)
    trainer.network.delay_parts(0)[0].steps[0, 0] = 5.0
    start_run(tmp_path, trainer, [])
    for load in (load_model, lambda run: restore_trainer(run, split, CPU)):
        with pytest.raises(FileFormatError, match=r"delays from 0 to 5 steps, .* allows 0 to 4"):
            load(tmp_path)


FIXED = {"max_delay": 3, "learned": False}


def test_weights_are_taken_with_the_delays_that_they_were_learned_with(split, tmp_path):
    for name, delays in (("fixed", FIXED), ("learned", 3)):
        trainer = trainer_of(split, delays)
        trainer.train_epoch()
        start_run(tmp_path / name, trainer, [])
        again = trainer_of(split, delays)
        start_from(again, tmp_path / name)
        ours, theirs = (t.network.timed.arrivals[0].synapses for t in (again, trainer))
        assert torch.equal(ours.weight, theirs.weight)
        assert torch.equal(ours.steps, theirs.steps)
    other = trainer_of(split, {"max_delay": 3, "gain": 1.0, "reach": 2})
    start_from(other, tmp_path / "learned")


@pytest.mark.parametrize("delays", ["none", 2, FIXED])
def test_weights_of_other_delays_are_refused(split, tmp_path, delays):
    start_run(tmp_path, trainer_of(split, 3), [])
    trainer = trainer_of(split, delays)
    before = bits(trainer)
    with pytest.raises(ConfigError, match="other delays"):
        start_from(trainer, tmp_path)
    assert bits(trainer) == before


def test_weights_are_not_taken_where_another_seed_draws_the_delays(split, tmp_path):
    trainer = trainer_of(split, FIXED)
    start_run(tmp_path, trainer, [])
    trainer.config = trainer.config.model_copy(update={"seed": 7})
    with pytest.raises(ConfigError, match="drawn from seed 0, not 7"):
        start_from(trainer, tmp_path)


@pytest.mark.parametrize(("said", "found"), SAID)
def test_two_words_say_what_delays_there_are(said, found):
    config = whole_config(wanted_fields("two-ears", None, None, None, None, None, *said))
    assert config.network.layers[0].delays == found


@pytest.mark.parametrize("said", [("learned", None), ("none", 4), ("fixed", None)])
def test_half_of_what_delays_need_is_refused(said):
    with pytest.raises(ConfigError, match=f"delays = '{said[0]}' with max_delay = {said[1]}"):
        wanted_fields("two-ears", None, None, None, None, None, *said)
    with pytest.raises(UnknownNameError, match="kind of delays 'random'"):
        wanted_fields("two-ears", None, None, None, None, None, "random", 4)


def test_weights_decay_and_delays_do_not(split):
    parts = [(torch.ones(2, 2), 1.0), (torch.ones(2, 2), 10.0)]
    optimiser = LocalAdam(parts, weight_decay=0.5, decaying=1)
    optimiser.ascend([torch.zeros(2, 2)] * 2, 0.1)
    np.testing.assert_allclose(optimiser.weights[0], 0.95)
    np.testing.assert_array_equal(optimiser.weights[1], 1.0)
    of_training = trainer_of(split, 4, weight_decay=0.5).optimisers[0]
    assert of_training.decays == [0.5, 0.0]
    assert of_training.gains == [1.0, 10.0]


def test_rows_of_a_check_tell_which_delay_they_are_of(split):
    description = describe(trainer_of(split, 2).model)
    grades = grade_quantization(description, quantize(description))
    rows = [grade.step for grade in grades if grade.step.endswith("weights")]
    assert rows == [f"input->layer1, {delay} steps late: weights" for delay in range(3)]
    plain = describe(trainer_of(split, "none").model)
    grades = grade_quantization(plain, quantize(plain))
    assert "input->layer1: weights" in [grade.step for grade in grades]


def test_the_answer_on_the_chip_is_that_of_the_host(split):
    trainer = trainer_of(split, 3)
    network = with_chip_readout(quantize(describe(trainer.model)))
    inputs = presentations(split.head(60), network.input, None, network.steps)
    run = emulator.run(network, inputs, states_read(network))
    late = run.trace.spikes["layer1"][network.steps :]
    assert late.any()  # spikes that were still on their way, and do not count
    spikes = run.trace.window(network.steps).spikes
    host = answers(spikes, network.readout, network.populations)
    assert len(set(host.tolist())) > 2
    np.testing.assert_array_equal(chip_answers(network, run), host)
