"""Which edges of a graph are feedback: those that run against the longest way from the input.

In every loop an edge must cost a step, since no order of evaluation could serve it otherwise. Loops
are taken in the order in which the input reaches them, and each is cut where it is entered: of the
populations that hear something from outside the loop, the one on the longest way from the input
through the loop and on to what is read stands first, and what comes back to it is feedback. Loops
that are left within are cut the same way. Where several stand first alike, all edges back to them
are cut, so that neither names nor the order of nodes decide.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from graphlib import TopologicalSorter

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Edges = frozenset[tuple[str, str]]
Ways = dict[str, int]
# Ways through one loop, by the populations on them, that the search for the longest looks at; where
# there are more, the shortest way takes its place.
MOST_WAYS = 10_000


def feedback_edges(edges: Edges, late: Edges, heard: Iterable[str], read: Iterable[str]) -> Edges:
    """Edges that must cost a step.

    Args:
        edges: Between populations, those that cost no step.
        late: Those that cost one already.
        heard: Populations that hear the input.
        read: Populations that are read.
    """
    heard, read = frozenset(heard), frozenset(read)
    leading = _upstream(edges | late, read)
    cut: set[tuple[str, str]] = set()
    while True:
        left = edges - cut
        levels = _levels(left)
        groups = _groups(left)
        loops = [g for g in groups if any(g.issuperset(e) for e in left)]
        if not loops:
            return frozenset(cut)
        beyond = _beyond(left, groups)
        for loop in loops:
            before = [(a, b) for a, b in left if b in loop and a not in loop]
            if any(a not in levels for a, _ in before):
                continue  # behind another loop, which is cut first
            entered = (heard & loop) | {b for a, b in (edges | late) - cut if a not in loop}
            starts = dict.fromkeys(entered & loop or loop, 0)
            for a, b in before:
                starts[b] = max(starts[b], levels[a] + 1)
            left_from = (read & loop) | {a for a, b in left | late if b not in loop}
            ends = {name: beyond[name] for name in left_from & loop & leading or loop}
            inner = frozenset(e for e in left if loop.issuperset(e))
            first = _first(inner, starts, ends)
            cut |= {(a, b) for a, b in inner if b in first}


def _after(edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {}
    for a, b in edges:
        if a != b:
            after.setdefault(a, []).append(b)
    return after


def _upstream(edges: Edges, read: Iterable[str]) -> frozenset[str]:
    """Nodes from which one of ``read`` can be reached."""
    return frozenset(_shortest_ways(edges, read))


def _shortest_ways(edges: Edges, ends: Iterable[str]) -> Ways:
    """Edges on the shortest way to one of the ``ends`` from each node that has one."""
    before = _after((b, a) for a, b in edges)
    distance = dict.fromkeys(ends, 0)
    waiting = deque(distance)
    while waiting:
        name = waiting.popleft()
        for other in before.get(name, []):
            if other not in distance:
                distance[other] = distance[name] + 1
                waiting.append(other)
    return distance


def _levels(edges: Edges) -> Ways:
    """Edges on the longest way to every node that is neither in a loop nor behind one."""
    after, missing = _after(edges), {name: 0 for edge in edges for name in edge}
    for _, b in edges:
        missing[b] += 1
    levels = {name: 0 for name, count in missing.items() if not count}
    waiting = deque(levels)
    while waiting:
        name = waiting.popleft()
        for other in after.get(name, []):
            missing[other] -= 1
            levels[other] = max(levels.get(other, 0), levels[name] + 1)
            if not missing[other]:
                waiting.append(other)
    return {name: level for name, level in levels.items() if not missing[name]}


def _groups(edges: Edges) -> list[frozenset[str]]:
    """The largest sets of nodes that all reach each other; most have one node."""
    names = sorted({name for edge in edges for name in edge})
    if not names:
        return []
    number = {name: k for k, name in enumerate(names)}
    rows, columns = np.array([[number[a], number[b]] for a, b in edges]).T
    matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(names),) * 2)
    count, labels = connected_components(matrix, directed=True, connection="strong")
    members: list[set[str]] = [set() for _ in range(count)]
    for name, label in zip(names, labels, strict=True):
        members[label].add(name)
    return [frozenset(m) for m in members]


def _beyond(edges: Edges, groups: list[frozenset[str]]) -> Ways:
    """Nodes on the longest way on from every node, each group passed as a whole."""
    group_of = {name: k for k, group in enumerate(groups) for name in group}
    behind: dict[int, set[int]] = {k: set() for k in range(len(groups))}
    for a, b in edges:
        if group_of[a] != group_of[b]:
            behind[group_of[a]].add(group_of[b])
    longest: dict[int, int] = {}
    for k in TopologicalSorter(behind).static_order():
        longest[k] = len(groups[k]) + max((longest[other] for other in behind[k]), default=0)
    beyond = dict.fromkeys(group_of, 0)
    for a, b in edges:
        if group_of[a] != group_of[b]:
            beyond[a] = max(beyond[a], longest[group_of[b]])
    return beyond


def _first(inner: Edges, starts: Ways, ends: Ways) -> set[str]:
    """The node of ``starts`` on the longest way through a loop to one of ``ends``, or several.

    Args:
        starts: How long the way to each is.
        ends: How long the way on from each is.
    """
    if len(starts) == 1:
        return set(starts)
    ways = _longest_ways(inner, starts, ends) or _shortest_ways(inner, ends)
    total = {name: before + ways[name] for name, before in starts.items()}
    longest = max(total.values())
    return {name for name in starts if total[name] == longest}


def _longest_ways(edges: Edges, starts: Iterable[str], ends: Ways) -> Ways | None:
    """Edges on the longest way from each start that passes no node twice, and on from its end.

    None where there are more than ``MOST_WAYS`` of populations to look at.
    """
    after = _after(edges)
    longest: dict[tuple[str, frozenset[str]], float] = {}
    waiting = [(start, frozenset([start])) for start in starts]
    while waiting:
        name, seen = state = waiting[-1]
        onward = [(b, seen | {b}) for b in after.get(name, []) if b not in seen]
        unknown = [other for other in onward if other not in longest]
        if unknown:
            waiting += unknown
            continue
        waiting.pop()
        ways = [longest[other] + 1 for other in onward]
        longest[state] = max([*ways, ends.get(name, -np.inf)])
        if len(longest) > MOST_WAYS:
            return None
    return {start: int(longest[start, frozenset([start])]) for start in starts}
