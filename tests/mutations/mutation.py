"""One entry of the list."""

from __future__ import annotations

from dataclasses import dataclass

from tests.mutations.changes import Change


@dataclass(frozen=True)
class Mutation:
    """``change`` in the function ``where``; ``tests`` are pytest arguments."""

    what: str
    where: str
    change: Change
    tests: str
