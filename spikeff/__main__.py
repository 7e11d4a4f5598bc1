"""The console script ``spikeff``, and ``python -m spikeff``.

Nothing is imported before an interrupt can be answered: the commands' own imports take a while.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run a command; an interrupt while it is being loaded ends with exit code 130."""
    try:
        from spikeff.cli import interrupts
        from spikeff.cli.main import main as command
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    try:
        command()
    finally:
        interrupts.end_quietly()


def leave_working_directory() -> None:
    """Undo that ``python -m`` puts it in front of the modules' path: nothing there is executed.

    It stays where it holds the packages themselves, as in a source tree.
    """
    packages = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    safe = sys.flags.isolated or getattr(sys.flags, "safe_path", False)
    if not safe and not (sys.path[0] and os.path.realpath(sys.path[0]) == packages):
        del sys.path[0]


if __name__ == "__main__":
    if __package__:  # by -m
        leave_working_directory()
    main()
