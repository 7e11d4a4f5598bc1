"""Several processes that learn one batch together, with the bits of one process alone.

A batch is learned in pieces, and the changes of pieces are added in a fixed order
(``spikeff.learning.microbatch``). Sums of floats depend on that order, so workers do not add up
what each of them has added: every worker computes consecutive pieces, and a running total goes from
one to the next, each adding its pieces one by one. What is drawn, and what is updated, every
process does for itself from the same random numbers, so that all hold the same weights.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch

from spikeff.errors import ConfigError
from spikeff.learning.microbatch import add_up
from spikeff.learning.reduce import Changes

Part = TypeVar("Part")
RANK, WORLD_SIZE = "RANK", "WORLD_SIZE"


class Workers(Protocol):
    """Who shares the pieces of a batch."""

    def own(self, pieces: Sequence[slice]) -> Sequence[slice]:
        """Those of ``pieces`` that this process computes, consecutive."""
        ...

    def join(self, results: Iterable[tuple[Changes, Part]]) -> tuple[Changes, list[Part]]:
        """Changes of the whole batch and what else its pieces gave, in their order.

        Args:
            results: Of this process's own pieces, in order.
        """
        ...


class Alone:
    """One process, which computes every piece."""

    def own(self, pieces: Sequence[slice]) -> Sequence[slice]:
        """All of them."""
        return pieces

    def join(self, results: Iterable[tuple[Changes, Part]]) -> tuple[Changes, list[Part]]:
        """See :meth:`Workers.join`."""
        total: Changes = []
        parts = []
        for changes, part in results:
            total = add_up(total, changes)
            parts.append(part)
        return total, parts


ALONE = Alone()


@dataclass(frozen=True)
class Torchrun:
    """The processes of ``torch.distributed``'s default group, as ``torchrun`` starts them.

    Attributes:
        rank: Number of this process.
        size: How many there are.
    """

    rank: int
    size: int

    def own(self, pieces: Sequence[slice]) -> Sequence[slice]:
        """As many as every other, the first processes one more where they do not come out even."""
        ends = [-(-len(pieces) * k // self.size) for k in range(self.size + 1)]
        return pieces[ends[self.rank] : ends[self.rank + 1]]

    def join(self, results: Iterable[tuple[Changes, Part]]) -> tuple[Changes, list[Part]]:
        """See :meth:`Workers.join`."""
        held: list[Changes] = []
        if self.rank == 0:
            summed, parts = ALONE.join(results)
            total = [[part.contiguous() for part in layer] for layer in summed]
        else:
            found = list(results)
            held, parts = [changes for changes, _ in found], [part for _, part in found]
            total = []
        gathered: list[Any] = [None] * self.size
        forms = [[(tuple(part.shape), part.dtype) for part in layer] for layer in total]
        torch.distributed.all_gather_object(gathered, (forms, parts))
        forms = gathered[0][0]
        last = max(rank for rank, (_, parts) in enumerate(gathered) if parts)
        if self.rank > 0:
            total = [[torch.empty(shape, dtype=kind) for shape, kind in layer] for layer in forms]
        self._pass_on(total, held, last)
        return total, [part for _, parts in gathered for part in parts]

    def _pass_on(self, total: Changes, held: list[Changes], last: int) -> None:
        """Fill ``total``: received, added to, sent on, and in the end told to all by ``last``."""
        parts = [part for layer in total for part in layer]
        if 0 < self.rank <= last:
            for part in parts:
                torch.distributed.recv(part, self.rank - 1)
            for changes in held:
                add_up(total, changes)
        if self.rank < last:
            for part in parts:
                torch.distributed.send(part, self.rank + 1)
        for part in parts:
            torch.distributed.broadcast(part, last)


def workers_of_environment() -> Workers:
    """The processes that ``torchrun`` started this one among; one alone where it did not.

    Raises:
        ConfigError: This torch has no ``torch.distributed``.
    """
    size = int(os.environ.get(WORLD_SIZE, "1"))
    if size == 1:
        return ALONE
    if not torch.distributed.is_available():
        raise ConfigError(f"{WORLD_SIZE} = {size}, but this torch has no torch.distributed.")
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("gloo")
        # Threads of a group that is still there keep the process from ending.
        atexit.register(torch.distributed.destroy_process_group)
    return Torchrun(int(os.environ[RANK]), size)
