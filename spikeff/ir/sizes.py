"""How large networks may be: the same limits wherever one is made, read or imported.

They lie far above what a chip holds, and low enough that a small file cannot ask for more memory or
time than a computer has.
"""

from __future__ import annotations

from spikeff.errors import DescriptionError, LimitError

MAX_STEPS = 255  # of a sample, of the silence after it, and of a delay
MAX_DEPTH = 1024  # of a population in the pipeline
MAX_NEURONS = 2**24  # of one population
# Weights of all connections together. The 128 cores of a chip hold 2^27 bits of synapses.
MAX_SYNAPSES = 2**27


def require_few(owner: str, neurons: int = 0, synapses: int = 0) -> None:
    """Raise DescriptionError where numbers stand for more than memory should be asked for."""
    for found, most, what in (
        (neurons, MAX_NEURONS, "neurons"),
        (synapses, MAX_SYNAPSES, "synapses"),
    ):
        if found > most:
            raise DescriptionError(
                f"{owner}: {found} {what}; at most {most} are made. Use a smaller grid, fewer "
                f"channels or smaller populations."
            )


def require_steps(owner: str, **times: int) -> None:
    """Raise LimitError unless each of the named numbers of steps is within 0 to ``MAX_STEPS``."""
    for name, steps in times.items():
        if not 0 <= steps <= MAX_STEPS:
            raise LimitError(
                f"{owner}: {name} = {steps}; 0 to {MAX_STEPS} steps can be run: use longer steps "
                f"(dt)."
            )
