"""What the commands that list things show."""

from spikeff.cli.catalogues import UNTRIED
from spikeff.training.config.files import presets
from spikeff.training.resolve import resolve_config
from spikeff.zoo import zoo


def test_presets_are_listed_with_what_they_are(session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = session_cli("presets")
    assert code == 0
    assert not err
    assert out.split("to the end yet: ")[1].split(")")[0].split(", ") == list(UNTRIED)
    assert set(UNTRIED) <= presets().keys() - zoo().keys()
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    for name in presets():
        config = resolve_config(name)
        sizes = "-".join(str(layer.neurons) for layer in config.layers)
        assert rows[name][:3] == [config.data.dataset, config.data.encoder.kind, sizes]
        assert rows[name][-1] == str(config.schedule.epochs)
        assert config.objective.kind in rows[name]


def test_the_zoo_and_targets_are_listed(session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    _, out, _ = session_cli("zoo")
    assert "zoo:digits" in out
    _, targets, _ = session_cli("targets")
    assert "emulator" in targets


def test_tables_systems_and_validation_are_listed(session_cli, session_json, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    _, out, _ = session_cli("tables")
    for said in ("loihi1-boards", "hala-point", "odin", "Renner 2024, Loihi", "1.94 to 2.13"):
        assert said in out
    _, found = session_json("tables")
    for entry in (*found["tables"], *found["systems"]):
        assert entry["source"]
        assert entry["node"]
        assert entry["kind"]
        assert 1990 < entry["year"] < 2100
    assert {p["table"] for p in found["validation"]} == {"loihi1", "loihi1-fitted"}
