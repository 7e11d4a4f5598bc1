"""How a Loihi 2 board is reached: by Slurm or by Ethernet, from the variables that Lava reads.

Source: ``lava/utils/loihi.py`` and ``lava/utils/slurm.py`` of Lava 0.10.0.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass

from lava_export.lava import compat as lava_compat

GENERATIONS = ("N3B2", "N3B3", "N3C1", "N3D1")
INRC = (
    "It is given, with access to boards, to members of the Intel Neuromorphic Research Community "
    "(INRC): https://www.intel.com/neuromorphic"
)


@dataclass(frozen=True)
class BoardSettings:
    """How to reach a board.

    Attributes:
        host: Address of an Ethernet host, None for Slurm.
        partition: Slurm's partition; give this, ``board`` or neither.
        board: Name of a board under Slurm.
        host_binary: Intel's server on an Ethernet host.
        generation: Generation of the chip.
        input_latency: Steps that spikes take from the host to the chip.
    """

    host: str | None
    host_binary: str
    partition: str | None
    board: str | None
    generation: str
    input_latency: int


def from_environment() -> BoardSettings:
    """NXSDKHOST, HOST_BINARY, PARTITION, BOARD and LOIHI_GEN, and SPIKEFF_INPUT_LATENCY."""
    get = os.environ.get
    return BoardSettings(
        host=get("NXSDKHOST") or None,
        host_binary=get("HOST_BINARY") or "nxcore/bin/nx_driver_server",
        partition=get("PARTITION") or None,
        board=get("BOARD") or None,
        generation=get("LOIHI_GEN") or "N3B3",
        input_latency=int(get("SPIKEFF_INPUT_LATENCY") or "0"),
    )


def missing() -> str | None:
    """None where a board can be asked for, else what is missing and how to get it."""
    lava = lava_compat.missing()
    if lava is not None:
        return lava
    for module in ("lava.utils.loihi2_profiler", "lava.proc.embedded_io"):
        if importlib.util.find_spec(module) is None:
            return (
                f"Intel's Lava extension for Loihi is not installed (no module {module}). {INRC}. "
                f"`spikeff bundle` writes a job to run where it is installed."
            )
    settings = from_environment()
    if settings.host is None and shutil.which("sinfo") is None:
        return (
            "neither Slurm nor an Ethernet host leads to a board from here: run on a node that "
            "has Slurm's sinfo (set PARTITION or BOARD to choose), or set NXSDKHOST to the "
            "address of the board's host"
        )
    if settings.generation not in GENERATIONS:
        return f"LOIHI_GEN = {settings.generation!r} is none of {', '.join(GENERATIONS)}"
    return None
