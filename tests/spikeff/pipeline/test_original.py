"""Integers against the spikes that their network's origin recorded."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikeff.errors import DataError
from spikeff.ir.codes import CLASS_COLUMNS, Readout
from spikeff.ir.trace import SpikeTrace
from spikeff.pipeline.fidelity.grades import grade_original
from spikeff.pipeline.original import compare_original, load_original
from tests.commands import bad
from tests.paths import NIR_FILES

STEPS, SAMPLES = 4, 3
NETWORK = SimpleNamespace(
    steps=STEPS,
    populations=[
        SimpleNamespace(name="1", size=5, column_size=5, constraint_columns=0),
        SimpleNamespace(name="3", size=2, column_size=1, constraint_columns=0),
    ],
    readout=Readout(CLASS_COLUMNS, "rate", 0.0, 2, ("3",), np.zeros((2, 2)), np.zeros(2)),
)


@pytest.fixture
def recorded():
    """Spikes by population, (samples, steps, neurons); class 1, 0 and 1 answer."""
    rng = np.random.default_rng(0)
    out = np.zeros((SAMPLES, STEPS, 2), np.uint8)
    out[[0, 2], :3, 1] = out[1, :2, 0] = 1
    return {"1": rng.integers(0, 2, (SAMPLES, STEPS, 5)), "3": out}


def trace(recorded):
    """The same spikes as the emulator has them, with an idle step behind."""
    z = {k: np.moveaxis(a, 0, 1).astype(bool) for k, a in recorded.items()}
    return SpikeTrace("emulator", {k: np.concatenate([a, a[:1]]) for k, a in z.items()})


def saved(path, **arrays):
    np.savez(path / "original.npz", **arrays)
    return path / "original.npz"


def test_equal_spikes_are_faithful(recorded, tmp_path):
    original = load_original(saved(tmp_path, **recorded, other=np.zeros(3)), NETWORK)
    found = compare_original(NETWORK, original, trace(recorded))
    assert (found.pair.mismatches, found.same_answers) == (0, 1.0)
    assert found.pair.spikes == sum(a.sum() for a in recorded.values())
    assert grade_original(found).grade == "faithful"


def test_a_spike_that_differs_is_found(recorded, tmp_path):
    original = load_original(saved(tmp_path, **recorded), NETWORK)
    ours = trace(recorded)
    ours.spikes["3"][:, 2] ^= True  # the answer of sample 2 turns over
    found = compare_original(NETWORK, original, ours)
    first = found.pair.first_divergence
    assert (first.population, first.sample, first.step) == ("3", 2, 0)
    assert found.pair.mismatches == STEPS * 2
    assert found.same_answers == pytest.approx(2 / 3)
    assert "66.67%" in grade_original(found).reason


def test_the_output_alone(recorded, tmp_path):
    original = load_original(saved(tmp_path, spikes=recorded["3"]), NETWORK)
    assert list(original) == ["3"]
    hidden = load_original(saved(tmp_path, **{"1": recorded["1"]}), NETWORK)
    assert compare_original(NETWORK, hidden, trace(recorded)).same_answers is None


def test_other_files_are_refused(recorded, tmp_path):
    with pytest.raises(DataError, match="by population, of 1, 3, or one 'spikes' for '3'"):
        load_original(saved(tmp_path, labels=np.zeros(3)), NETWORK)
    with pytest.raises(DataError, match=r"network's '3' has \(samples, 4, 2\)"):
        load_original(saved(tmp_path, spikes=recorded["1"]), NETWORK)
    original = load_original(saved(tmp_path, spikes=recorded["3"][:2]), NETWORK)
    with pytest.raises(DataError, match="pass --samples 2"):
        compare_original(NETWORK, original, trace(recorded))


@pytest.mark.usefixtures("lava_in_process")
def test_a_network_made_elsewhere_is_checked(session_json, session_cli, tmp_path):
    file, fixture = tmp_path / "net", NIR_FILES / "snntorch_digits"
    arguments = ("--dt", 1e-4, "--steps", 10, "--out", file)
    assert session_json("from-nir", f"{fixture}.nir", *arguments)[0] == 0
    spikes = ("--spikes", f"{fixture}.npz", "--samples", 2)
    code, result = session_json("check", file, *spikes, "--expected", f"{fixture}.npz")
    assert (code, result["equal"]) == (0, True)
    assert set(result["pairs"]) == {
        "emulator/lava",
        "emulator/brian2-integers",
        "lava/brian2-integers",
    }
    assert result["original"]["same_answers"] == 1.0
    assert 0 < result["original"]["mismatches"] < 0.1 * result["original"]["spikes"]
    assert (result["training"], result["conversion"]) == (None, None)


def test_options_that_mean_nothing_are_refused(run_directory, session_cli):
    assert "leave --bits out" in bad(session_cli, "check", "zoo:digits", "--bits", 8)
    line = ("check", run_directory, "--expected", "x.npz")
    assert "leave --expected out" in bad(session_cli, *line)
