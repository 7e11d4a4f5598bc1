"""Configurations in sections: presets, files, and mistakes told all at once."""

import pytest

from spikeff.errors import ConfigError, UnknownNameError
from spikeff.settings.mistakes import mistakes_in, right_values
from spikeff.training.config import rules
from spikeff.training.config.files import (
    config_table,
    config_text,
    load_config,
    parse_config,
    preset_table,
    presets,
    sections_of,
)
from spikeff.training.config.overlay import overlaid, with_fields
from spikeff.training.config.schema import TrainConfig, make_config


def digits(**fields):
    """The sections of ``digits`` with fields by path, written with __ for a dot."""
    return with_fields(preset_table("digits"), {k.replace("__", "."): v for k, v in fields.items()})


def message_of(table):
    with pytest.raises(ConfigError) as caught:
        make_config(table, "my.toml")
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(presets()))
def test_presets_are_whole_and_survive_their_text(name):
    config = make_config(preset_table(name), name)
    assert parse_config(config_text(config), name) == config
    assert make_config(config.model_dump(), name) == config


def test_the_home_regime_is_what_it_says():
    baselines = {"digits": "digits-synchrony"}
    for name in ("digits", "mnist", "mnist-once", "mnist-frugal"):
        for layer in make_config(preset_table(name), name).layers:
            assert layer.spike_limit == 1
            assert layer.goodness is not None
            assert (layer.goodness.kind, layer.goodness.window) == ("excess", 0.0)
        baseline = baselines.get(name, f"{name}-pairs")
        for layer in make_config(preset_table(baseline), baseline).layers:
            assert layer.spike_limit == 1
            assert layer.goodness is not None
            assert layer.goodness.kind in ("synchrony", "windowed_pairs")


def test_all_mistakes_are_listed_at_once():
    message = message_of(
        digits(
            network__layer_defaults__goodness="windowed-pairs",
            schedule__epochs=0,
            learning__learning_rat=1.0,
            data__steps="many",
            network__layer_defaults__neuron__tau_men=1.0,
        )
    )
    assert "my.toml: 5 mistake(s)" in message
    for part in (
        "network.layer_defaults.goodness: goodness 'windowed-pairs' is unknown. Did you mean "
        "'windowed_pairs'?",
        "schedule.epochs: Input should be greater than or equal to 1 (got 0)",
        "learning.learning_rat: field 'learning_rat' is unknown. Did you mean 'learning_rate'?",
        "data.steps: ",
        "(got 'many')",
        "network.layer_defaults.neuron.tau_men: field 'tau_men' is unknown. Did you mean 'tau_mem'",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("network.layers", [105], r"network\.layers\.0: 105 neurons do not fill columns of 40"),
        ("network.layers", [], r"network\.layers: 0 layers"),
        ("network.layers", [80] * 65, r"network\.layers: 65 layers: 1 to 64"),
        ("network.layers", [2**15 + 40], r"network\.layers\.0\.neurons: "),
        ("network.labels.steps", [8], r"network\.labels\.steps: label steps \[8\] lie outside 0"),
        ("network.labels.steps", [1, 1], "repeat a step"),
        ("network.layer_defaults.neuron.tau_mem", 0.0001, r"tau_mem = 0.0001: at least network.dt"),
        ("network.layer_defaults.neuron.tau_mem", float("inf"), r"neuron\.tau_mem"),
        ("network.layer_defaults.spike_limit", 0, "at least 1, or 'none'"),
        ("network.layer_defaults.spike_limit", 2.0, "a whole number"),
        ("network.layer_defaults.spike_limit", True, "a whole number"),
        ("network.layer_defaults", 3, r"network\.layer_defaults: give a table"),
        ("network.layer_defaults.goodness", "none", r"goodness is missing: objective 'threshold'"),
        ("network.layer_defaults.neuron.kind", "lief", "Did you mean 'lif'"),
        ("network.spike_budget", 0, r"network\.spike_budget: "),
        ("data.encoder", "ttfs", "encoder 'ttfs' is unknown"),
        ("data.encoder", 3, "encoder 3 is unknown"),
        ("data.dataset", "digit", "Did you mean 'digits'"),
        ("data.input_dropout", 1.0, r"data\.input_dropout: "),
        ("learning.rule", "backprop", r"objective: end-to-end backprop has no contrast"),
        ("objective", "readout", "needs a learning.rule that is not local: backprop"),
        ("objective", {"theta": 3.0, "kind": 7}, "objective 7 is unknown"),
        ("negatives.per_sample", 10, r"negatives\.per_sample: 10 wrong labels .* only 9"),
        ("schedule.kind", "linear", "schedule 'linear' is unknown"),
        ("data", 3, "data: Input should be a valid dictionary"),
    ],
)
def test_what_cannot_be(path, value, message):
    with pytest.raises(ConfigError, match=message):
        make_config(with_fields(preset_table("digits"), {path: value}), "test")


def test_class_columns_are_shared_among_all_classes():
    table = digits(objective="class_columns", network__layers=[120])
    assert "network.layers.0: 3 columns cannot be shared among 10 classes" in message_of(table)


def test_hybrids_are_made_of_images():
    table = digits(negatives="hybrid", data__encoder="spikes")
    assert "negatives: 'hybrid' need a contrast of images, not of 'spikes'" in message_of(table)


def test_a_kind_must_be_named():
    table = digits()
    del table["objective"]["kind"]
    assert "objective: kind is missing; choose one of: class_columns, " in message_of(table)


def test_unknown_preset():
    with pytest.raises(UnknownNameError, match="Did you mean 'digits'"):
        preset_table("digit")


def test_files_that_are_not_toml(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text("epochs = = 3")
    with pytest.raises(ConfigError, match="not readable TOML"):
        load_config(bad)
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not readable TOML"):
        load_config(bad)


def test_what_does_not_fit_together_is_listed_beside_other_mistakes():
    table = digits(
        schedule__epochs=0, network__layers=[105], network__labels__steps=[9], data__shft=1
    )
    message = message_of(table)
    assert "my.toml: 4 mistake(s)" in message
    for part in ("epochs:", "105 neurons do not fill", "label steps [9] lie", "mean 'shift'"):
        assert part in message
    two = digits(network__layers=[105], network__labels__steps=[9])
    assert "my.toml: 2 mistake(s)" in message_of(two)


def test_rules_on_missing_fields_say_nothing():
    table = {"network": {"layers": [40], "labels": {"steps": [300, 300]}}}
    message = message_of(table)
    assert "network.layer_defaults.column_size: Field required" not in message
    assert "network.layers.0.column_size: Field required" in message
    assert "label steps [300, 300] repeat a step" in message
    assert "do not fill" not in message
    assert "data: Field required" in message


def test_a_mistake_of_all_layers_is_told_once_where_it_is_written():
    layers = [40, {"neurons": 80, "spike_limit": 0}, 80]
    table = digits(network__layers=layers, network__layer_defaults__neuron__v_th=-1.0)
    message = message_of(table)
    assert "2 mistake(s)" in message
    assert "network.layer_defaults.neuron.v_th: " in message
    assert "network.layers.1.spike_limit: spike_limit 0" in message


def test_the_defaults_of_layers_are_checked_without_layers():
    table = digits(network__layer_defaults__spike_limit=-2)
    del table["network"]["layers"]
    message = message_of(table)
    assert "network.layers: Field required" in message
    assert "network.layer_defaults.spike_limit: spike_limit -2" in message


def test_a_rule_that_fails_is_not_silent(monkeypatch):
    def broken(steps):
        yield steps.no_such_thing

    asked = rules.Rule(("data",), (("data", "steps"),), broken)
    monkeypatch.setattr(rules, "RULES_BETWEEN", [*rules.RULES_BETWEEN, asked])
    with pytest.raises(AttributeError, match="no_such_thing"):
        make_config(preset_table("digits"), "test")


def test_right_values_are_those_that_are_right_and_checked():
    table = digits(data__steps=8, data__shift=-1, objective__theta=-1.0)
    values = right_values(TrainConfig, table)
    assert values["data"]["steps"] == 8
    assert values["data"]["input_dropout"] == 0.2
    assert "shift" not in values["data"]
    assert values["objective"] == {"kind": "threshold"}
    assert values["network"]["layers"][0]["neuron"]["tau_mem"] == 0.002


def test_another_kind_keeps_the_fields_that_it_has_too():
    table = with_fields(preset_table("mnist-columns"), {"objective": "softmax"})
    assert table["objective"] == {"kind": "softmax", "temperature": 6.0}
    table = with_fields(table, {"objective.kind": "pair"})
    assert table["objective"] == {"kind": "pair"}
    table = with_fields(preset_table("digits"), {"schedule": "constant"})
    assert table["schedule"] == {"kind": "constant", "epochs": 60, "batch_size": 64}


def test_what_only_the_preset_says_goes_where_it_no_longer_applies():
    """``digits`` has a label code: it was said of another objective."""
    config = make_config(digits(objective="class_columns"), "test")
    assert config.network.labels is None
    assert config.negatives is None
    config = make_config(
        with_fields(preset_table("mnist"), {"learning.rule": "backprop", "objective": "readout"}),
        "test",
    )
    assert config.layers[0].homeostasis is None
    assert config.layers[0].goodness is None
    own = {"objective": "class_columns", "network": {"labels": {"gain": 2.0}}}
    assert "network.labels: objective 'class_columns' has no label in the input" in message_of(
        overlaid(preset_table("digits"), own)
    )


def test_none_takes_back_what_a_preset_says():
    table = with_fields(
        preset_table("mnist"),
        {
            "network.layer_defaults.spike_limit": "none",
            "network.layer_defaults.homeostasis": "none",
            "network.layers": [100, {"neurons": 50, "spike_limit": 3}],
        },
    )
    first, second = make_config(table, "test").layers
    assert (first.spike_limit, first.homeostasis, second.spike_limit) == (None, None, 3)


def test_a_file_lies_on_its_preset(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(
        'preset = "digits"\nseed = 5\n[network]\nlayers = [80, {neurons = 40, spike_limit = 2}]\n'
        "[objective]\ntheta = 2.5\n"
    )
    config = make_config(config_table(path), str(path))
    assert config.seed == 5
    assert [layer.neurons for layer in config.layers] == [80, 40]
    assert [layer.spike_limit for layer in config.layers] == [1, 2]
    assert config.objective == make_config(digits(objective__theta=2.5), "test").objective
    assert config.learning.weight_decay == 0.5


def test_the_text_says_once_what_layers_share():
    layers = [
        {"neurons": 80, "neuron": {"tau_mem": 0.004}},
        {"neurons": 40, "goodness": {"kind": "windowed_pairs", "beta": 0.5}, "column_size": 10},
    ]
    config = make_config(digits(network__layers=layers), "test")
    table = sections_of(config)["network"]
    assert table["layer_defaults"]["neuron"].keys() == {"kind", "tau_syn", "v_th"}
    assert "column_size" not in table["layer_defaults"]
    assert table["layers"][0]["neuron"] == {"tau_mem": 0.004}
    assert table["layers"][1]["neuron"] == {"tau_mem": 0.002}
    assert parse_config(config_text(config), "test") == config
    assert mistakes_in(TrainConfig, sections_of(config)) == []
