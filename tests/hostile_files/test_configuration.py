"""Tables of strangers are one error, whatever they hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikeff.errors import (
    ConfigError,
    UnknownNameError,
)
from spikeff.ir.io.text import MAX_TOML_BYTES, parse_toml
from spikeff.settings.tables import field_names
from spikeff.training.config.files import preset_table
from spikeff.training.config.lift import PATHS
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config
from tests.hostile_files.examples import FEW, JSON, tried


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "a = " + "9" * 10_000, "a = 1979-99-99", "a = 1\n" * 2],
    ids=["nested", "long", "date", "twice"],
)
def test_toml_of_any_kind_is_one_error(text):
    with pytest.raises(ConfigError, match="is not readable TOML"):
        parse_toml(text, "here")
    with pytest.raises(ConfigError, match="are the most read"):
        parse_toml(" " * (MAX_TOML_BYTES + 1), "here")


@pytest.mark.parametrize("preset", [["digits"], {}, 3, True])
def test_a_preset_is_a_name(preset):
    with pytest.raises(UnknownNameError, match="preset"):
        preset_table(preset)


@pytest.mark.slow
def test_a_configuration_takes_any_value_for_any_field():
    fields = field_names(TrainConfig)

    def load(table):
        make_config(with_fields(preset_table("digits"), table), "test")

    @settings(FEW, max_examples=60)
    @given(st.dictionaries(st.sampled_from([*fields, *PATHS]), JSON))
    def attempt(table):
        tried(load, table, (ConfigError,))

    attempt()
