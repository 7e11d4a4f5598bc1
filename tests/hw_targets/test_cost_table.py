import pytest

from hw_targets.cost.table import bundled_tables, cost_table
from spikeff.errors import ConfigError, UnknownNameError

TABLE = """
[mine]
title = "A board of ours"
source = "Lab report 7"
where = "page 2"
year = 2026
node = "28 nm"
kind = "measured"
uncertainty = "one board"
[mine.rows.synaptic_operation_pj]
value = 12.5
low = 12
high = 13.0
"""


def test_bundled_tables_are_whole():
    tables = bundled_tables()
    assert set(tables) == {
        "loihi1",
        "loihi1-fitted",
        "truenorth",
        "spinnaker2",
        "loihi2-scenario",
        "digital45",
    }
    for table in tables.values():
        for row in table.rows.values():
            assert row.source
            assert row.where
            assert row.uncertainty
            assert row.low <= row.high


def test_the_known_traps():
    """23.6 and not 27.1 (which adds 3.5 ns to 23.6 pJ); Loihi 2 has bounds and no value."""
    row = cost_table("loihi1").rows["synaptic_operation_pj"]
    assert str(row.value) == "23.6"
    assert "Davies" in row.source
    assert row.unit == "pJ"
    assert all(row.value is None for row in cost_table("loihi2-scenario").rows.values())
    assert not any("hop" in name for name in cost_table("truenorth").rows)


def test_a_table_of_ones_own(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(TABLE)
    row = cost_table(str(file)).rows["synaptic_operation_pj"]
    assert (float(row.low), float(row.value), float(row.high)) == (12, 12.5, 13)
    assert row.source == "Lab report 7"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('source = "Lab report 7"', ""), "source is missing"),
        (('where = "page 2"', 'where = ""'), "where is missing"),
        (('uncertainty = "one board"', ""), "uncertainty is missing"),
        (("value = 12.5", "value = -1.0"), "must be a number >= 0"),
        (("value = 12.5", "value = 99.0"), "out of order"),
        (("value = 12.5", ""), "only a scenario"),
        (('kind = "measured"', 'kind = "scenario"'), "no value"),
        (('kind = "measured"', 'kind = "guessed"'), "is unknown"),
        (("synaptic_operation_pj]", "synaptic_operation_nj]"), "Did you mean"),
        (("value = 12.5", 'value = "12"'), "not a number"),
        (("year = 2026", 'year = 2026\nrelative_energy = "much"'), "not a number"),
        (("year = 2026", "year = 2026\nprice = 3"), "field 'price' is unknown"),
        (("[mine]", "[mine"), "not readable TOML"),
    ],
)
def test_what_cannot_be_defended_is_refused(tmp_path, change, words):
    file = tmp_path / "mine.toml"
    file.write_text(TABLE.replace(*change))
    with pytest.raises((ConfigError, UnknownNameError), match=words):
        cost_table(str(file))


def test_unknown_and_absent_tables(tmp_path):
    with pytest.raises(UnknownNameError, match="loihi1"):
        cost_table("loihi3")
    with pytest.raises(ConfigError, match="does not exist"):
        cost_table(str(tmp_path / "none.toml"))
