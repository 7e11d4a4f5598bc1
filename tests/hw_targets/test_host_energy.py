import pytest

from hw_targets.beside.host import host_energy


def package(folder, name="package-0", microjoules=10):
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text("999\n")
    return folder / "energy_uj"


def test_packages_are_summed_and_wrap_around(tmp_path):
    first = package(tmp_path / "intel-rapl:0")
    second = package(tmp_path / "intel-rapl:1", "package-1", 990)
    package(tmp_path / "intel-rapl:0:0", "core")
    with host_energy(tmp_path) as used:
        first.write_text("250\n")
        second.write_text("5\n")  # 10 to the end of its range, and 5
    assert used.joules == pytest.approx((240 + 15) * 1e-6, rel=1e-12, abs=0)
    assert used.reason == ""


def test_absence_is_said_plainly(tmp_path):
    with host_energy(tmp_path) as used:
        pass
    assert used.joules is None
    assert "no RAPL counters here" in used.reason


def test_counters_that_cannot_be_read_are_named(tmp_path):
    package(tmp_path / "intel-rapl:0").unlink()
    with host_energy(tmp_path) as used:
        pass
    assert used.joules is None
    assert "energy_uj" in used.reason
