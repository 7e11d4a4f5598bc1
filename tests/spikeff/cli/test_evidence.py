"""`spikeff eval`: the same figures of runs, networks of the zoo and networks made elsewhere."""

import pytest

from tests.commands import bad

pytestmark = pytest.mark.slow

ACCURACIES = ("accuracy", "shuffled_accuracy", "rate_accuracy", "reversed_accuracy")
SHARED = ("samples", "shuffled_spread", "shuffle_draws", "time_share", "best_reading", "readings")
PER_LAYER = ("coincidence_ratio", "negative_ratio", "firing")


@pytest.fixture(scope="module")
def told(run_directory, session_json):
    """Figures of a run and of networks of the zoo, with a label in the input and without."""
    names = (run_directory, "zoo:digits", "zoo:digits-synchrony")
    found = {}
    for name in names:
        code, found[str(name)] = session_json("eval", name, "--samples", 40)
        assert code == 0
    return found


def test_runs_and_networks_are_told_by_the_same_names(told):
    first, *others = told.values()
    assert all(each.keys() == first.keys() for each in others)
    for found in told.values():
        assert found.keys() >= {*ACCURACIES, *SHARED, *PER_LAYER}
        assert all(0 <= found[name] <= 1 for name in ACCURACIES)
        assert len({len(found[name]) for name in PER_LAYER}) == 1
        assert list(found["jittered_accuracy"]) == ["1", "2", "3"]
        assert list(found["deleted_accuracy"]) == ["0.05", "0.1", "0.2", "0.5"]


def test_the_share_of_time_follows_from_its_parts(told):
    for found in told.values():
        assert found["chance"] == 0.1
        lost = found["accuracy"] - found["shuffled_accuracy"]
        assert found["time_share"] == pytest.approx(lost / (found["accuracy"] - found["chance"]))
        labels = found["labels"]
        commonest = max(labels.count(label) for label in set(labels))
        assert found["commonest_label"] == commonest / len(labels)


def test_what_every_reading_is_worth(told):
    for found in told.values():
        readings = {each["name"]: each for each in found["readings"]}
        assert readings["goodness"]["accuracy"] == found["accuracy"]
        assert readings["goodness"]["shuffled_accuracy"] == found["shuffled_accuracy"]
        linear = readings["one-pass readout"]
        assert linear["accuracy"] == linear["shuffled_accuracy"] == found["readout_accuracy"]
        assert linear["time_share"] == 0.0
        assert readings["short list"]["shuffled_accuracy"] == found["shuffled_shortlist_accuracy"]
        most = max(each["accuracy"] for each in readings.values())
        assert readings[found["best_reading"]]["accuracy"] == most


def test_goodness_that_is_built_in_does_not_know_forwards_from_backwards(told):
    assert all(each["reversed_accuracy"] == each["accuracy"] for each in told.values())


def test_operations_are_those_of_a_run_of_the_integers(told, run_directory, session_json):
    assert told[str(run_directory)]["synops_per_sample"] is None
    ran = session_json("run", "zoo:digits", "--samples", 40)[1]
    assert told["zoo:digits"]["synops_per_sample"] == ran["synops_per_sample"]


def test_the_table_holds_every_figure_within_80_columns(told, session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = session_cli("eval", "zoo:digits", "--samples", 40)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    found = told["zoo:digits"]
    shares = [
        *(found[name] for name in ACCURACIES),
        *(found["time_share"], found["chance"], found["commonest_label"]),
        *found["jittered_accuracy"].values(),
        *found["deleted_accuracy"].values(),
    ]
    assert all(f"{100 * share:.2f} %" in out for share in shares)
    assert f"± {100 * found['shuffled_spread']:.2f}" in out
    assert f"{found['synops_per_sample']:,.0f}" in out


def test_input_backwards_is_another_matter(told, session_json):
    found = session_json("eval", "zoo:digits", "--samples", 40, "--reverse")[1]
    assert found["accuracy"] < told["zoo:digits"]["accuracy"] - 0.2


def test_a_seed_is_one_of_the_draws(told, session_json, session_cli):
    again = session_json("eval", "zoo:digits", "--samples", 40, "--seed", 0)[1]
    other = session_json("eval", "zoo:digits", "--samples", 40, "--seed", 1)[1]
    names = ("shuffled_accuracy", "jittered_accuracy", "deleted_accuracy")
    before = [told["zoo:digits"][name] for name in names]
    assert before == [again[name] for name in names] != [other[name] for name in names]
    bad(session_cli, "eval", "zoo:digits", "--seed", -1)
