"""The job of `spikeff bundle`: whole, small, and the same spikes wherever it runs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from spikeff.ir.io.sealed import load_sealed, save_sealed
from spikeff.pipeline.board_job.bundle import job_modules

HEAVY = {"torch", "norse", "brian2", "sklearn", "pydantic"}
VENV = "SPIKEFF_BUNDLE_PYTHON"


@pytest.fixture(scope="module")
def archive(network_file, session_json, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "job.zip"
    code, result = session_json("bundle", network_file, "--out", out, "--samples", 2)
    assert code == 0
    assert (result["samples"], result["presentations"]) == (2, 20)
    return out


@pytest.fixture
def job(archive, tmp_path):
    with zipfile.ZipFile(archive) as handle:
        handle.extractall(tmp_path)
    return tmp_path / "job"


def run(python, job, *arguments):
    """Run the job far from the sources; returns exit code and stderr."""
    done = subprocess.run(
        [str(python), "run.py", *arguments], cwd=job, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def report(job):
    return json.loads((job / "result.json").read_text())


@pytest.mark.slow
@pytest.mark.lava
def test_the_job_agrees_with_lava_using_its_own_code(job):
    code, err = run(sys.executable, job, "--target", "lava")
    assert code == 0, err
    result = report(job)
    assert result["identical"]
    assert result["mismatches"] == 0
    assert result["spikes"] > 100
    assert result["samples"] == 2
    assert Path(result["code"]).is_relative_to(job.resolve())


@pytest.mark.slow
@pytest.mark.lava
def test_a_single_wrong_spike_is_found(job):
    from spikeff.pipeline.board_job import runner as job_runner

    path = job / job_runner.SPIKES
    meta, arrays = load_sealed(path, job_runner.KIND, job_runner.VERSION)
    packed = arrays["expected.layer1"].copy()
    packed[3, 7, 2] ^= 0b00100000  # neuron 18 in step 3 of presentation 7
    save_sealed(path, job_runner.KIND, 1, meta, arrays | {"expected.layer1": packed})
    code, _ = run(sys.executable, job, "--target", "lava", "--samples", "10")
    assert code == 1
    result = report(job)
    assert result["mismatches"] == 1
    first = result["first_divergence"]
    assert (first["sample"], first["step"], first["neuron"]) == (7, 3, 18)


def test_without_a_board_the_job_says_what_is_missing(job):
    code, err = run(sys.executable, job)
    assert code == 1
    assert "INRC" in err
    assert "Traceback" not in err
    assert not (job / "result.json").exists()
    slurm = subprocess.run(["sh", "slurm.sh"], cwd=job, capture_output=True, text=True, check=False)
    assert slurm.returncode == 1
    assert "sinfo not found" in slurm.stderr
    assert os.access(job / "slurm.sh", os.R_OK)


@pytest.mark.lava
def test_damaged_parts_are_refused(job):
    file = job / "network.safetensors"
    file.write_bytes(file.read_bytes()[:-3])
    code, err = run(sys.executable, job, "--target", "lava")
    assert code == 1
    assert "network.safetensors" in err


def test_only_light_modules_travel(archive):
    modules = job_modules()
    assert "hw_targets.lava.probe.models" in modules
    with zipfile.ZipFile(archive) as handle:
        names = handle.namelist()
        assert handle.getinfo("job/slurm.sh").external_attr >> 16 == 0o755
        for name in names:
            if name.endswith(".py"):
                source = handle.read(name).decode()
                assert not [h for h in HEAVY if f"import {h}" in source or f"from {h}" in source]
        readme = handle.read("job/README.md").decode()
    assert "100 neurons" in readme
    assert len([n for n in names if n.endswith(".py")]) == len(modules) + 1


def test_bundles_of_equal_content_are_equal(archive, network_file, session_cli, tmp_path):
    again = tmp_path / "job.zip"
    assert session_cli("bundle", network_file, "--out", again, "--samples", 2)[0] == 0
    assert again.read_bytes() == archive.read_bytes()


@pytest.mark.skipif(VENV not in os.environ, reason=f"set {VENV} to a Python 3.10 to run it")
def test_the_job_in_a_fresh_environment(job):
    """Installs Lava and little else from the package index: minutes."""
    environment = job / "venv"
    subprocess.run([os.environ[VENV], "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "-r", "requirements.txt"]
    subprocess.run(install, cwd=job, check=True)
    code, err = run(python, job, "--target", "lava")
    assert code == 0, err
    result = report(job)
    assert result["identical"]
    assert result["python"].startswith("3.10")
    listed = subprocess.run(
        [python, "-m", "pip", "list"], capture_output=True, text=True, check=True
    )
    assert "torch" not in listed.stdout
    assert "spikeff" not in listed.stdout
