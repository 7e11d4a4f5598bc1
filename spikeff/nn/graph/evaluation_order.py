"""In which order the populations of a graph are run, and which of them only step by step.

Populations in a loop (the strongly connected components of the graph) are a block that is run step
by step; any other population is a block of its own and is run over whole samples at once. Within a
step a population comes after the sources of its projections without delay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from spikeff.errors import DescriptionError

# Source, target and delay of a projection between populations.
Edge = tuple[str, str, int]


@dataclass(frozen=True)
class Block:
    """Populations that are run together.

    Attributes:
        names: In the order in which they are run within a step.
        looped: Whether the block has recurrent connections.
    """

    names: tuple[str, ...]
    looped: bool


def blocks(names: Sequence[str], edges: Sequence[Edge]) -> list[Block]:
    """Blocks in an order in which each has input from earlier ones and itself only.

    Args:
        names: Of all populations.
        edges: Between these.

    Raises:
        DescriptionError: There is a loop without any delay; names its populations.
    """
    at_once = _sorted(names, [(s, t) for s, t, delay in edges if delay == 0])
    reached = {name: _reached(name, edges) for name in names}

    def block_of(name: str) -> tuple[str, ...]:
        return tuple(n for n in at_once if n == name or _mutual(n, name, reached))

    members = {name: block_of(name) for name in at_once}
    between = [(members[s][0], members[t][0]) for s, t, _ in edges if members[s] != members[t]]
    first = list(dict.fromkeys(found[0] for found in members.values()))
    return [Block(members[name], name in reached[name]) for name in _sorted(first, between)]


def _mutual(one: str, other: str, reached: dict[str, set[str]]) -> bool:
    return other in reached[one] and one in reached[other]


def _reached(name: str, edges: Iterable[Edge]) -> set[str]:
    """Populations that can be reached from ``name``; itself only by a loop."""
    found: set[str] = set()
    ahead = {name}
    while ahead:
        ahead = {t for s, t, _ in edges if s in ahead} - found
        found |= ahead
    return found


def _sorted(names: Sequence[str], edges: Iterable[tuple[str, str]]) -> list[str]:
    """``names`` with every source before its targets."""
    sorter: TopologicalSorter[str] = TopologicalSorter({name: () for name in names})
    for source, target in edges:
        sorter.add(target, source)
    try:
        return list(sorter.static_order())
    except CycleError as error:
        loop = " -> ".join(error.args[1])
        raise DescriptionError(
            f"loop {loop}: none of its connections has a delay, so no population can be first; "
            f"give one of them a delay of at least 1 step."
        ) from None
