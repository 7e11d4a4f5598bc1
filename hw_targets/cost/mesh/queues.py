"""Messages of steps through buffers that fill up.

A message waits in a buffer until all before it have left and the next one has room. A core takes
one message at a time, which stays the first of its buffer until its synapses are done: what comes
behind waits, wherever it goes. A core whose own buffer is full waits with all that it has left to
do. Messages are taken in a given order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hw_targets.cost.mesh.ways import Ways
from hw_targets.loops import compiled
from spikeff.ir.arrays import Array

# Messages of a buffer, as SANA-FE takes them; nobody has published those of a Loihi.
BUFFER = 16
# Messages from which compilation, once per process, takes less than it saves.
COMPILED_FROM = 2**17


@dataclass(frozen=True, eq=False)
class Queued:
    """Messages of steps in the order in which they are taken; arrays are (messages,).

    Attributes:
        first: Index of the first message of each step, and one more, (steps + 1,).
        ready: Nanoseconds from the start of the step, if nothing blocked.
        sender: Core that sends it; the number of cores for the entry port.
        way: Row of ``ways``.
        work: Nanoseconds that the core takes for it.
        hop: Nanoseconds of the hop into each buffer of each way, shaped like ``ways.buffer``.
    """

    first: Array
    ready: Array
    sender: Array
    way: Array
    work: Array
    ways: Ways
    hop: Array


def last_work(queued: Queued, sending: Array) -> Array:
    """Nanoseconds to the end of the last work of every step, (steps,).

    Args:
        sending: What each core does before all is sent, (steps, cores).
    """
    q, ways, (_, cores) = queued, queued.ways, sending.shape
    longest = ways.buffer.shape[1]
    state = [np.zeros(n) for n in (ways.buffers * BUFFER, cores + 1)]
    passed = np.zeros(ways.buffers, np.int64)
    tables = ways.length, ways.buffer.ravel(), q.hop.ravel()
    columns = q.first, q.ready, q.sender, q.way, q.work, sending.max(axis=1), sending.ravel()
    arrays = *columns, *tables, *state, passed
    if len(q.ready) >= COMPILED_FROM:
        return np.asarray(_step_ends_compiled(longest, *arrays))
    # Interpreted, lists are several times as fast as arrays.
    return np.array(_step_ends(longest, *(each.tolist() for each in arrays)))


def _step_ends(
    longest: int,
    first: Any,
    ready: Any,
    sender: Any,
    way: Any,
    work: Any,
    sent: Any,
    sending: Any,
    length: Any,
    buffer: Any,
    hop: Any,
    left: Any,
    delay: Any,
    passed: Any,
) -> list[float]:
    """The loop of :func:`last_work`, on flat lists or arrays.

    Args:
        longest: Buffers of the longest way.
        sent: Longest time to send of any core, (steps,).
        left: When the last messages of each buffer left it, ``BUFFER`` places each.
        delay: How long each sender was held up.
        passed: Messages that have left each buffer.
    """
    ends, cores = [], len(delay) - 1
    for step in range(len(first) - 1):
        end = sent[step]
        for place in range(len(left)):
            left[place] = 0.0
        for each in range(cores + 1):
            delay[each] = 0.0
        for m in range(first[step], first[step + 1]):
            here = way[m] * longest
            at = buffer[here]
            # It has room once the message that came BUFFER before has left.
            now = max(ready[m] + delay[sender[m]], left[at * BUFFER + passed[at] % BUFFER])
            delay[sender[m]] = now - ready[m]
            if sender[m] < cores:
                end = max(end, sending[step * cores + sender[m]] + delay[sender[m]])
            now = max(now, left[at * BUFFER + (passed[at] - 1) % BUFFER])
            for k in range(here + 1, here + length[way[m]]):
                ahead = buffer[k]
                now = max(now, left[ahead * BUFFER + passed[ahead] % BUFFER])
                left[at * BUFFER + passed[at] % BUFFER] = now
                passed[at] += 1
                now = max(now + hop[k], left[ahead * BUFFER + (passed[ahead] - 1) % BUFFER])
                at = ahead
            # All that a core takes comes by its own tile's router, so that it is free by now.
            now += work[m]
            left[at * BUFFER + passed[at] % BUFFER] = now
            passed[at] += 1
            end = max(end, now)
        ends.append(end)
    return ends


_step_ends_compiled: Callable[..., list[float]] = compiled(_step_ends)
