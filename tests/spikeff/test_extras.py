"""What is said, and what still works, where the packages of an extra are missing."""

import sys

import pytest

from spikeff.errors import TargetUnavailableError, UnknownNameError
from spikeff.extras import EXTRAS, missing_extra, require_extra


def absent(monkeypatch, *packages):
    """As if ``packages`` were not installed."""
    for package in packages:
        for loaded in [name for name in sys.modules if name.split(".")[0] == package]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, package, None)


@pytest.mark.parametrize("package", EXTRAS)
def test_a_missing_package_names_its_extra(package, monkeypatch):
    absent(monkeypatch, package)
    extra = EXTRAS[package]
    with pytest.raises(TargetUnavailableError) as error:
        require_extra(package)
    assert f"the package {package} is missing or fails here" in str(error.value)
    assert f"'spikeff[{extra}]'" in str(error.value)
    assert f"'.[{extra}]'" in str(error.value)


def test_what_is_there_is_imported():
    assert missing_extra("norse") is None
    assert require_extra("norse") is sys.modules["norse"]


def test_a_package_of_no_extra_is_refused():
    with pytest.raises(UnknownNameError, match="numpy"):
        require_extra("numpy")


@pytest.fixture
def core_only(monkeypatch):
    """An installation without any extra."""
    absent(monkeypatch, *EXTRAS, "lava")


@pytest.mark.slow
def test_a_check_without_simulators_says_so_and_compares_what_is_there(
    core_only, run_directory, session_json
):
    code, result = session_json("check", run_directory, "--samples", 2)
    assert code == 1, "what must be compared was not"
    assert result["grades"][0]["step"] == "training = floats"
    assert result["grades"][0]["grade"] == "faithful"
    assert result["conversion"]["label_agreement"] == 1.0
    assert {"norse", "brian2", "lava-float", "lava", "brian2-integers"} <= set(
        result["unsupported"]
    )
    assert "spikeff[norse]" in result["unsupported"]["norse"]


def test_the_integers_are_calibrated_without_a_simulator(
    core_only, run_directory, session_cli, tmp_path, network_file
):
    file = tmp_path / "network.safetensors"
    code, _, err = session_cli("export", run_directory, "--out", file)
    assert code == 0, err
    assert file.read_bytes() == network_file.read_bytes()


def test_a_report_names_what_it_needs(core_only, run_directory, session_cli):
    code, _, err = session_cli("report", run_directory)
    assert code == 1
    assert "spikeff[report]" in " ".join(err.split())
