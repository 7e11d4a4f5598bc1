import pytest

from spikeff.errors import ConfigError
from spikeff.ir.io.text import parse_toml
from spikeff.nn.settings import HomeostasisSettings
from spikeff.pipeline.search.files import SearchSettings
from spikeff.pipeline.search.space import (
    Choices,
    Range,
    default_space,
    parse_space,
    read_space,
    space_table,
    space_text,
    values_of,
)
from spikeff.training.config.files import preset_table, presets, sections_of
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config

BASE = make_config(preset_table("digits"), "test")


@pytest.mark.parametrize("name", sorted(presets()))
@pytest.mark.slow
def test_the_default_space_holds_the_preset_and_only_what_can_be_trained(name):
    base = make_config(preset_table(name), name)
    space = default_space(base)
    assert parse_space(space_table(space), base, name) == space
    assert parse_space(parse_toml(space_text(space), name), base, name) == space
    values = values_of(base, space)
    for field, dimension in space.items():
        assert dimension.holds(values[field]), field
        ends = (
            (dimension.low, dimension.high) if isinstance(dimension, Range) else dimension.choices
        )
        for value in ends:
            make_config(with_fields(sections_of(base), {field: value}), name)


def test_a_space_of_ones_own(tmp_path):
    file = tmp_path / "space.toml"
    file.write_text(
        "data.steps = {low = 4, high = 8}\n[network.layers]\nchoices = [[40], [80, 40]]\n"
        "[network.layer_defaults]\nspike_limit = {choices = [1, 'none']}\n"
        "neuron.tau_syn = {choices = [0.002, inf]}\n"
    )
    assert read_space(file, BASE) == {
        "data.steps": Range(4, 8),
        "network.layers": Choices(([40], [80, 40])),
        "network.layer_defaults.spike_limit": Choices((1, "none")),
        "network.layer_defaults.neuron.tau_syn": Choices((0.002, float("inf"))),
    }


def test_the_names_of_0_1_are_known(tmp_path):
    file = tmp_path / "space.toml"
    file.write_text(
        "steps = {low = 4, high = 8}\nlayers = {choices = [[40], [80, 40]]}\n"
        "[theta]\nlow = 1.0\nhigh = 3.0\n[homeostasis]\nchoices = [0.0, 100.0]\n"
    )
    space = read_space(file, BASE)
    assert list(space) == ["steps", "layers", "theta", "homeostasis"]
    assert space["steps"] == Range(4, 8)
    values = values_of(BASE, space)
    assert values == {"steps": 8, "layers": [800], "theta": 6.0, "homeostasis": 400.0}
    config = candidate(space, {"steps": 5, "layers": [40], "theta": 2.0, "homeostasis": 100.0})
    assert config.data.steps == 5
    assert [layer.neurons for layer in config.layers] == [40]
    assert config.layers[0].homeostasis == HomeostasisSettings(strength=100.0)
    assert candidate(space, {"homeostasis": 0.0}).layers[0].homeostasis is None


def candidate(space, values):
    return SearchSettings(BASE, space, None, 0.2, 8, "loihi1", 0).candidate(values)


def test_what_does_not_apply_to_a_choice_is_no_part_of_the_candidate():
    ends = {"low": 1.0, "high": 9.0}
    table = {"objective": {"kind": {"choices": ["threshold", "pair"]}, "theta": ends}}
    space = parse_space(table, BASE, "space.toml")
    assert candidate(space, {"objective.kind": "threshold", "objective.theta": 2.0}) == make_config(
        with_fields(preset_table("digits"), {"objective.theta": 2.0}), "test"
    )
    config = candidate(space, {"objective.kind": "pair", "objective.theta": 2.0})
    assert config.objective.model_dump() == {"kind": "pair"}


def test_layers_of_their_own_stay_as_they_are():
    layers = [{"neurons": 80, "column_size": 10}, 40]
    base = make_config(with_fields(preset_table("digits"), {"network.layers": layers}), "test")
    assert not [name for name in default_space(base) if name.startswith("network.")]


def test_all_mistakes_are_listed_at_once():
    table = {
        "learning_rat": {"low": 1e-3, "high": 1.0},
        "data": {"stps": {"low": 1, "high": 2}},
        "objective": {"temperature": {"low": 1.0, "high": 2.0}},
        "learning_rate": {"low": 1.0, "high": 1e-3},
        "weight_decay": {"low": 0.0, "high": 1.0, "log": True},
        "steps": {"low": 2.5, "high": 8},
        "epochs": {"low": 0, "high": 8},
        "goodness": {"choices": ["pairs", "pears"]},
        "theta": {"lowest": 1.0},
        "layers": [[40]],
        "beta": {"choices": [0.1, 0.1]},
        "balanced": {"low": False, "high": True},
        "temperature": {"low": 1.0, "high": 2.0, "log": "yes"},
    }
    with pytest.raises(ConfigError) as caught:
        parse_space(table, BASE, "space.toml")
    message = str(caught.value)
    assert f"space.toml: {len(table)} mistake(s)" in message
    for part in (
        "Did you mean 'learning_rate'?",
        "Did you mean 'data.steps'?",
        "objective.temperature: objective 'threshold' has no temperature",
        "low = 1.0 is not below high = 0.001",
        "a logarithmic range lies above 0",
        "steps: low and high must be whole numbers",
        "epochs: Input should be greater than or equal to 1 (got 0)",
        "Did you mean 'pairs'?",
        "Did you mean 'low'?",
        "is no table",
        "choices repeat a value",
        "balanced: low and high must be numbers",
        "'yes' is neither true nor false",
    ):
        assert part in message
    with pytest.raises(ConfigError, match="batch_size: give low and high, or choices"):
        parse_space({"batch_size": {"low": 8}}, BASE, "space.toml")
    with pytest.raises(ConfigError, match="no field to search"):
        parse_space({}, BASE, "space.toml")


def test_widths_keep_every_class_its_columns():
    base = make_config(preset_table("digits-columns"), "test")
    widths = default_space(base)["network.layers"]
    assert isinstance(widths, Choices)
    assert widths.choices == ([200, 200], [300, 300], [600, 600], [1200, 1200])
