"""Networks to NIR and from it by command, spike files included."""

from itertools import pairwise

import nir
import numpy as np
import pytest

from tests.commands import bad
from tests.paths import NIR_FILES


@pytest.fixture(scope="module")
def imported(session_json, tmp_path_factory):
    """A network of snnTorch's, quantised and calibrated on half of its samples."""
    folder = tmp_path_factory.mktemp("nir")
    with np.load(NIR_FILES / "snntorch_digits.npz") as arrays:
        spikes, labels = arrays["spikes"], arrays["labels"]
    np.savez(folder / "some.npz", spikes=spikes[:30])
    np.savez(folder / "rest.npz", spikes=spikes[30:], labels=labels[30:])
    arguments = ["--dt", 1e-4, "--steps", spikes.shape[1], "--spikes", folder / "some.npz"]
    file = folder / "network.safetensors"
    source = NIR_FILES / "snntorch_digits.nir"
    code, result = session_json("from-nir", source, "--out", file, *arguments)
    assert code == 0
    assert result["export"]["calibration"]["presentations"] == 30
    assert [p["name"] for p in result["export"]["populations"]] == ["1", "3"]
    return file


@pytest.mark.slow
def test_a_network_of_another_library_runs_on_our_targets(imported, session_json):
    rest = imported.parent / "rest.npz"
    code, result = session_json("run", imported, "--spikes", rest)
    assert code == 0
    assert result["samples"] == 30
    assert result["accuracy"] > 0.8
    few = ["--spikes", rest, "--samples", 3]
    assert session_json("run", imported, "--target", "lava", *few)[1]["identical_to_emulator"]
    figures = session_json("energy", imported, *few)[1]["readings"][0]["tables"][0]
    assert figures["dynamic_joules"]["mean"] > 0
    unlabelled = session_json("run", imported, "--spikes", imported.parent / "some.npz")[1]
    assert unlabelled["accuracy"] is None
    assert unlabelled["spikes_per_sample"] > 0
    code, _ = session_json("bundle", imported, "--out", imported.parent / "job.zip", *few)
    assert code == 0


def test_runs_and_integers_pass_through_nir(run_directory, network_file, session_json, tmp_path):
    graph, back = tmp_path / "run.nir", tmp_path / "back.safetensors"
    code, result = session_json("to-nir", run_directory, "--out", graph)
    assert (code, result["kind"]) == (0, "description")
    assert "non-leaky synaptic current" in [g["item"] for g in result["grades"]]
    assert session_json("from-nir", graph, "--out", back)[0] == 0
    ours = session_json("run", network_file, "--samples", 40)[1]
    again = session_json("run", back, "--samples", 40)[1]
    assert abs(round(40 * (ours["accuracy"] - again["accuracy"]))) <= 2  # of 40
    assert session_json("to-nir", network_file, "--out", graph)[1]["kind"] == "integers"
    assert session_json("from-nir", graph, "--out", back)[0] == 0
    exact = session_json("run", back, "--samples", 40)[1]
    for name in ("accuracy", "spikes_per_sample", "synops_per_sample"):
        assert exact[name] == ours[name]


def test_people_get_grades(run_directory, session_cli, tmp_path):
    graph = tmp_path / "run.nir"
    code, out, err = session_cli("to-nir", run_directory, "--out", graph)
    assert (code, err) == (0, "")
    assert "left out" in out
    code, out, err = session_cli("from-nir", graph, "--out", tmp_path / "n")
    assert (code, err) == (0, "")  # nothing to warn of in a network of ours
    assert "--spikes FILE.npz calibrates" in out


def test_mistakes_are_named(imported, network_file, session_cli, tmp_path):
    source = NIR_FILES / "snntorch_digits.nir"
    out = ["--out", tmp_path / "n"]
    assert "pass --dt SECONDS and --steps N" in bad(session_cli, "from-nir", source, *out)
    assert "not a readable NIR file" in bad(session_cli, "from-nir", network_file, *out)
    assert "made elsewhere and has no data set" in bad(session_cli, "run", imported)
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK nothing")
    assert "broken.npz" in bad(session_cli, "run", imported, "--spikes", broken)
    np.savez(broken, z=np.zeros(3))
    assert "an array named 'spikes'" in bad(session_cli, "run", imported, "--spikes", broken)
    np.savez(broken, spikes=np.full((2, 10, 64), 0.5))
    assert "besides 0 and 1" in bad(session_cli, "run", imported, "--spikes", broken)
    np.savez(broken, spikes=np.zeros((2, 9, 64)))
    assert "9 steps, the network runs for 10" in bad(
        session_cli, "run", imported, "--spikes", broken
    )
    np.savez(broken, spikes=np.zeros((2, 10, 64)), labels=np.zeros(3, int))
    assert "2 integers are needed" in bad(session_cli, "run", imported, "--spikes", broken)
    assert not (tmp_path / "n").exists()


@pytest.fixture(scope="module")
def integers_of_ours(network_file, session_json, tmp_path_factory):
    graph = tmp_path_factory.mktemp("integers") / "n.nir"
    assert session_json("to-nir", network_file, "--out", graph)[0] == 0
    return graph


@pytest.mark.parametrize(
    "asked", [["--steps", 31], ["--dt", 0.004], ["--unit-jumps"], ["--spikes", "x.npz"]]
)
def test_integers_that_come_back_follow_no_options(asked, integers_of_ours, session_cli, tmp_path):
    told = bad(session_cli, "from-nir", integers_of_ours, "--out", tmp_path / "n", *asked)
    assert asked[0] in told
    assert "leave" in told
    assert not (tmp_path / "n").exists()


def test_integers_may_be_asked_for_as_they_are(
    integers_of_ours, network_file, session_json, tmp_path
):
    from lava_export.integers.file import load_integer_network

    made = load_integer_network(network_file)
    asked = ["--steps", made.steps, "--dt", made.dt]
    assert session_json("from-nir", integers_of_ours, "--out", tmp_path / "n", *asked)[0] == 0
    assert (tmp_path / "n").read_bytes() == network_file.read_bytes()


def test_samples_shorter_than_the_label_are_refused(
    run_directory, session_json, session_cli, tmp_path
):
    graph = tmp_path / "run.nir"
    assert session_json("to-nir", run_directory, "--out", graph)[0] == 0
    told = bad(session_cli, "from-nir", graph, "--out", tmp_path / "n", "--steps", 1)
    assert "step" in told
    assert not (tmp_path / "n").exists()


def small(tmp_path, name="a->b", outlier=0.6):
    """Two populations in a NIR file, the first called ``name``."""
    weights = np.full((3, 4), 0.6)
    weights[:, 1] = 0.01
    weights[0] = outlier
    each = {"tau": 0.01 * np.ones(3), "r": 10 * np.ones(3), "v_leak": np.zeros(3)}
    nodes = {
        "in": nir.Input(np.array([4])),
        "w": nir.Linear(weights),
        name: nir.LIF(**each, v_threshold=np.ones(3)),
        "v": nir.Linear(np.eye(3)),
        "last": nir.LIF(**each, v_threshold=np.ones(3)),
        "out": nir.Output(np.array([3])),
    }
    path = tmp_path / "small.nir"
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(nodes))))
    return path


def test_people_are_warned_of_what_nir_does_not_say(session_cli, tmp_path):
    arguments = ["--out", tmp_path / "n", "--dt", 1e-3, "--steps", 10]
    code, _, err = session_cli("from-nir", small(tmp_path), *arguments)
    assert code == 0
    assert "warning: reset: to v_reset" in err
    assert "became 0" not in err
    code, _, err = session_cli("from-nir", small(tmp_path, outlier=5000.0), *arguments)
    assert code == 0
    assert "of the weights became 0; calibrate with --spikes FILE.npz" in err


def test_energy_knows_the_ends_of_connections_by_any_name(session_json, tmp_path):
    arguments = ["--out", tmp_path / "n", "--dt", 1e-3, "--steps", 10]
    assert session_json("from-nir", small(tmp_path), *arguments)[0] == 0
    np.savez(tmp_path / "in.npz", spikes=np.ones((2, 10, 4)), labels=np.zeros(2, int))
    code, result = session_json("energy", tmp_path / "n", "--spikes", tmp_path / "in.npz")
    assert code == 0
    layers = {layer["layer"]: layer for layer in result["readings"][0]["layers"]}
    assert layers["a->b"]["excitatory_synops"] == 10 * 12
    assert layers["last"]["excitatory_synops"] > 0


def test_the_source_is_compared_with_the_floats(session_json, session_cli, tmp_path):
    """Before anything is rounded: the first spike that differs is named."""
    with np.load(NIR_FILES / "snntorch_digits.npz") as arrays:
        spikes, hidden, last = (arrays[name][:6] for name in ("spikes", "1", "3"))
    flipped = hidden.copy()
    flipped[2, 3, 5] ^= True
    np.savez(tmp_path / "in.npz", spikes=spikes)
    np.savez(tmp_path / "out.npz", **{"1": hidden, "3": last})
    np.savez(tmp_path / "odd.npz", **{"1": flipped, "3": last})
    source = NIR_FILES / "snntorch_digits.nir"
    arguments = ["--out", tmp_path / "n", "--dt", 1e-4, "--steps", spikes.shape[1]]
    given = [*arguments, "--reset", "zero", "--readout", "counts", "--spikes", tmp_path / "in.npz"]
    code, result = session_json("from-nir", source, *given, "--expected", tmp_path / "out.npz")
    assert (code, result["original"]["mismatches"]) == (0, 0)
    assert result["original"]["spikes"] == hidden.sum() + last.sum()
    assert not [g for g in result["grades"] if g["grade"] == "assumed"]
    _, result = session_json("from-nir", source, *given, "--expected", tmp_path / "odd.npz")
    first = result["original"]["first_divergence"]
    place = [first[name] for name in ("population", "sample", "step", "neuron")]
    assert (result["original"]["mismatches"], place) == (1, ["1", 2, 3, 5])
    without = ["from-nir", source, *arguments, "--expected", tmp_path / "out.npz"]
    assert "spikes of --spikes: pass both" in bad(session_cli, *without)
