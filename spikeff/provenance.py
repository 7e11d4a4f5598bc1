"""Provenance of a result: versions, the state of the code in git, the machine, the time."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

RECORDED_PACKAGES = ("spikeff", "torch", "norse", "brian2", "lava-nc", "numpy")
GIT_SECONDS = 10.0
# Takes no lock of the tree, and starts no monitor that its own configuration names.
QUIETLY = ("--no-optional-locks", "-c", "core.fsmonitor=false")
# Set where git runs us, in a hook of another tree, say; they would lead there.
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE")


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    versions = {"python": sys.version.split()[0]}
    for package in RECORDED_PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def git_state(folder: Path = Path(__file__).parent) -> dict[str, Any] | None:
    """Commit of the source tree that ``folder`` belongs to, and whether its files were changed.

    Returns:
        None where ``folder`` is not under version control, as in an installed package, or git is
        not installed.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    # A virtual environment inside some repository is not that repository's code.
    if top is None or _git(folder, "ls-files", "--error-unmatch", ".") is None:
        return None
    commit, changes = _git(folder, "rev-parse", "HEAD"), _git(folder, "status", "--porcelain")
    return None if commit is None else {"commit": commit, "changed": bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *QUIETLY, *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=GIT_SECONDS,
            env={name: value for name, value in os.environ.items() if name not in ELSEWHERE},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def user_commit() -> str | None:
    """Commit of the repository that the call was made in; None outside of any.

    Only the commit: asking git for changes may run programs that the repository names.
    """
    return _git(Path.cwd(), "rev-parse", "HEAD")


def record_of_call(command: list[str]) -> dict[str, Any]:
    """Record of one call, JSON-able: command, time, our code and the caller's, machine."""
    return {
        "command": command,
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "git": git_state(),
        "working_directory_commit": user_commit(),
        "platform": platform.platform(),
    }
