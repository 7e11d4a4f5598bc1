"""Learning on an emulated chip: what it runs, that it goes on, what it refuses, who it teaches."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from hw_targets.cost.table_registry import cost_table
from hw_targets.lava.learning import LavaLearning
from hw_targets.lava.learning_graph import run_learning
from hw_targets.learning.device import Device
from hw_targets.learning.forward_forward import ChipLearner
from hw_targets.learning.updates import engine_updates
from hw_targets.registry import get_target
from lava_export.integers.file import load_integer_network
from lava_export.lava.forward_forward.graph import learning_graph
from lava_export.plastic import forward_forward
from spikeff.data.encoders import encode
from spikeff.data.labels import present, present_all_labels
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, LimitError, OutputError
from spikeff.ir.plasticity import SHARED
from spikeff.pipeline import silent
from spikeff.pipeline.energy.measurement import TRAINING, measure
from spikeff.pipeline.on_chip import epoch as epoch_module
from spikeff.pipeline.on_chip import train as train_module
from spikeff.pipeline.on_chip.distil import SHARPNESS, distil, soft_labels
from spikeff.pipeline.on_chip.epoch import Sums, learn_epoch, own_wrong
from spikeff.pipeline.on_chip.network import plastic_network
from spikeff.pipeline.on_chip.train import learn_one_epoch, learner_of, train_on_chip
from spikeff.pipeline.run.parts import run_network
from spikeff.pipeline.run.run import run
from spikeff.pipeline.train import train
from spikeff.training.resolve import wanted_fields, whole_config

SMALL = """
preset = "digits-onchip"
network.layers = [40]
network.layer_defaults.column_size = 10
network.layer_defaults.initial_firing = 0.05
schedule.epochs = 2
"""
SAMPLES = load_split("digits", "train", None).head(30)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("chip") / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def settings(config):
    return whole_config(wanted_fields(None, config, None, None))


@pytest.fixture(scope="module")
def network(settings):
    return plastic_network(settings, SAMPLES)


def trains(network, samples):
    return encode(network.input.encoder, samples.images, network.steps, network.input.threshold)


@pytest.mark.parametrize("device", [{}, {"seed": 5, "mismatch": 0.2, "dead": 0.1, "drift": 0.5}])
def test_neurons_that_learn_spike_as_on_the_target(network, settings, device):
    learner = learner_of(network, settings, [Device(**device)])
    spikes = trains(network, SAMPLES.head(3))
    target = get_target("device", device) if device else get_target("emulator")
    expected = target.run(network, present_all_labels(spikes, network.labels)).trace
    layer = expected.window(network.steps).spikes["layer1"]
    assert layer.any()
    for sample in range(3):
        for label in range(10):
            learner.answer(spikes[:, sample], np.array([label]))
            np.testing.assert_array_equal(learner.spikes, layer[:, 10 * sample + label])


def test_coincidences_are_the_goodness_that_the_readout_finds(network, settings):
    learner = learner_of(network, settings, [Device()])
    spikes = trains(network, SAMPLES.head(4))
    found = [
        [int(learner.answer(spikes[:, k], np.array([c]))[0]) for c in range(10)] for k in range(4)
    ]
    unit = network.steps * 9 * 4
    scores = run_network(network, "emulator", SAMPLES.head(4), silent).answers.scores
    np.testing.assert_allclose(np.array(found) / unit, scores, atol=1e-12)


@pytest.mark.slow
def test_weights_are_those_of_lavas_learning_dense_after_each_of_50_samples(network, settings):
    """Lava draws one number for a matrix, and keeps learned weights in steps of 1."""
    rule = replace(forward_forward.RULE, rounding=SHARED, weight_step=1)
    first, *others = network.connections
    shared = replace(network, connections=(replace(first, plasticity=rule), *others))
    program = forward_forward.program(shared, 1.0, 10.0, 1 / 128)
    learner = ChipLearner(shared, program, [Device()], [5])
    lava = LavaLearning(rule, first.weights, 5, delays=forward_forward.DELAY_ZERO)
    step = learner.engine.step

    def both(before, after, sent):
        step(before, after, sent)
        lava.step(before[0], after[0], sent[0])

    learner.engine.step = both
    spikes, rng = trains(network, SAMPLES), np.random.default_rng(0)
    for k in range(50):
        label = SAMPLES.labels[k % 30] if k % 2 else rng.integers(10)
        learner.learn(spikes[:, k % 30], np.array([label]), positive=bool(k % 2))
        np.testing.assert_array_equal(learner.learned(), lava.model.weights)
        np.testing.assert_array_equal(learner.engine.tags[0], lava.model.tag_1)
        np.testing.assert_array_equal(learner.engine.delays[0], lava.model.tag_2)
    assert np.count_nonzero(learner.learned() != first.weights) > 500


def test_a_graph_of_lava_processes_learns_the_same_weights(network, settings):
    """Stock LearningDense, and neurons that compute all they send, after each of 52 samples."""
    rule = replace(forward_forward.RULE, rounding=SHARED, weight_step=1)
    first, *others = network.connections
    shared = replace(network, connections=(replace(first, plasticity=rule), *others))
    program = forward_forward.program(shared, 1.0, 10.0, 1 / 128)
    pixels, rng = trains(network, SAMPLES), np.random.default_rng(2)
    labels, positive = rng.integers(10, size=52), rng.random(52) < 0.5
    shown = [present(pixels[:, [k % 30]], labels[[k]], network.labels)[:, 0] for k in range(52)]
    graph = learning_graph(shared, program, np.array(shown), positive, 5)
    learner = ChipLearner(shared, program, [Device()], [5])
    for k, theirs in enumerate(run_learning(graph)):
        learner.learn(pixels[:, k % 30], labels[[k]], bool(positive[k]))
        np.testing.assert_array_equal(learner.learned(), theirs)
    assert np.count_nonzero(learner.learned() != first.weights) > 500


@pytest.mark.parametrize("positive", [True, False])
def test_goodness_rises_for_positives_and_falls_for_negatives(network, settings, positive):
    learner = learner_of(network, settings, [Device()])
    theta = 8.0 if positive else 0.2
    learner.program = forward_forward.program(network, theta, 10.0, 1 / 128)
    spikes, labels = trains(network, SAMPLES.head(8)), SAMPLES.labels[:8]

    def goodness():
        return sum(learner.answer(spikes[:, k], labels[k : k + 1])[0] for k in range(8))

    before = goodness()
    for k in [*range(8)] * 8:
        learner.learn(spikes[:, k], labels[k : k + 1], positive)
    assert (goodness() > 1.2 * before) if positive else (goodness() < 0.8 * before)
    assert not (learner.learned() % 2).any()
    assert learner.engine.updates[0] > 1000


def test_a_wrong_label_is_wrong_and_the_chips_own(network, settings):
    learner = learner_of(network, settings, [Device(), Device()])
    pixels = trains(network, SAMPLES.head(1))[:, 0]
    goodness = [learner.answer(pixels, np.full(2, c))[0] for c in range(10)]
    goodness[3] = -1
    wrong = own_wrong(learner, pixels, np.array([3, 3]), 9, np.random.default_rng(0))
    assert [goodness[label] for label in wrong] == [max(goodness)] * 2
    for seed in range(20):
        drawn = own_wrong(learner, pixels, np.array([3, 3]), 1, np.random.default_rng(seed))
        assert 3 not in drawn


def test_dropout_silences_the_same_channels_in_all_passes_of_a_sample(network, settings):
    learner, shown = learner_of(network, settings, [Device()]), []
    inner = learner._trains

    def seen(pixels, labels):
        shown.append(pixels.any(axis=0))
        return inner(pixels, labels)

    learner._trains = seen
    samples = SAMPLES.head(6)
    learn_epoch(learner, samples, np.random.default_rng(0), 9, dropout=0.4)
    passes = np.array(shown).reshape(6, 11, -1)
    assert (passes == passes[:, :1]).all()
    whole = trains(network, samples).any(axis=0)[np.random.default_rng(0).permutation(6)]
    assert not (passes[:, 0] & ~whole).any()
    assert 0.45 < passes[:, 0].sum() / whole.sum() < 0.75


def test_configured_dropout_reaches_the_chip(network, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(train_module, "learn_epoch", lambda *a: asked.append(a[-1]) or Sums())
    data = settings.data.model_copy(update={"input_dropout": 0.3})
    dropped = settings.model_copy(update={"data": data})
    learn_one_epoch(learner_of(network, settings, [Device()]), dropped, SAMPLES, 0)
    assert asked == [0.3]


def test_dead_neurons_learn_nothing(network, settings):
    device = Device(dead=0.5)
    learner = learner_of(network, settings, [device])
    spikes = trains(network, SAMPLES.head(8))
    for k in [*range(8)] * 8:
        learner.learn(spikes[:, k], SAMPLES.labels[k : k + 1], positive=True)
    dead = np.isinf(device.thresholds("layer1", 40, 1.0))
    changed = (learner.learned() != network.connections[0].weights).any(axis=1)
    assert not changed[dead].any()
    assert changed[~dead].any()


def test_a_device_drifts_while_it_learns(network, settings):
    """At the end it is the device of that drift, at the beginning the one of none."""
    device = Device(seed=3, mismatch=0.2, drift=0.6)
    learner = learner_of(network, settings, [device])
    pixels = trains(network, SAMPLES.head(1))[:, 0]
    shown = []
    for share, drift in ((0.0, 0.0), (0.5, 0.3), (1.0, 0.6)):
        learner.age(share)
        fixed = learner_of(network, settings, [replace(device, drift=drift)])
        for each in (learner, fixed):
            each.answer(pixels, np.array([1]))
        np.testing.assert_array_equal(learner.spikes, fixed.spikes)
        shown.append(learner.spikes.copy())
    assert (shown[0] != shown[2]).any()


def test_learning_takes_a_device_to_the_end_of_its_drift(network, settings, monkeypatch):
    ages, learner = [], learner_of(network, settings, [Device()])
    monkeypatch.setattr(learner, "age", ages.append)
    monkeypatch.setattr(epoch_module, "CHUNK", 10)
    for epoch in range(2):
        learn_one_epoch(learner, settings, SAMPLES, epoch)
    np.testing.assert_allclose(ages, [0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6])


@pytest.mark.parametrize("device", [None, {"noise": 0.1}])
def test_a_resumed_training_ends_with_the_same_bytes(config, tmp_path, device):
    given = {"config": config, "samples": 12, "device": device}
    train_on_chip(tmp_path / "whole", **given)
    train_on_chip(tmp_path / "parts", **given, epochs=2)
    stopped = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train_on_chip(stopped, **given, log=interrupt)
    train_on_chip(stopped, samples=12, resume=True)
    for name in ("network.safetensors", "on_chip.safetensors"):
        whole = (tmp_path / "whole" / name).read_bytes()
        assert (tmp_path / "parts" / name).read_bytes() == whole
        assert (stopped / name).read_bytes() == whole
    assert run(tmp_path / "whole", samples=2).samples == 2
    with pytest.raises(OutputError, match="holds a run"):
        train_on_chip(stopped, **given)
    before = sorted(stopped.iterdir())
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=r"learned on a chip \(on_chip.safetensors\)"):
            train(stopped, "digits", epochs=1, overwrite=overwrite)
    assert sorted(stopped.iterdir()) == before


def interrupt(line):
    if line.startswith("epoch 2"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('objective.kind = "softmax"', "objective 'softmax'"),
        ("schedule.batch_size = 2", "batch_size 2, not 1"),
        ('network.layer_defaults.goodness = "pairs"', "goodness 'pairs'"),
        ("network.layer_defaults.spike_limit = 2", "spike_limit 2, not 1"),
        ("data.shift = 1", "shifts by 1 pixels"),
        ("learning.weight_decay = 0.5", "weight_decay 0.5"),
        ("network.layer_defaults.homeostasis.strength = 3.0", "homeostasis, of which a chip"),
        ("data.mirror = true", "mirrored images"),
        ('learning.rule = "csdp"', "rule 'csdp'"),
        ("learning.generative = 0.1", "a generative side"),
        ("negatives.phase_batches = 8", "in phases apart"),
        ('negatives.kind = "random"', "negatives 'random'"),
    ],
)
def test_what_no_chip_learns_is_refused_by_name(more, message, tmp_path):
    path = tmp_path / "odd.toml"
    key = more.split(" = ")[0]
    kept = [line for line in SMALL.splitlines() if not line.startswith(key)]
    path.write_text("\n".join([*kept, more]))
    with pytest.raises(ConfigError, match=message):
        train_on_chip(tmp_path / "run", config=path, samples=4)


def test_networks_that_the_rule_cannot_learn_are_refused(network, settings):
    still = replace(
        network, connections=tuple(replace(c, plasticity=None) for c in network.connections)
    )
    with pytest.raises(LimitError, match="one from 'input' is learned"):
        learner_of(still, settings, [Device()])
    with pytest.raises(LimitError, match="a period of 9 steps"):
        learner_of(replace(network, idle_steps=1), settings, [Device()])


def test_students_learn_from_answers_alone(config, tmp_path):
    out = tmp_path / "student.safetensors"
    given = {"config": config, "samples": 10, "test_samples": 10, "epochs": 1}
    found = distil("zoo:digits", out, **given, students=2, device={"mismatch": 0.2})
    assert len(found.accuracies) == 2
    assert found.mean == pytest.approx(np.mean(found.accuracies))
    assert found.teacher_accuracy > 0.8
    assert load_integer_network(out).connections[0].plasticity == forward_forward.RULE


WRONG = [
    ({"device": {"mismatch": 0.5}}, "mismatch = 0.5"),
    ({"device": {"noise": float("nan")}}, "noise = nan"),
    ({"device": {"dead": "x"}}, "dead = 'x'"),
    ({"device": {"seed": -1}}, "seed = -1"),
    ({"device": {"seeds": 1}}, "no 'seeds'; a device has seed, mismatch"),
    ({"epochs": 0}, "epochs"),
    ({"seed": 10**20}, "seed"),
    ({"preset": "digits"}, "batch_size 64, not 1"),
]


@pytest.mark.parametrize(
    ("step", "given", "message"),
    [
        *(("train", *each) for each in WRONG),
        *(("distil", *each) for each in WRONG),
        ("distil", {"students": 10**20}, "students"),
        ("distil", {"preset": "mnist-onchip"}, "learned 'digits', and its students"),
        ("distil", {"device": {"seed": 2**63 - 1}, "students": 2}, "seed = 9223372036854775808"),
    ],
)
def test_all_that_is_asked_for_is_checked_before_data_are_read(
    step, given, message, tmp_path, monkeypatch
):
    for name in ("train", "distil"):
        module = importlib.import_module(f"spikeff.pipeline.on_chip.{name}")
        monkeypatch.setattr(module, "load_split", lambda *_: pytest.fail("data were read"))
    call = train_on_chip if step == "train" else partial(distil, "zoo:digits")
    with pytest.raises(ConfigError, match=message):
        call(tmp_path / "new", **{"preset": "digits-onchip"} | given)
    assert not (tmp_path / "new").exists()


def test_a_run_goes_on_by_what_it_says_alone(tmp_path):
    for given in ({"epochs": 9}, {"seed": 1}, {"device": {"seed": 1}}, {"preset": "digits"}):
        with pytest.raises(ConfigError, match="leave the rest out"):
            train_on_chip(tmp_path, resume=True, **given)


def test_a_teacher_is_as_sure_of_a_label_as_its_goodness_says(network):
    scores = run_network(network, "emulator", SAMPLES.head(3), silent).answers.scores
    odds = np.exp(SHARPNESS * scores)
    expected = odds / odds.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(soft_labels(network, SAMPLES.head(3)), expected)


def test_a_student_sees_no_true_label(network, settings):
    """It learns the same from a teacher where all labels are hidden."""
    beliefs = np.random.default_rng(1).dirichlet(np.full(10, 0.2), 8)
    hidden = replace(SAMPLES.head(8), labels=np.full(8, 3))
    learned = []
    for samples, sure in ((SAMPLES.head(8), beliefs), (hidden, beliefs), (hidden, None)):
        learner = learner_of(network, settings, [Device()])
        learn_epoch(learner, samples, np.random.default_rng(0), 3, beliefs=sure)
        learned.append(learner.engine.state.copy())
    np.testing.assert_array_equal(learned[0], learned[1])
    assert (learned[1] != learned[2]).any()


def test_energy_prices_the_updates_that_the_engine_made(network):
    table = cost_table("loihi1")
    _, found = measure(network, SAMPLES.head(2), [table])
    term = found.estimates[TRAINING][0].terms[-1]
    assert term.counted == "learning updates"
    counted = engine_updates(network, trains(network, SAMPLES.head(2)), SAMPLES.labels[:2])
    np.testing.assert_array_equal(term.count, counted[term.layer])
    assert (term.count > 1000).all()


def test_updates_are_those_of_a_learner_that_knows_its_mates(network, settings):
    """As many as after 300 samples, though nothing was learned from these."""
    spikes, labels = trains(network, SAMPLES), SAMPLES.labels
    counted = engine_updates(network, spikes[:, :4], labels[:4])
    learner = learner_of(network, settings, [Device()])
    full = np.full(forward_forward.TABLE, forward_forward.LARGEST)
    learner.program = replace(learner.program, wanted=full, unwanted=-full)
    start = learner.engine.state.copy()
    for k in [*range(4)] * 39:
        if k == 0:
            before = int(learner.engine.updates[0])
        for label in (labels[k], (labels[k] + 1) % 10):
            learner.learn(spikes[:, k], np.array([label]), positive=bool(label == labels[k]))
            learner.engine.state[:] = start
    (found,) = counted.values()
    assert found.shape == (4,)
    assert learner.engine.updates[0] - before == pytest.approx(found.sum(), rel=0.2)
    quiet = learner_of(network, settings, [Device()])
    quiet.learn(spikes[:, 0], labels[:1], positive=True)
    assert found[0] > 1.2 * 2 * quiet.engine.updates[0]
