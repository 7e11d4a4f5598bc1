"""Networks with connections of their own, trained from a configuration as any other."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct as lava_direct
from lava_export.quantize.quantize import quantize
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, DescriptionError
from spikeff.ir.trace import compare_traces
from spikeff.lowering import describe
from spikeff.nn.builder import encode_events
from spikeff.nn.graph.ff_graph import GraphFFNetwork
from spikeff.pipeline.presentations import presentations
from spikeff.references import brian2, norse
from spikeff.training.checkpoint import load_model, restore_trainer, save_checkpoint, start_run
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
BACK = {"source": "layer2", "target": "layer1", "delay": 2}
LATERAL = {"source": "layer1", "target": "layer1", "connectivity": "one_to_one"}
CONV = {"kind": "conv2d", "source_shape": [1, 8, 8], "out_channels": 10, "kernel": [3, 3]}


def config_of(preset: str, network: dict[str, object], **fields: object) -> TrainConfig:
    small = {"batch_size": 32, "column_size": 10, "epochs": 5, "shift": 0} | fields
    table = with_fields(preset_table(preset), small)
    table["network"] |= network
    return make_config(table, "test")


def recurrent() -> TrainConfig:
    return config_of("digits", {"layers": [60, 40], "connections": [BACK, LATERAL]})


def convolutional() -> TrainConfig:
    first = {"neurons": 360, "initial_firing": 0.1, "column_size": 36, "connectivity": CONV}
    return config_of("digits-columns", {"layers": [first, 50], "connections": []}, column_size=5)


def top_down() -> TrainConfig:
    """The label at the top only, in every step."""
    labels = {"targets": ["layer2"], "steps": list(range(8)), "neurons": 2}
    network = {"layers": [60, 40], "connections": [BACK], "labels": labels}
    settings = {"spike_limit": "none", "homeostasis": 100.0, "input_dropout": 0.0}
    return config_of(
        "digits-burst", network, goodness="excess", **settings | {"objective": "softmax"}
    )


def local() -> TrainConfig:
    """Places of a grid with weights of their own, upwards, back down and to the side."""
    image = {"kind": "local_fields", "source_shape": [1, 8, 8], "out_channels": 10}
    image |= {"kernel": [4, 4], "stride": [2, 2], "padding": [1, 1]}
    grid = {"kind": "local_fields", "source_shape": [10, 4, 4], "out_channels": 10}
    grid |= {"kernel": [3, 3], "padding": [1, 1]}
    layers = [{"neurons": 160, "connectivity": kind} for kind in (image, grid)]
    back, side = BACK | {"connectivity": grid}, LATERAL | {"connectivity": grid}
    network = {"layers": layers, "connections": [back, side]}
    return config_of("digits-columns", network, column_size=16, initial_firing=0.1)


CONFIGS = {
    "recurrent": recurrent,
    "convolutional": convolutional,
    "top_down": top_down,
    "local": local,
}


@pytest.fixture(scope="module", params=sorted(CONFIGS))
def trainer(request: pytest.FixtureRequest) -> Trainer:
    split = load_split("digits", "train", None).head(400)
    made = Trainer(CONFIGS[request.param](), split, torch.device("cpu"))
    made.calibrate()
    for _ in range(5):
        made.train_epoch()
    return made


def test_every_layer_learns(trainer: Trainer) -> None:
    assert isinstance(trainer.network, GraphFFNetwork)
    first, last = trainer.history[0].goodness_gap, trainer.history[-1].goodness_gap
    assert all(now > max(0.0, then) for now, then in zip(last, first, strict=True)), (first, last)
    assert evaluate(trainer.model, load_split("digits", "test", None)).accuracy > 0.15


def test_every_learned_part_has_changed(trainer: Trainer) -> None:
    fresh = Trainer(trainer.config, trainer.split, torch.device("cpu"))
    fresh.calibrate()
    for name, weight in trainer.model.weights().items():
        assert not torch.equal(weight, fresh.model.weights()[name]), name


def test_data_and_labels_are_one_matrix_of_the_input() -> None:
    split = load_split("digits", "train", None).head(50)
    trainer = Trainer(recurrent(), split, torch.device("cpu"))
    (of_input,) = (c for c in describe(trainer.model).connections if c.source == "input")
    pixels, labels, *_ = trainer.network.weight_parts(0)
    np.testing.assert_array_equal(of_input.weights, torch.cat([pixels, labels], 1).numpy())


def test_what_was_trained_runs_in_every_simulator(trainer: Trainer) -> None:
    description = describe(trainer.model)
    images = load_split("digits", "test", None).head(2)
    inputs = presentations(images, description.input, description.labels, description.steps)
    names = description.readout.populations
    exact = copy.deepcopy(trainer.network).double()
    trained = exact.run_channels(torch.from_numpy(inputs).double())
    floats = norse.run(description, inputs)
    for name, spikes in zip(names, trained, strict=True):
        assert spikes.any()
        np.testing.assert_array_equal(spikes.numpy() > 0, floats.spikes[name])
    assert compare_traces(floats, brian2.run(description, inputs)).equal
    network = quantize(description, 8)
    ours = emulator.run(network, inputs, record_states=True).trace
    assert compare_traces(ours, lava_direct.run_integer(network, inputs).trace).equal


def test_connections_have_a_gain_of_their_own() -> None:
    table = recurrent().model_dump()
    back, lateral = table["network"]["connections"]
    table["network"]["connections"] = [back | {"gain": 0.5}, lateral | {"gain": 0.0}]
    split = load_split("digits", "train", None).head(50)
    one, other = (
        Trainer(config, split, CPU).network for config in (recurrent(), make_config(table, "test"))
    )
    below, labels, down, side = one.weight_parts(0)
    expected = [below, labels, down * 0.5, side * 0.0]
    for found, wanted in zip(other.weight_parts(0), expected, strict=True):
        assert torch.equal(found, wanted)
    assert torch.equal(one.weight_parts(1)[0], other.weight_parts(1)[0])


def test_labels_at_the_top_reach_the_first_layer_from_above_alone() -> None:
    split = load_split("digits", "train", None).head(50)
    trainer = Trainer(top_down(), split, torch.device("cpu"))
    trainer.calibrate()
    shapes = [tuple(w.shape) for k in (0, 1) for w in trainer.network.weight_parts(k)]
    assert shapes == [(60, 64), (60, 40), (40, 60), (40, 20)]
    respond = trainer.network.responses(encode_events(trainer.config.data, split.images, CPU))
    one, other = (respond(torch.full((50,), label)) for label in (3, 7))
    assert torch.equal(one[0][:2], other[0][:2])  # feedback takes two steps
    assert not torch.equal(one[0][2:], other[0][2:])
    assert not torch.equal(one[1], other[1])


def test_label_weights_learn_faster_wherever_they_arrive() -> None:
    split = load_split("digits", "train", None).head(50)
    table = top_down().model_dump()
    table["network"]["labels"] |= {"targets": ["layer1", "layer2"], "gain": 4.0}
    trainer = Trainer(make_config(table, "test"), split, CPU)
    assert [optimiser.gains for optimiser in trainer.optimisers] == [[1, 4, 1], [1, 4]]
    plain, raised = (
        Trainer(make_config(with_fields(table, {"network.labels.gain": g}), "test"), split, CPU)
        for g in (1.0, 4.0)
    )
    for depth in (0, 1):
        before, after = (t.network.weight_parts(depth)[1] for t in (plain, raised))
        assert torch.equal(4 * before, after)


def test_labels_and_data_arrive_as_in_the_channels(trainer: Trainer) -> None:
    """What is shown sample by sample is what the same spikes as channels give."""
    network, config = trainer.network, trainer.config
    images = trainer.split.images[:6]
    events = encode_events(config.data, images, torch.device("cpu"))
    labels = None if network.labels is None else torch.tensor([0, 1, 2, 3, 4, -1])
    channels = [events.dense()]
    if network.labels is not None:
        code = network.labels
        shown = torch.zeros(events.steps, 6, code.channels)
        for sample in range(5):
            low = sample * code.neurons
            shown[list(code.steps), sample, low : low + code.neurons] = 1.0
        channels.append(shown)
    wanted = network.run_channels(torch.cat(channels, 2))
    for a, b in zip(network(events, labels), wanted, strict=True):
        assert torch.equal(a, b)


def test_a_checkpoint_brings_it_back(trainer: Trainer, tmp_path: Path) -> None:
    start_run(tmp_path / "run", trainer, ["spikeff"])
    save_checkpoint(tmp_path / "run", trainer)
    loaded = load_model(tmp_path / "run")
    for name, weight in trainer.model.weights().items():
        assert torch.equal(weight, loaded.weights()[name])
    resumed = restore_trainer(tmp_path / "run", trainer.split, torch.device("cpu"))
    assert resumed.epochs_done == 5


def test_a_loop_shorter_than_a_chips_own_steps_is_refused() -> None:
    config = config_of("digits", {"layers": [60, 40], "connections": [BACK | {"delay": 1}]})
    trainer = Trainer(config, load_split("digits", "train", None).head(50), torch.device("cpu"))
    with pytest.raises(DescriptionError, match="delay"):
        describe(trainer.model)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"connections": [BACK | {"source": "layer3"}]}, "'layer3' does not exist"),
        ({"connections": [BACK | {"delay": 0}]}, "closes a loop within a step"),
        ({"connections": [BACK | {"connectivity": "one_to_one"}]}, "40 neurons to 60"),
        ({"labels": {"targets": ["layer3"]}}, "'layer3' does not exist; choose one of: layer1"),
        ({"labels": {"targets": ["layer1", "layer1"]}}, "names a layer twice"),
        ({"labels": {"targets": ["layer2"]}, "spike_budget": 9}, "network.spike_budget: "),
        ({"connections": [BACK], "spike_budget": 9}, "network.spike_budget: .* dense layer"),
        ({"connections": [BACK], "black_box": "noisy"}, "network.black_box: "),
        ({"layers": [60, {"neurons": 30, "connectivity": CONV}]}, "layer1 -> layer2: conv2d"),
    ],
)
def test_connections_that_cannot_be_are_named(network: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config_of("digits", {"layers": [60, 40]} | network)


def test_each_layers_own_firing_is_met() -> None:
    layers = [{"neurons": 60, "initial_firing": 0.02}, {"neurons": 40, "initial_firing": 0.08}]
    config = config_of("digits", {"layers": layers, "connections": [LATERAL | {"learned": False}]})
    split = load_split("digits", "train", None).head(200)
    trainer = Trainer(config, split, torch.device("cpu"))
    trainer.calibrate()
    firing = evaluate(trainer.model, split, draws=1).firing
    assert firing[0] == pytest.approx(0.02, rel=0.5)
    assert firing[1] == pytest.approx(0.08, rel=0.5)


def of_parts(preset: str) -> Trainer:
    split = load_split("context", "train", None).head(600)
    table = with_fields(preset_table(preset), {"schedule.epochs": 3, "data.steps": 8})
    trainer = Trainer(make_config(table, "test"), split, CPU)
    trainer.calibrate()
    for _ in range(3):
        trainer.train_epoch()
    return trainer


def test_columns_follow_a_context_that_comes_down_and_are_at_chance_without() -> None:
    split = load_split("context", "test", None).head(300)
    above, alone = (evaluate(of_parts(n).model, split) for n in ("context", "context-feedforward"))
    assert above.accuracy > 0.9
    assert above.shuffled_accuracy < 0.65
    assert abs(alone.accuracy - 0.5) < 0.1
    assert len(above.firing) == len(above.layer_accuracy) == 1


def test_a_layer_that_is_not_read_is_in_no_answer() -> None:
    trainer = of_parts("context-feedforward")
    model, images = trainer.model, trainer.split.head(20)
    assert model.network.hidden == 200
    assert model.readout.weight.shape == (2, 201)
    description = describe(model)
    assert description.readout.populations == ("layer1",)
    assert [p.name for p in description.populations] == ["layer1", "layer2"]
    spikes = model.network(encode_events(trainer.config.data, images.images, CPU))
    before = model.network.goodness(spikes)
    assert torch.equal(before, model.network.goodness([spikes[0], torch.zeros_like(spikes[1])]))
    assert model.network.counts(spikes).shape == (20, 200)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"network.layers": [{"neurons": 60, "read": False}]}, "the answer has to read one"),
        ({"objective": "readout", "learning.rule": "backprop"}, "reads the spike counts of all"),
    ],
)
def test_what_the_answer_cannot_read_is_named(fields: dict[str, object], said: str) -> None:
    table = with_fields(preset_table("digits-columns"), {"shift": 0})
    table["network"]["layers"] = [{"neurons": 60}, {"neurons": 60, "read": False}]
    with pytest.raises(ConfigError, match=said):
        make_config(with_fields(table, fields), "test")


def test_backprop_goes_through_time_and_what_comes_down() -> None:
    fields = {"learning.rule": "backprop", "data.steps": 8, "schedule.epochs": 2}
    fields["network.layer_defaults.homeostasis"] = "none"
    table = with_fields(preset_table("context"), fields)
    split = load_split("context", "train", None).head(400)
    trainer = Trainer(make_config(table, "test"), split, CPU)
    trainer.calibrate()
    gaps = [trainer.train_epoch().goodness_gap[0] for _ in range(2)]
    assert gaps[1] > max(0.0, gaps[0])
    assert evaluate(trainer.model, split.head(200), draws=1).accuracy > 0.8
