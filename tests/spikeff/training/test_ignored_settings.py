"""What nothing reads cannot be written: every setting that 0.1 ignored, and how it is lifted."""

import logging

import pytest

from spikeff.errors import ConfigError
from spikeff.settings.tables import field_names, fields_at, look_up
from spikeff.training.config.conditions import CONDITIONS
from spikeff.training.config.files import config_table, parse_config, preset_table, presets
from spikeff.training.config.lift import IGNORED, PATHS, SHARED, is_flat
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.rules import RULES_BETWEEN
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.resolve import wanted_fields, whole_config

GOODNESS = "network.layer_defaults.goodness"
RATE = {f"{GOODNESS}.kind": "rate"}
PAIR, COLUMNS = {"objective": "pair"}, {"objective": "class_columns"}
BACKPROP = {"objective": "class_columns", "learning.rule": "backprop"}
READOUT = {"objective": "readout", "learning.rule": "backprop"}
HYBRID = {"negatives": "hybrid"}
UNHELD = {"network.layer_defaults.homeostasis": "none"}
TRAINS = {"data.encoder": "single_spikes"}
TWO = {"network.layers": [400, 400]}

# What else is chosen, the setting that nothing then reads, its value, and the way out that is told.
IN_VAIN = [
    (RATE, f"{GOODNESS}.beta", 0.5, "goodness 'rate' has no beta"),
    ({f"{GOODNESS}.kind": "pairs"}, f"{GOODNESS}.beta", 0.5, "synchrony, traces, windowed_pairs"),
    (COLUMNS, "objective.theta", 9.0, "leave it out, or choose a kind that has one: threshold"),
    ({"objective": "softmax"}, "objective.theta", 9.0, "objective 'softmax' has no theta"),
    (PAIR, "objective.theta", 9.0, "objective 'pair' has no theta"),
    (PAIR, "objective.temperature", 9.0, "class_columns, softmax"),
    ({}, "objective.temperature", 9.0, "objective 'threshold' has no temperature"),
    (READOUT, "objective.temperature", 9.0, "objective 'readout' has no temperature"),
    (READOUT, "objective.theta", 9.0, "objective 'readout' has no theta"),
    (READOUT, f"{GOODNESS}.kind", "pairs", "judges no layer by its goodness; leave it out"),
    ({}, "negatives.passes", 9, "choose a kind that has one: dreams, hybrid"),
    (
        HYBRID,
        "negatives.per_sample",
        2,
        "choose a kind that has one: dreamt_labels, hard, random, rolled_out",
    ),
    (COLUMNS, "negatives.kind", "random", "compares nothing with negatives; leave the section"),
    (COLUMNS, "negatives.per_sample", 7, "choose an objective that does: pair, softmax, threshold"),
    (COLUMNS, "negatives.phase_batches", 4, "negatives: objective 'class_columns'"),
    (PAIR, "negatives.phase_batches", 4, "only 'threshold' learns from them apart; leave it out"),
    (COLUMNS, "network.labels.gain", 50.0, "has no label in the input; leave it out"),
    (COLUMNS, "network.labels.neurons", 9, "choose an objective that has: pair, softmax"),
    (COLUMNS, "network.labels.steps", [1], "network.labels: objective 'class_columns'"),
    (HYBRID, "network.labels.gain", 50.0, "these negatives are no wrong labels"),
    (BACKPROP, "network.layer_defaults.homeostasis.strength", 800.0, "only a local rule holds"),
    (UNHELD, "network.layer_defaults.homeostasis.target_firing", 0.1, "strength: Field required"),
    (COLUMNS, "network.layer_defaults.constraint_share", 0.5, "only a contrast has constraints"),
    ({}, "learning.balanced", True, "there is only one layer; leave it out"),
    ({}, "network.black_box", "noisy", "between two layers, and there is only one"),
    ({}, "network.spike_budget", 9, "or add a layer"),
    (BACKPROP | TWO, "network.black_box", "noisy", "needs the derivative that a black box hides"),
    (BACKPROP | TWO, "network.spike_budget", 9, "would need the derivative of its cut"),
    (TRAINS, "data.shift", 1, "only images are shifted"),
    (TRAINS, "data.mirror", True, "only images are mirrored"),
    (TRAINS, "data.encoder.pixel_threshold", 0.2, "encoder 'single_spikes' has no pixel_threshold"),
]


@pytest.mark.parametrize(("chosen", "path", "value", "way_out"), IN_VAIN)
def test_writing_what_nothing_reads_is_an_error(chosen, path, value, way_out):
    base = with_fields(preset_table("digits"), chosen)
    make_config(base, "test")
    with pytest.raises(ConfigError) as caught:
        make_config(with_fields(base, {path: value}), "test")
    message = str(caught.value)
    assert "test: 1 mistake(s)" in message
    parts = path.split(".")
    named = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    assert any(f"  {name}" in message for name in [*named[1:], f"{named[0]}:"])
    assert way_out in message


def test_every_setting_that_0_1_ignored_is_tried():
    tried = {path for _, path, _, _ in IN_VAIN}
    assert {PATHS[name] for name in IGNORED} - tried == {f"{GOODNESS}.scale"}


def test_what_a_file_says_in_vain_is_told_whatever_is_laid_on_it(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('preset = "digits-columns"\nnetwork.labels = {neurons = 2}\n')
    for epochs in (None, 3):
        with pytest.raises(ConfigError, match="'class_columns' has no label in the input"):
            whole_config(wanted_fields(None, path, epochs, None))


def test_a_layer_s_own_table_is_held_to_the_same():
    layers = [80, {"neurons": 80, "homeostasis": 3.0, "constraint_share": 0.5}]
    table = with_fields(preset_table("digits"), BACKPROP | {"network.layers": layers})
    with pytest.raises(ConfigError) as caught:
        make_config(table, "test")
    assert "network.layers.1.homeostasis: only a local rule" in str(caught.value)
    assert "network.layers.1.constraint_share: only a contrast" in str(caught.value)


def test_rules_and_conditions_read_what_there_is():
    for rule in RULES_BETWEEN:
        assert all(fields_at(TrainConfig, place) for place in rule.reads)
    for condition in CONDITIONS:
        assert fields_at(TrainConfig, condition.place)
    assert not fields_at(TrainConfig, ("data", "step"))


def test_every_field_of_0_1_has_a_place():
    known = field_names(TrainConfig)
    assert set(PATHS.values()) <= set(known)
    assert len(set(PATHS.values())) == len(PATHS) == 43
    for name in SHARED:
        assert name in known


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.WARNING, logger="spikeff")

    def lines():
        return [record.getMessage() for record in caplog.records]

    return lines


FLAT = 'preset = "{preset}"\nlayers = [40]\ncolumn_size = 10\n'


def test_a_flat_file_is_lifted_in_one_line(tmp_path, told):
    path = tmp_path / "c.toml"
    path.write_text(FLAT.format(preset="digits") + "epochs = 2\ntheta = 2.0\nbeta = 0.25\n")
    config = make_config(config_table(path), str(path))
    config_table(path)
    assert told() == [f"{path}: configuration of 0.1 lifted to sections"]
    assert [layer.neurons for layer in config.layers] == [40]
    assert config.layers[0].goodness.window == 0.25
    assert config.schedule.epochs == 2
    assert config == make_config(
        with_fields(
            preset_table("digits"),
            {
                "network.layers": [40],
                "network.layer_defaults.column_size": 10,
                "network.layer_defaults.goodness.beta": 0.25,
                "objective.theta": 2.0,
                "schedule.epochs": 2,
            },
        ),
        "test",
    )


@pytest.mark.parametrize(
    ("preset", "lines", "named"),
    [
        ("digits", 'objective = "pair"\ntheta = 99.0\n', "theta = 99.0"),
        ("digits", 'objective = "pair"\ntheta = 3.0\n', ""),  # 0.1's own value
        (
            "digits",
            "temperature = 9.0\nhybrid_passes = 50\n",
            "hybrid_passes = 50, temperature = 9",
        ),
        ("digits", 'goodness = "rate"\nbeta = 0.5\n', "beta = 0.5"),
        ("digits-synchrony", "target_firing = 0.2\n", "target_firing = 0.2"),
        ("digits", "homeostasis = 0.0\ntarget_firing = 0.2\n", "target_firing = 0.2"),
        ("digits", "balanced = true\n", "balanced = True"),
        ("two-ears", "pixel_threshold = 0.3\n", "pixel_threshold = 0.3"),
        (
            "digits-columns",
            'label_gain = 50.0\nlabel_neurons = 400\nlabel_steps = [2]\nnegatives = "random"\n'
            "negatives_per_sample = 7\n",
            "label_gain = 50.0, label_neurons = 400, label_steps = [2], negatives = 'random', "
            "negatives_per_sample = 7",
        ),
        (
            "digits-columns",
            'learning_rule = "backprop"\nhomeostasis = 800.0\ntarget_firing = 0.03\n',
            "homeostasis = 800.0",
        ),
        (
            "digits-columns",
            'learning_rule = "backprop"\nobjective = "readout"\ngoodness = "pairs"\n'
            "goodness_scale = 5.0\n",
            "goodness = 'pairs', goodness_scale = 5.0",
        ),
    ],
)
def test_a_flat_file_is_told_what_it_says_in_vain(preset, lines, named, tmp_path, told):
    path = tmp_path / "c.toml"
    path.write_text(FLAT.format(preset=preset).replace("[40]", "[100]") + lines)
    make_config(config_table(path), str(path))
    (line,) = told()
    expected = f"; left out, for it had no effect: {named}" if named else "sections"
    assert expected in line
    assert named or "left out" not in line


def test_what_0_1_refused_is_refused(tmp_path, told):
    path = tmp_path / "c.toml"
    path.write_text(
        FLAT.format(preset="digits") + 'objective = "pair"\nphase_batches = 4\nepoch = 1'
    )
    with pytest.raises(ConfigError) as caught:
        make_config(config_table(path), str(path))
    assert "negatives.phase_batches: objective 'pair' compares" in str(caught.value)
    assert "field 'epoch' is unknown. Did you mean 'epochs'?" in str(caught.value)
    assert "schedule.epochs" in str(caught.value)


def test_flat_names_beside_sections_are_told_their_place():
    table = preset_table("digits") | {"theta": 3.0}
    assert not is_flat(table)
    with pytest.raises(ConfigError, match=r"'theta' is unknown. theta stands .*: objective.theta"):
        make_config(table, "test")


def test_an_old_checkpoint_s_text_is_lifted_without_naming_its_fields(told):
    flat = {
        "dataset": "digits",
        "encoder": "latency",
        "steps": 8,
        "layers": [40],
        "column_size": 10,
        "tau_syn": 0.002,
        "tau_mem": 0.002,
        "goodness": "rate",
        "beta": 0.3,
        "objective": "pair",
        "theta": 99.0,
        "initial_firing": 0.02,
        "epochs": 1,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "black_box": "none",
        "spike_limit": "none",
        "homeostasis": 0.0,
    }
    text = "\n".join(f"{name} = {value!r}" for name, value in flat.items())
    config = parse_config(text, "old run")
    assert told() == ["old run: configuration of 0.1 lifted to sections"]
    assert config.network.black_box is None
    assert config.layers[0].spike_limit is None
    rate = {"kind": "rate", "scale": 10.0, "steps": None}
    assert config.layers[0].goodness.model_dump() == rate


@pytest.mark.parametrize("name", sorted(presets()))
def test_values_of_presets_stand_at_their_paths(name):
    table = preset_table(name)
    fields = {
        flat: look_up(table, tuple(path.split(".")))
        for flat, path in PATHS.items()
        if _stands(table, path)
    }
    assert len(fields) > 10
    assert with_fields(table, fields) == with_fields(table, {})


def _stands(table, path):
    try:
        look_up(table, tuple(path.split(".")))
    except LookupError:
        return False
    return True
