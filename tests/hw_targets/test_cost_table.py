import pytest

from hw_targets.cost.table import KINDS
from hw_targets.cost.table_registry import bundled_tables, cost_table
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
    assert {"loihi1", "loihi2-scenario", "hala-point", "spinnaker1", "odin", "gpu"} <= set(tables)
    for table in tables.values():
        assert table.rows
        for row in table.rows.values():
            for word in (row.source, row.where, row.node, row.uncertainty):
                assert len(word) > 1, (table.name, row.name)
            assert row.kind in KINDS
            assert 1990 < row.year < 2100
            assert row.low <= row.high


def test_every_loihi_table_stands_for_something_of_its_own():
    tables = [table for table in bundled_tables().values() if table.chip == "loihi1"]
    assert {table.scenario for table in tables} == {
        "published minimum",
        "fitted",
        "scaled to boards",
    }
    floors = {table.rows[name].value for table in tables for name in table.rows if "step" in name}
    assert {float(ns) for ns in floors} == {42000.0}


def test_bounds_of_loihi_hold_the_constants_fitted_on_boards():
    """Row by row, so whatever a network does: what one table costs lies within the other."""
    published, fitted = cost_table("loihi1").rows, cost_table("loihi1-fitted").rows
    assert len(fitted) > 20
    of_a_format = {name for name in fitted if "_sparse_" in name or "_shared_" in name}
    assert len(of_a_format) == 4, "which are in no total"
    for name, row in fitted.items():
        if name in of_a_format:
            continue
        assert published[name].low <= row.value <= published[name].high, name


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
        # A share beyond 1 would give bounds of negative energies.
        (("year = 2026", "year = 2026\nrelative_energy = 2"), "relative_energy = 2; .* at most 1"),
        (("year = 2026", "year = 2026\nrelative_time = 1.1"), "relative_time = 1.1; .* at most 1"),
        (("year = 2026", "year = 2026\nprice = 3"), "field 'price' is unknown"),
        (("year = 2026", 'year = 2026\nchip = "loihi7"'), "chip 'loihi7' is unknown"),
        (("year = 2026", 'year = 2026\nwithin = ["heat"]'), "box 'heat' is unknown"),
        (("year = 2026", "year = 2026\nscenario = 3"), "give a text"),
        (("year = 2026", 'year = 2026\nomits = "host"'), "give a list of texts"),
        (("year = 2026", "year = 2026\nomits = 5"), "give a list of texts"),
        (("year = 2026", "year = 1e400"), "year"),
        (("synaptic_operation_pj]", f"barrier_{'9' * 5000}_tiles_ns]"), "barrier"),
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
