"""``spikeff sample``: what runs make by themselves, in print, as JSON and as a picture."""

import json

import numpy as np
import pytest

import spikeff
from spikeff.data.aesop import SYMBOLS
from spikeff.errors import ConfigError
from spikeff.plots.samples import GAP, tiled
from tests.spikeff.data.test_aesop import TEXT

SMALL = "network.layers = [20]\nnetwork.layer_defaults.column_size = 10\nschedule.epochs = 1\n"
PNG = b"\x89PNG"

pytestmark = pytest.mark.usefixtures("few_digits")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run with a generative side, one without, and one on text."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "text").mkdir()
    (folder / "text" / "aesop.txt").write_text(TEXT)
    text = '[data]\ndataset = "aesop"\n'
    for name, config, data in (
        ("dream", SMALL + "learning.generative = 0.02\n", None),
        ("plain", SMALL, None),
        ("text", SMALL + text, folder / "text"),
    ):
        file = folder / f"{name}.toml"
        file.write_text('preset = "digits"\n' + config)
        spikeff.train(folder / f"run-{name}", config=file, data=data)
    return folder


def test_images_from_data_noise_and_each_label(runs):
    result = spikeff.sample(runs / "run-dream", samples=3)
    starts = [each.start for each in result.samples]
    assert starts == ["data"] * 3 + ["noise"] * 3 + ["label"] * 30
    assert [each.label for each in result.samples[6:]] == [k // 3 for k in range(30)]
    assert [each.label for each in result.samples[3:6]] == [None] * 3
    images = np.array([each.image for each in result.samples])
    assert images.shape == (36, 64)
    assert images.max() <= 255
    assert len({each.image for each in result.samples}) > 30
    assert {each.answer for each in result.samples} <= set(range(10))
    assert result == spikeff.sample(runs / "run-dream", samples=3)
    other = spikeff.sample(runs / "run-dream", samples=3, seed=1)
    assert other.samples[:3] == result.samples[:3]
    assert other.samples[6:] != result.samples[6:]


def test_a_longer_roll_out_goes_on_from_the_shorter(runs):
    one, two = (spikeff.sample(runs / "run-dream", samples=2, roll_out=k) for k in (1, 2))
    assert [a.image != b.image for a, b in zip(one.samples, two.samples, strict=True)].count(1) > 12


def test_json_and_a_picture(runs, tmp_path, session_cli):
    picture = tmp_path / "samples.png"
    code, out, _ = session_cli("sample", runs / "run-dream", "-n", 2, "--out", picture, "--json")
    assert code == 0
    result = json.loads(out)
    assert result["picture"] == str(picture)
    assert result["shape"] == [8, 8]
    assert len(result["samples"]) == 24
    assert len(result["samples"][0]["image"]) == 64
    assert picture.read_bytes()[:4] == PNG
    code, out, _ = session_cli("sample", runs / "run-dream", "-n", 2)
    assert code == 0
    assert "label 9" in out


def test_text_is_continued(runs, session_cli):
    result = spikeff.sample(runs / "run-text", samples=2, characters=30)
    assert [each.began for each in result.samples] == ["the fable ", ", jjj text"]
    for each in result.samples:
        assert (each.start, len(each.began), len(each.text)) == ("text", 10, 30)
        assert set(each.text) <= set(SYMBOLS)
    assert result == spikeff.sample(runs / "run-text", samples=2, characters=30)
    code, out, _ = session_cli("sample", runs / "run-text", "--characters", 5, "-n", 1)
    assert code == 0
    assert "the fable" in out


def test_runs_that_make_none_are_told_what_would(runs, tmp_path):
    with pytest.raises(ConfigError, match=r"no generative side.*mnist-dream.*aesop"):
        spikeff.sample(runs / "run-plain")
    with pytest.raises(ConfigError, match="leave --out out"):
        spikeff.sample(runs / "run-text", out=tmp_path / "text.png")
    assert not (tmp_path / "text.png").exists()


def test_tiles_lie_side_by_side():
    images = [np.full((2, 3), k + 1, np.uint8) for k in range(3)]
    sheet = tiled([images[:2], images[2:]])
    assert sheet.shape == (2 * (2 + GAP), 2 * (3 + GAP))
    assert (sheet[0, 0], sheet[0, 3 + GAP], sheet[2 + GAP, 0]) == (1, 2, 3)
    assert sheet[2 + GAP, 3 + GAP] == 0


def test_the_report_draws_them_in_rows_by_their_start(runs):
    from types import SimpleNamespace

    from spikeff.pipeline.report.sections import _own_samples

    samples = spikeff.sample(runs / "run-dream", samples=2).samples
    section = _own_samples(SimpleNamespace(split=SimpleNamespace(shape=(8, 8))), samples)
    ((name, figure),) = section.figures
    assert name == "samples"
    names = list(figure.layout.yaxis.ticktext)
    assert names == ["data", "noise", *(f"label {k}" for k in range(10))]
    sheet = np.array(figure.data[0].z)
    assert sheet.shape == (12 * (8 + GAP), 2 * (8 + GAP))
    assert sheet[:8, :8].reshape(-1).tolist() == list(samples[0].image)
