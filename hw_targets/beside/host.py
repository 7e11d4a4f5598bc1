"""Energy of this machine's processor over a stretch of time, where its counters can be read.

Source: the Linux kernel's powercap interface, Documentation/power/powercap/powercap.rst. The
counters hold microjoules of a whole package, whatever runs on it, and wrap around.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
MICRO = 1e-6


@dataclass
class HostEnergy:
    """Energy that the host's processors took.

    Attributes:
        joules: None where nothing could be read; ``reason`` then says why.
    """

    joules: float | None = None
    reason: str = ""


@contextmanager
def host_energy(powercap: Path = POWERCAP) -> Iterator[HostEnergy]:
    """Measure the packages' energy over the body; filled in when it ends."""
    measured = HostEnergy()
    try:
        zones = _packages(powercap)
        before = [_microjoules(zone, "energy_uj") for zone in zones]
    except OSError as error:
        zones, before = [], []
        measured.reason = f"the RAPL counters cannot be read here: {error}"
    if not zones and not measured.reason:
        measured.reason = f"no RAPL counters here: {powercap} has no intel-rapl package"
    yield measured
    if zones:
        after = [_microjoules(zone, "energy_uj") for zone in zones]
        span = [_microjoules(zone, "max_energy_range_uj") for zone in zones]
        used = [(b - a) % (s + 1) for a, b, s in zip(before, after, span, strict=True)]
        measured.joules = sum(used) * MICRO


def _packages(powercap: Path) -> list[Path]:
    zones = sorted(powercap.glob("intel-rapl:*"))
    return [z for z in zones if (z / "name").read_text().strip().startswith("package")]


def _microjoules(zone: Path, name: str) -> int:
    return int((zone / name).read_text())
