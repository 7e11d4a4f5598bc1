import json

import numpy as np
import pytest

import spikeff
from spikeff.errors import FileFormatError, LimitError
from tests.networks.netx_files import CUBA, conv, dense, write_netx

PIXEL = CUBA | {"iDecay": 4096, "vThMant": 200}


def graded(path):
    """A small convolutional network that takes numbers."""
    rng = np.random.default_rng(0)
    layers = [
        {"type": "input", "shape": np.array([1, 4, 4]), "neuron": PIXEL},
        conv(2 * rng.integers(-30, 40, (3, 1, 2, 2)), (3, 3, 3)),
        {"type": "flatten", "shape": np.array([27, 1, 1])},
        dense(2 * rng.integers(-30, 40, (5, 27)), CUBA),
    ]
    return write_netx(path / "theirs.net", layers)


@pytest.mark.slow
def test_the_command_writes_what_every_other_takes(tmp_path, session_cli):
    file, out = graded(tmp_path), tmp_path / "ours"
    code, text, err = session_cli("from-netx", file, "--out", out, "--chip", "loihi2", "--json")
    assert code == 0
    assert "64 * x + 0 of lava-dl's transform" in err
    report = json.loads(text)
    assert (report["steps"], report["chip"], len(report["capacity"])) == (12, "loihi2", 3)
    images = np.random.default_rng(1).integers(0, 256, (6, 4, 4), np.uint8)
    np.savez(tmp_path / "x.npz", images=images)
    model = spikeff.load(out)
    answers = tmp_path / "a.npz"
    code, text, _ = session_cli("run", out, "--spikes", tmp_path / "x.npz", "--out", answers)
    assert code == 0
    with np.load(answers) as found:
        assert found["answers"].tolist() == model.predict(images).tolist()
    assert len(set(model.predict(images))) > 1
    code, text, _ = session_cli("check", out, "--spikes", tmp_path / "x.npz", "--samples", 2)
    assert code == 0, text


def test_nothing_is_written_where_it_does_not_fit(tmp_path):
    file = write_netx(tmp_path / "net", [dense(np.full((2, 5000), 2), CUBA)])
    with pytest.raises(LimitError, match="5000 input axons"):
        spikeff.from_netx(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert spikeff.from_netx(file, tmp_path / "out", steps=4, chip="loihi2").steps == 4


def test_currents_that_wrap_are_counted(tmp_path, session_cli):
    """600 synapses of 254 bring 254 * 600 * 64 > 2^23 in one step."""
    file = write_netx(tmp_path / "net", [dense(np.full((2, 600), 254), CUBA)])
    assert "range of u" in [g.item for g in spikeff.from_netx(file, tmp_path / "out").grades]
    spikes = np.zeros((3, 12, 600), bool)
    spikes[:2, 4] = True  # in one step of two samples, two neurons
    np.savez(tmp_path / "x.npz", spikes=spikes)
    assert spikeff.run(tmp_path / "out", spikes=tmp_path / "x.npz").u_wraps == 4
    code, text, _ = session_cli("run", tmp_path / "out", "--spikes", tmp_path / "x.npz")
    assert (code, "wrapped 4 times" in " ".join(text.split())) == (0, True)
    np.savez(tmp_path / "x.npz", spikes=spikes[2:])
    code, text, _ = session_cli("run", tmp_path / "out", "--spikes", tmp_path / "x.npz")
    assert (code, "wrapped" in text) == (0, False)


def test_other_commands_name_the_one_that_reads_it(tmp_path):
    with pytest.raises(FileFormatError, match="spikeff from-netx"):
        spikeff.load(graded(tmp_path))
