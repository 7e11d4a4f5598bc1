"""The console script ``spikeff``, and ``python -m spikeff``.

Nothing is imported before an interrupt can be answered: the commands' own imports take a while.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command; an interrupt while it is being loaded ends with exit code 130."""
    try:
        from spikeff.cli.main import main as command
    except KeyboardInterrupt:
        sys.exit(130)
    command()


if __name__ == "__main__":
    main()
