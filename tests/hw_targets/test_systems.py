"""Systems of others: none without source, year, kind, and a word on what it counts."""

from dataclasses import asdict

import pytest

from hw_targets.cost.systems import COUNTS, PER, read_systems, systems
from hw_targets.cost.table import KINDS
from spikeff.errors import ConfigError, UnknownNameError


def test_every_system_is_traceable():
    found = systems()
    assert len(found) > 20
    for name, system in found.items():
        assert system.name == name
        for word in ("source", "where", "node", "hardware", "network"):
            assert len(getattr(system, word)) > 1, (name, word)
        assert system.kind in KINDS
        assert system.counts in COUNTS
        assert system.per in PER
        assert 1990 < system.year < 2100
        assert (system.microjoules or system.milliwatts) > 0


def test_what_was_measured_of_mnist():
    """2.5 uJ in 0.17 ms is less power than the chip draws idle: dynamic energy, no whole system."""
    renner = systems()["renner-2024"]
    assert renner.counts == "dynamic"
    assert renner.microjoules / renner.milliseconds == pytest.approx(14.7, abs=0.1)
    assert systems()["park-2019"].per == "learning step"
    chips = {s.title for s in systems().values() if s.counts == "whole chip" and s.task == "mnist"}
    assert "Goeltz 2019, BrainScaleS-2" in chips


@pytest.mark.parametrize("field", ["source", "where", "year", "kind", "node", "counts"])
def test_a_system_without_its_source_is_refused(field):
    entry = asdict(systems()["renner-2024"])
    given = {k: v for k, v in entry.items() if v is not None and k not in ("name", field)}
    with pytest.raises(ConfigError, match=f"{field} is missing"):
        read_systems({"mine": given})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counts": "everything"}, "counts 'everything' is unknown"),
        ({"kind": "guessed"}, "kind 'guessed' is unknown"),
        ({"per": "year"}, "per 'year' is unknown"),
        ({"year": 1800}, "year = 1800"),
        ({"source": ""}, "source is empty"),
        ({"milliwatts": 3.0}, "one of the two"),
        ({"price": 3.0}, "field 'price' is unknown"),
    ],
)
def test_what_cannot_be_defended_is_refused(change, words):
    entry = asdict(systems()["renner-2024"])
    given = {k: v for k, v in entry.items() if v is not None and k != "name"} | change
    with pytest.raises((ConfigError, UnknownNameError), match=words):
        read_systems({"mine": given})
