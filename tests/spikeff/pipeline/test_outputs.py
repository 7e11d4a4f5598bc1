"""An output never takes the place of an input, of a part of a run, or of data."""

import os
import shutil

import pytest

from spikeff.errors import OutputError
from spikeff.pipeline.outputs import require_output
from tests.paths import ROOT

NIR = ROOT / "tests" / "fixtures" / "nir" / "snntorch_digits.nir"


@pytest.fixture
def folder(run_directory, network_file, tmp_path):
    shutil.copytree(run_directory, tmp_path / "run")
    shutil.copy(network_file, tmp_path / "network.safetensors")
    shutil.copy(NIR, tmp_path / "network.nir")
    shutil.copy(NIR.with_suffix(".npz"), tmp_path / "spikes.npz")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.npz").write_bytes(b"samples")
    return tmp_path


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


CASES = {
    "export over the checkpoint": "export run --out run/checkpoint.safetensors",
    "export over the configuration": "export run --out run/config.toml",
    "export over data": "export run --data data --out data/train.npz",
    "bundle over its network": "bundle network.safetensors --out network.safetensors",
    "bundle over its samples": "bundle network.safetensors --spikes spikes.npz --out spikes.npz",
    "to-nir over its network": "to-nir network.safetensors --out network.safetensors",
    "to-nir over the checkpoint": "to-nir run --out run/checkpoint.safetensors",
    "from-nir over its file": "from-nir network.nir --out network.nir --dt 1e-3 --steps 20",
    "from-nir over its samples": "from-nir network.nir --spikes spikes.npz --out spikes.npz",
    "report over the checkpoint": "report run --out run/checkpoint.safetensors",
    "report over the history": "report run --out run/history.json",
    "answers over the samples": "run network.safetensors --spikes spikes.npz --out spikes.npz",
}


@pytest.mark.parametrize("command", CASES.values(), ids=CASES)
def test_no_command_writes_over_what_it_reads(command, folder, session_cli, monkeypatch):
    monkeypatch.chdir(folder)
    before = contents(folder)
    code, out, err = session_cli(*command.split())
    assert (code, out) == (1, "")
    assert any(said in err for said in ("would be lost", "from which data are read")), err
    assert contents(folder) == before


def test_an_input_by_another_name_is_the_same_file(folder):
    network = folder / "network.safetensors"
    (folder / "link").symlink_to(network)
    os.link(network, folder / "hard")
    for name in ("link", "hard", "data/../network.safetensors"):
        with pytest.raises(OutputError, match="read by this command"):
            require_output(folder / name, network)
    require_output(folder / "new", network, None)


def test_a_checkpoint_of_any_run_under_any_name_stays(folder):
    shutil.copy(folder / "run" / "checkpoint.safetensors", folder / "kept.safetensors")
    for name in ("kept.safetensors", "run/checkpoint.safetensors"):
        with pytest.raises(OutputError, match="belongs to a run"):
            require_output(folder / name)
    require_output(folder / "network.safetensors")  # may be exported again


def test_a_new_file_may_lie_beside_what_is_read(folder):
    require_output(folder / "run" / "network.safetensors", folder / "run", folder / "data")
    require_output(folder / "data" / "network.safetensors", folder / "data")
    (folder / "data" / "network.safetensors").write_bytes(b"exported before")
    require_output(folder / "data" / "network.safetensors", folder / "data")
    with pytest.raises(OutputError, match="from which data are read"):
        require_output(folder / "data" / "train.npz", folder / "data")


def test_a_device_is_refused_before_any_work(folder, session_cli):
    for command in (("export", folder / "run"), ("to-nir", folder / "run")):
        code, _, err = session_cli(*command, "--out", os.devnull)
        assert code == 1
        assert "no regular file" in err


def test_files_for_sanafe_spare_the_network(folder, session_cli):
    shutil.copy(folder / "network.safetensors", folder / "network.yaml")
    code, _, err = session_cli("energy", folder / "network.yaml", "--sanafe", folder)
    assert code == 1
    assert "would be lost" in err
