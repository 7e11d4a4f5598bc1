"""What the commands that list things show."""

from spikeff.training.config.files import presets
from spikeff.training.resolve import resolve_config


def test_presets_are_listed_with_what_they_are(session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = session_cli("presets")
    assert code == 0
    assert not err
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    for name in presets():
        config = resolve_config(name)
        sizes = "-".join(str(layer.neurons) for layer in config.layers)
        assert rows[name][:3] == [config.data.dataset, config.data.encoder.kind, sizes]
        assert rows[name][-1] == str(config.schedule.epochs)
        assert config.objective.kind in rows[name]


def test_the_zoo_and_targets_are_listed(session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    _, zoo, _ = session_cli("zoo")
    assert "zoo:digits" in zoo
    _, targets, _ = session_cli("targets")
    assert "emulator" in targets
