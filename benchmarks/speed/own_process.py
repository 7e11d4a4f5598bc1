"""What is measured in a process of its own, so that its time and memory are nobody else's."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def figures_of(script: str, *arguments: object) -> dict[str, Any]:
    """The figures that a Python ``script`` prints as JSON in its last line."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
