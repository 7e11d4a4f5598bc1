import pytest

from spikeff.errors import ConfigError, UnknownNameError
from spikeff.training.config.files import (
    config_text,
    load_config,
    parse_config,
    preset_table,
    presets,
)
from spikeff.training.config.schema import make_config


@pytest.mark.parametrize("name", sorted(presets()))
def test_presets_are_whole_and_survive_their_text(name):
    config = make_config(preset_table(name), name)
    assert parse_config(config_text(config), name) == config


def test_the_home_regime_is_what_it_says():
    for name in ("digits", "mnist", "mnist-once"):
        config = make_config(preset_table(name), name)
        assert config.spike_limit == 1
        assert config.goodness != "rate"


def test_all_mistakes_are_listed_at_once():
    table = preset_table("digits") | {
        "goodness": "windowed-pairs",
        "epochs": 0,
        "learning_rat": 1.0,
        "steps": "many",
    }
    with pytest.raises(ConfigError) as caught:
        make_config(table, "my.toml")
    message = str(caught.value)
    assert "my.toml: 4 mistake(s)" in message
    assert "Did you mean 'windowed_pairs'?" in message
    assert "Did you mean 'learning_rate'?" in message
    assert "epochs" in message
    assert "'many'" in message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"layers": [105]}, "105 neurons do not fill columns"),
        ({"label_steps": [8]}, r"label_steps \[8\] lie outside 0..7"),
        ({"label_steps": [1, 1]}, "repeat a step"),
        ({"tau_mem": 0.0001}, "at least dt"),
        ({"spike_limit": 0}, "at least 1, or 'none'"),
        ({"spike_limit": 2.0}, "a whole number"),
        ({"spike_limit": True}, "a whole number"),
        ({"tau_mem": float("inf")}, "tau_mem"),
        ({"objective": "class_columns", "layers": [120]}, "cannot be shared among 10 classes"),
        ({"encoder": "ttfs"}, "encoder 'ttfs' is unknown"),
        ({"learning_rule": "backprop"}, "end-to-end backprop has no contrast"),
        ({"objective": "readout"}, "needs learning_rule = 'backprop'"),
        ({"black_box": "noisy"}, "between two layers, and there is only one"),
        ({"spike_budget": 9}, "between two layers, and there is only one"),
        ({"spike_budget": 0}, "spike_budget: "),
        ({"input_dropout": 1.0}, "input_dropout: "),
        ({"objective": "pair", "phase_batches": 4}, "only 'threshold' learns from them apart"),
        ({"objective": "class_columns", "negatives": "hybrid"}, "need a contrast of images"),
        ({"negatives": "hybrid", "negatives_per_sample": 2}, "hybrids come one per image"),
        ({"objective": "class_columns", "constraint_share": 0.5}, "only a contrast has"),
    ],
)
def test_parts_that_do_not_fit(fields, message):
    with pytest.raises(ConfigError, match=message):
        make_config(preset_table("digits") | fields, "test")


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
    table = preset_table("digits") | {"epochs": 0, "layers": [105], "label_steps": [9], "shft": 1}
    with pytest.raises(ConfigError) as caught:
        make_config(table, "my.toml")
    message = str(caught.value)
    assert "my.toml: 4 mistake(s)" in message
    for part in ("epochs:", "105 neurons do not fill", "label_steps [9] lie", "mean 'shift'"):
        assert part in message
    two = preset_table("digits") | {"layers": [105], "label_steps": [9]}
    with pytest.raises(ConfigError, match=r"my\.toml: 2 mistake\(s\)"):
        make_config(two, "my.toml")


def test_rules_on_missing_fields_say_nothing():
    with pytest.raises(ConfigError) as caught:
        make_config({"layers": [40], "label_steps": [300, 300]}, "my.toml")
    message = str(caught.value)
    assert "column_size: Field required" in message
    assert "label_steps [300, 300] repeat a step" in message
    assert "do not fill" not in message
