"""Networks whose output neurons answer by their spike counts, with labels and without."""

import re
import zipfile
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

import spikeff
from hw_targets.emulator import run as emulator
from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.nir.readout import most_spikes
from spikeff.errors import ConfigError, DataError
from tests.networks import integers

SAMPLES = 7


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A network of three output neurons, and samples with and without labels."""
    folder = tmp_path_factory.mktemp("elsewhere")
    rng = np.random.default_rng(3)
    weights = 2 * rng.integers(-20, 60, (6, 5)), 2 * rng.integers(-40, 60, (3, 6))
    base = integers(weights[0], depth_weights=[weights[1]], steps=9)
    populations = tuple(replace(p, vth=120) for p in base.populations)
    code = replace(base.input, encoder="spikes", spikes_per_channel=9)
    readout = most_spikes(populations[-1].name, 3)
    net = replace(base, input=code, populations=populations, readout=readout, dataset="")
    save_integer_network(folder / "net", net)
    spikes = rng.random((SAMPLES, 9, 5)) < 0.5
    np.savez(folder / "alone.npz", spikes=spikes)
    np.savez(folder / "known.npz", spikes=spikes, labels=np.arange(SAMPLES) % 3)
    return folder, spikes


def counted(folder, spikes):
    """Spikes of every output neuron, (samples, classes), and of all populations."""
    network = load_integer_network(folder / "net")
    trace = emulator.run(network, spikes.transpose(1, 0, 2)).trace.window(9).spikes
    return trace[network.readout.populations[0]].sum(axis=0), trace


def test_a_loaded_network_answers_by_counts(files):
    folder, spikes = files
    counts, _ = counted(folder, spikes)
    assert len(np.unique(counts.argmax(axis=1))) > 1
    model = spikeff.load(folder / "net")
    assert model.decision_function(spikes).tolist() == counts.tolist()
    assert model.predict(spikes).tolist() == counts.argmax(axis=1).tolist()
    odds = np.exp(counts) / np.exp(counts).sum(axis=1, keepdims=True)
    assert np.allclose(model.predict_proba(spikes), odds)


def test_a_run_writes_answers_counts_and_spikes(files, tmp_path):
    folder, spikes = files
    counts, trace = counted(folder, spikes)
    out = tmp_path / "answers.npz"
    report = spikeff.run(folder / "net", spikes=folder / "alone.npz", out=out, keep_spikes=True)
    with np.load(out) as found:
        assert found["spike_counts"].tolist() == counts.tolist()
        assert found["answers"].tolist() == list(report.answers)
        assert set(found["labels"]) == {-1}
        for name, z in trace.items():
            assert np.array_equal(found[f"spikes.{name}"], z.transpose(1, 0, 2))
    spikeff.run(folder / "net", spikes=folder / "alone.npz", out=out)
    with np.load(out) as found:
        assert not [name for name in found.files if name.startswith("spikes")]
    for place in (None, tmp_path / "answers.csv"):
        with pytest.raises(ConfigError, match=r"--out FILE\.npz"):
            spikeff.run(folder / "net", spikes=folder / "alone.npz", out=place, keep_spikes=True)


def test_a_run_in_pieces_keeps_the_same_spikes(files, tmp_path, monkeypatch):
    folder, _ = files
    whole, parts = tmp_path / "whole.npz", tmp_path / "parts.npz"
    options = {"spikes": folder / "alone.npz", "keep_spikes": True}
    spikeff.run(folder / "net", out=whole, **options)
    monkeypatch.setattr("spikeff.pipeline.presentations.CHUNK_BYTES", 200)
    spikeff.run(folder / "net", out=parts, **options)
    with np.load(whole) as a, np.load(parts) as b:
        assert a.files == b.files
        assert all(np.array_equal(a[name], b[name]) for name in a.files)


def test_without_labels_answers_are_printed_and_nothing_is_right(files, tmp_path, session_cli):
    folder, spikes = files
    answers = counted(folder, spikes)[0].argmax(axis=1)
    net, alone = folder / "net", folder / "alone.npz"
    code, out, _ = session_cli("run", net, "--spikes", alone)
    assert code == 0
    assert ", ".join(map(str, answers)) in out
    job = tmp_path / "job.zip"
    code, told, err = session_cli("bundle", net, "--spikes", alone, "-n", 7, "--out", job)
    assert code == 0, err
    assert "right on the emulator unknown" in " ".join(told.split())
    assert zipfile.is_zipfile(job)
    code, costs, _ = session_cli("energy", net, "--spikes", alone, "--compare", "ann")
    assert code == 0
    assert "nan" not in (out + told + costs).lower()
    with pytest.raises(DataError, match="no labels"):
        spikeff.eval(net, spikes=alone)


def test_the_one_reading_has_its_right_name(files, session_cli):
    folder, spikes = files
    right = (counted(folder, spikes)[0].argmax(axis=1) == np.arange(SAMPLES) % 3).mean()
    report = spikeff.eval(folder / "net", spikes=folder / "known.npz")
    (reading,) = report.readings
    assert (reading.name, reading.accuracy) == ("output spike counts", right)
    assert report.best_reading == "output spike counts"
    code, out, _ = session_cli("eval", folder / "net", "--spikes", folder / "known.npz")
    assert code == 0
    assert "accuracy by output spike counts" in out
    assert "goodness" not in out
    energy = spikeff.energy(folder / "net", spikes=folder / "known.npz")
    assert [(r.name, r.accuracy) for r in energy.readings] == [("output spike counts", right)]


@pytest.mark.slow
@pytest.mark.parametrize("samples", ["alone", "known"])
def test_a_page_about_it(files, tmp_path, samples):
    folder, _ = files
    page = tmp_path / "page.html"
    spikeff.report(folder / "net", page, spikes=folder / f"{samples}.npz", check_samples=1)
    html = re.sub(r"<(script|style).*?</\1>", "", page.read_text(), flags=re.DOTALL)
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    assert "nan %" not in text
    assert "read by output spike counts of 3 classes" in text
    assert ("unknown: 7 samples without labels" in text) == (samples == "alone")
    assert ("accuracy by output spike counts" in text) == (samples == "known")
