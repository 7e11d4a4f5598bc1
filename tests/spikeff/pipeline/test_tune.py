"""`spikeff tune` on trainings of a second."""

import csv
import io
import json

import pytest

from spikeff.data import registry as datasets
from spikeff.data.arrays import write_split
from spikeff.data.dataset import held_out
from spikeff.ir.io.text import parse_toml, read_toml
from spikeff.training.config.schema import make_config

BASE = """
preset = "digits"
network.layers = [40]
network.layer_defaults.column_size = 10
schedule.epochs = 1
"""
SPACE = """
learning.learning_rate = {low = 1e-3, high = 1e-1, log = true}
network.layers = {choices = [[40], [80], [45]]}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    (folder / "base.toml").write_text(BASE)
    (folder / "space.toml").write_text(SPACE)
    return folder


@pytest.fixture(scope="module")
def searched(files, session_json):
    """A search of six trials, and what it printed."""
    code, result = session_json(
        *("tune", "--config", files / "base.toml", "--space", files / "space.toml"),
        *("--out", files / "search", "--trials", 6, "--samples", 400, "--validation", 0.25),
    )
    assert code == 0
    return files / "search", result


def rows(out):
    return list(csv.DictReader(io.StringIO((out / "trials.csv").read_text())))


@pytest.mark.slow
def test_the_front_in_every_form(searched):
    out, result = searched
    assert (result["trials"], result["held_out"]) == (6, 100)
    table = rows(out)
    assert [row["trial"] for row in table] == [str(k) for k in range(6)]
    front = [row for row in table if row["front"] == "1"]
    assert sorted(str(e["trial"]) for e in result["front"]) == [row["trial"] for row in front]
    assert [e["synops"] for e in result["front"]] == sorted(e["synops"] for e in result["front"])
    assert {p.name for p in (out / "front").iterdir()} == {
        f"trial-{r['trial']}.toml" for r in front
    }
    assert (out / "front.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_what_cannot_be_used_says_why(searched):
    out, result = searched
    unusable = [row for row in rows(out) if row["network.layers"] == "[45]"]
    assert result["unusable"] == len(unusable) > 0
    for row in unusable:
        assert "45 neurons do not fill columns of 10" in row["reason"]
        assert (row["accuracy"], row["front"]) == ("", "0")


@pytest.mark.slow
def test_a_configuration_of_the_front_trains_and_costs_what_was_said(
    searched, session_json, session_cli, tmp_path
):
    """The same training data, trained and exported by hand, give the figures of the search."""
    out, result = searched
    entry = result["front"][-1]
    config = make_config(read_toml(out / "front" / f"trial-{entry['trial']}.toml", "c"), "c")
    assert [layer.neurons for layer in config.layers] == entry["values"]["network.layers"]
    learn, held = held_out(datasets.load_split("digits", "train", None).head(400), 0.25, seed=0)
    for name, split in (("train", learn), ("test", held)):
        write_split(tmp_path / f"{name}.npz", split)
    text = (out / "front" / f"trial-{entry['trial']}.toml").read_text()
    (tmp_path / "c.toml").write_text(text.replace('"digits"', '"arrays"'))
    data = ("--data", tmp_path)
    train = ("train", "--config", tmp_path / "c.toml", *data, "--out", tmp_path / "run")
    assert session_cli(*train)[0] == 0
    assert session_cli("export", tmp_path / "run", *data, "--out", tmp_path / "n")[0] == 0
    ran = session_json("run", tmp_path / "n", *data)[1]
    assert ran["accuracy"] == entry["accuracy"]
    assert ran["synops_per_sample"] == entry["synops"]
    scores = session_json("eval", tmp_path / "run", *data)[1]
    assert scores["accuracy"] == entry["float_accuracy"]
    assert scores["shuffled_accuracy"] == entry["shuffled_accuracy"]


def test_the_test_split_is_never_read(files, session_cli, tmp_path, monkeypatch):
    asked = []
    original = datasets.DATASETS["digits"].load

    def recorded(split, directory):
        asked.append(split)
        return original(split, directory)

    monkeypatch.setitem(datasets.DATASETS, "digits", datasets.Dataset(recorded, 10))
    search = ("tune", "--config", files / "base.toml", "--trials", 1, "--samples", 100)
    assert session_cli(*search, "--out", tmp_path / "s")[0] == 0
    assert set(asked) == {"train"}


@pytest.mark.slow
def test_a_search_goes_on_where_it_stopped(searched, files, session_json, tmp_path):
    whole, _ = searched
    out = tmp_path / "parts"
    start = ("tune", "--config", files / "base.toml", "--space", files / "space.toml")
    samples = ("--samples", 400, "--validation", 0.25)
    session_json(*start, "--out", out, "--trials", 2, *samples)
    code, result = session_json("tune", "--out", out, "--trials", 6, "--resume")
    assert (code, result["trials"]) == (0, 6)
    assert (out / "trials.csv").read_bytes() == (whole / "trials.csv").read_bytes()
    assert (out / "search.toml").read_bytes() == (whole / "search.toml").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "digts"), "Did you mean 'digits'?"),
        ((), "give --preset NAME or --config FILE.toml"),
        (("--preset", "digits", "--chip", "loihi3"), "Did you mean 'loihi"),
        (("--preset", "digits", "--validation", "1.5"), "validation = 1.5"),
        (("--preset", "digits", "--trials", "0"), "trials = 0"),
        (("--preset", "digits", "--space", "none.toml"), "none.toml does not exist"),
        (("--preset", "mnist"), "pass --data DIR"),
        (("--preset", "digits", "--samples", "5000"), "holds 1 to 1437"),
        (("--resume",), "it is no search"),
    ],
)
def test_mistakes_leave_nothing(arguments, message, session_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = session_cli("tune", "--out", "search", *arguments)
    assert (code, out) == (1, "")
    assert message in err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_search_is_never_replaced_by_accident(searched, files, session_cli):
    out, _ = searched
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    code, _, err = session_cli("tune", "--config", files / "base.toml", "--out", out)
    assert (code, "already holds a search" in err) == (1, True)
    code, _, err = session_cli("tune", "--out", out, "--resume", "--seed", 3, "--bits", 4)
    assert (code, "leave out --bits, --seed" in err) == (1, True)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version = 3", "version = 4", "upgrade spikeff"),
        ("version = 3", "", "version None"),
        ("bits = 8", "bits = '8'", "bits missing, unknown or of the wrong type"),
        ("bits = 8", "bits = 8\nmore = 1", "more missing, unknown"),
        ("validation = 0.25", "validation = nan", "a share above 0 and below 1"),
        ("[space.learning.learning_rate]", "[space.learning.rat]", "field 'learning.rat' is"),
        ("epochs = 1", "epochs = 0", "epochs: Input should be greater"),
        ("[base]", "[bass]", "bass missing, unknown"),
    ],
)
def test_settings_of_strangers(old, new, message, searched, session_cli, tmp_path):
    text = (searched[0] / "search.toml").read_text()
    assert old in text
    (tmp_path / "search.toml").write_text(text.replace(old, new))
    code, _, err = session_cli("tune", "--out", tmp_path, "--resume")
    assert code == 1
    assert message in " ".join(err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["search.toml"]


def test_the_space_that_is_shown_is_the_one_that_is_searched(session_cli, session_json):
    code, out, _ = session_cli("config", "space", "mnist")
    assert code == 0
    shown = session_json("config", "space", "mnist")[1]["space"]
    assert parse_toml(out, "shown") == json.loads(json.dumps(shown))


OLD_SEARCH = """
version = 1
validation = 0.25
bits = 8
chip = "loihi1"
seed = 0
samples = 200

[space]
learning_rate = {low = 1e-3, high = 1e-1, log = true}
homeostasis = {choices = [0.0, 100.0]}

[base]
dataset = "digits"
encoder = "latency"
steps = 8
layers = [40]
column_size = 10
tau_syn = inf
tau_mem = 0.002
spike_limit = 1
goodness = "synchrony"
objective = "threshold"
temperature = 7.0
initial_firing = 0.02
epochs = 1
batch_size = 64
learning_rate = 3e-3
"""


@pytest.mark.slow
def test_a_search_of_0_1_goes_on(session_json, tmp_path):
    (tmp_path / "search.toml").write_text(OLD_SEARCH)
    code, result = session_json("tune", "--out", tmp_path, "--resume", "--trials", 2)
    assert code == 0
    assert result["unusable"] == 0
    assert {"learning_rate", "homeostasis"} < rows(tmp_path)[0].keys()
    for entry in result["front"]:
        config = make_config(read_toml(tmp_path / entry["config"], "c"), "c")
        assert config.learning.learning_rate == entry["values"]["learning_rate"]
