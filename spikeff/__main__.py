"""The console script ``spikeff``, and ``python -m spikeff``.

Nothing is imported before an interrupt can be answered: the commands' own imports take a while.
"""

from __future__ import annotations

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


if __name__ == "__main__":
    main()
