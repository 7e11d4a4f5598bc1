"""How many steps late each population runs if every connection takes at least one step.

A spike that leaves a population of depth p at its local step k arrives ``delay`` local steps later
at one of depth q. On a chip this takes at least one step, so q + delay >= p + 1 for every
connection; the smallest depths that satisfy this are used, with -1 for the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from spikeff.errors import DescriptionError
from spikeff.ir.network import BLANK, INPUT


class Timed(Protocol):
    """What leads from a population to another: a connection, or what will become one."""

    @property
    def source(self) -> str:
        """Name of the population that it leaves."""

    @property
    def target(self) -> str:
        """Name of the population that it reaches."""

    @property
    def delay(self) -> int:
        """Local steps."""


def pipeline_depths(names: Sequence[str], connections: Iterable[Timed]) -> dict[str, int]:
    """Least depth of every population.

    Args:
        names: Of all populations.
        connections: Between them; those of the blanking line do not count.

    Raises:
        DescriptionError: The delays of a loop are too short; names it and what is missing.
    """
    wired = [c for c in connections if c.source != BLANK]
    depths = {INPUT: -1} | dict.fromkeys(names, 0)
    above: dict[str, str] = {}
    for _ in range(len(names) + 1):
        deeper = [c for c in wired if depths[c.target] < depths[c.source] + 1 - c.delay]
        if not deeper:
            return {name: depths[name] for name in names}
        for c in deeper:
            depths[c.target] = max(depths[c.target], depths[c.source] + 1 - c.delay)
            above[c.target] = c.source
    raise DescriptionError(_too_short(_loop(deeper[0].target, above), wired))


def _loop(start: str, above: dict[str, str]) -> list[str]:
    """A loop among the populations whose depths kept growing, in the order in which spikes run."""
    seen = [start]
    while above[seen[-1]] not in seen:
        seen.append(above[seen[-1]])
    return seen[seen.index(above[seen[-1]]) :][::-1]


def _too_short(loop: list[str], connections: Sequence[Timed]) -> str:
    ends = list(zip(loop, [*loop[1:], loop[0]], strict=True))
    delays = [min(c.delay for c in connections if (c.source, c.target) == pair) for pair in ends]
    return (
        f"loop {' -> '.join([*loop, loop[0]])}: its delays add up to {sum(delays)} in {len(loop)} "
        f"connections, each of which takes a step on a chip; raise them by at least "
        f"{len(loop) - sum(delays)} in all."
    )
