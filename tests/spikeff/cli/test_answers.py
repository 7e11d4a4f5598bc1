"""Answers on the command line: with and without labels, by class, shuffled, in files."""

import numpy as np
import pytest

from tests.commands import bad
from tests.paths import NIR_FILES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def imported(session_json, tmp_path_factory):
    """A network of snnTorch's as integers, with its spikes, labelled and not."""
    folder = tmp_path_factory.mktemp("imported")
    with np.load(NIR_FILES / "snntorch_digits.npz") as arrays:
        spikes, labels = arrays["spikes"], arrays["labels"]
    np.savez(folder / "labelled.npz", spikes=spikes, labels=labels)
    np.savez(folder / "unlabelled.npz", spikes=spikes)
    arguments = ["--dt", 1e-4, "--steps", spikes.shape[1], "--out", folder / "net"]
    assert session_json("from-nir", NIR_FILES / "snntorch_digits.nir", *arguments)[0] == 0
    return folder


def test_figures_of_classes_follow_from_the_answers(session_json, session_cli):
    code, result = session_json("run", "zoo:digits", "--samples", 40)
    assert code == 0
    assert len(result["answers"]) == len(result["labels"]) == 40
    right = [a == b for a, b in zip(result["answers"], result["labels"], strict=True)]
    assert sum(right) / 40 == result["accuracy"]
    assert sum(map(sum, result["confusion"])) == 40
    assert [each["samples"] for each in result["per_class"]] == [*map(sum, result["confusion"])]
    assert result["agreement"] is None
    _, out, err = session_cli("run", "zoo:digits", "--samples", 40, "--per-class")
    assert "most often taken for" in out
    assert err == ""


def test_a_shuffle_takes_answers_from_the_networks_of_the_zoo(session_json):
    _, result = session_json("run", "zoo:digits", "--samples", 60, "--shuffle")
    found = result["agreement"]
    assert found["shuffled_accuracy"] < result["accuracy"] - 0.1
    assert found["coincidence_ratio"][0] > 3
    assert found["negative_ratio"][0] < found["coincidence_ratio"][0]


def test_samples_without_labels_are_answered(imported, session_cli, session_json):
    spikes, file = imported / "unlabelled.npz", imported / "answers.npz"
    code, out, err = session_cli("run", imported / "net", "--spikes", spikes, "--out", file)
    assert (code, err) == (0, "")
    assert "unknown: the samples have no labels" in out
    assert "nan" not in out
    labelled = session_json("run", imported / "net", "--spikes", imported / "labelled.npz")[1]
    with np.load(file) as arrays:
        assert arrays["answers"].tolist() == labelled["answers"]
        assert set(arrays["labels"]) == {-1}
        counts = arrays["spike_counts"]
    assert counts.argmax(axis=1).tolist() == labelled["answers"]
    assert "no labels" in bad(session_cli, "run", imported / "net", "--spikes", spikes, "--shuffle")
    _, out, _ = session_cli("energy", imported / "net", "--spikes", spikes)
    assert "nan" not in out.replace("nanoseconds", "")


def test_a_file_of_answers_takes_the_place_of_no_input(imported, session_cli):
    net, spikes = imported / "net", imported / "labelled.npz"
    before = spikes.read_bytes()
    assert "is read by this command" in bad(
        session_cli, "run", net, "--spikes", spikes, "--out", spikes
    )
    assert spikes.read_bytes() == before
    assert ".npz or .csv" in bad(session_cli, "run", net, "--spikes", spikes, "--out", net)


def test_energy_of_a_network_made_elsewhere(imported, session_cli, session_json):
    line = ["energy", imported / "net", "--spikes", imported / "labelled.npz", "--compare", "ann"]
    code, result = session_json(*line)
    assert code == 0
    assert [reading["name"] for reading in result["readings"]] == ["output spike counts"]
    assert result["training"] == []
    ran = session_json("run", imported / "net", "--spikes", imported / "labelled.npz")[1]
    assert result["readings"][0]["accuracy"] == ran["accuracy"]
    ann = result["ann"]
    assert (ann["sizes"], ann["macs"]) == ([64, 48, 10], 64 * 48 + 48 * 10)
    assert [case["accuracy"] for case in ann["cases"]] == [None, None]
    assert 0 < ann["cases"][0]["effective_macs"] < ann["macs"]
    _, out, _ = session_cli(*line)
    assert "training step" not in out
    assert "not trained" in out


def test_networks_of_the_zoo_are_evaluated_like_runs(session_json):
    code, result = session_json("eval", "zoo:digits", "--samples", 60)
    assert code == 0
    ran = session_json("run", "zoo:digits", "--samples", 60, "--shuffle")[1]
    assert {name: result[name] for name in ran["agreement"]} == ran["agreement"]
    assert (result["accuracy"], result["answers"]) == (ran["accuracy"], ran["answers"])
    priced = session_json("energy", "zoo:digits", "--samples", 60)[1]["readings"]
    readouts = {reading["name"]: reading["accuracy"] for reading in priced}
    assert result["readout_accuracy"] == readouts["one pass"]
    assert result["shortlist_accuracy"] == readouts["short list"]
    moved = session_json("eval", "zoo:digits", "--samples", 60, "--jitter", 3)[1]
    assert moved["accuracy"] < result["accuracy"]


def test_runs_are_evaluated_by_class(run_directory, session_json):
    _, result = session_json("eval", run_directory, "--samples", 50)
    right = [a == b for a, b in zip(result["answers"], result["labels"], strict=True)]
    assert (len(right), sum(right) / 50) == (50, result["accuracy"])
    assert sum(result["confusion"][k][k] for k in range(10)) == sum(right)


def test_networks_made_elsewhere_have_one_accuracy(imported, session_cli, session_json):
    net, labelled = imported / "net", imported / "labelled.npz"
    code, out, err = session_cli("eval", net, "--spikes", labelled)
    assert (code, err) == (0, "")
    assert "short list" not in out
    assert "nan" not in out
    result = session_json("eval", net, "--spikes", labelled)[1]
    assert (result["readout_accuracy"], result["shortlist_accuracy"]) == (None, None)
    assert result["shuffled_accuracy"] == pytest.approx(result["accuracy"])
    assert result["rate_accuracy"] == result["reversed_accuracy"] == result["accuracy"]
    assert set(result["jittered_accuracy"].values()) == {result["accuracy"]}
    assert result["deleted_accuracy"]["0.5"] < result["accuracy"]
    assert result["time_share"] == pytest.approx(0.0)
    assert result["best_reading"] == "output spike counts"
    unlabelled = imported / "unlabelled.npz"
    assert "have no labels" in bad(session_cli, "eval", net, "--spikes", unlabelled)
    assert "pass --spikes FILE.npz" in bad(session_cli, "eval", net)
    gpu = bad(session_cli, "eval", net, "--spikes", labelled, "--device", "meta")
    assert "error" in gpu
