"""Which files of tests run in one process, where there are several.

A file runs in one process; files whose loops take seconds to compile, once a process, run in the
same one.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

LEARNING_ENGINE = (
    "tests/hw_targets/test_device.py",
    "tests/parity/test_learning_parity.py",
    "tests/spikeff/pipeline/on_chip/",
)


class ByFile(LoadFileScheduling):
    """Files by the process that they run in."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(LEARNING_ENGINE):
            return "learning engine"
        return str(super()._split_scope(nodeid))
