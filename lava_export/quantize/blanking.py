"""Making a network fit to take samples one after the other, without a pause to clear it.

Lava's ``LIFReset`` (``lava/proc/lif/models.py``) clears u and v between samples, but not the
spikes that a connection with a delay still holds: those would reach the next sample. So each
sample is followed by as many idle steps as the longest delay, in which a blanking line inhibits
every population whose spikes could linger; a gate repeats neurons that are silent then.

Loihi 2 clears neurons by itself every ``reset_interval`` steps, a power of two (lava-dl's
notebooks of ``netx``). More idle steps make a sample last as long, so that no host has to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spikeff.ir.bounds import MARGIN, silencing_current
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import BLANK, INPUT, NetworkDescription
from spikeff.ir.roles import BLANKING, GATES


def with_blanking(description: NetworkDescription) -> NetworkDescription:
    """Return the description with idle steps and blanking connections where delays need them.

    The population ``blank`` spikes at every idle step of each of its targets. Its weights hold
    their currents at or below ``-v_leak``, whatever the data, so that they stay silent.
    Unchanged where no connection has a delay, or where it is blanked already.
    """
    delay = _longest_delay(description)
    if delay == 0 or _is_blanked(description):
        return description
    lingering = {c.source for c in description.connections if c.delay > 0} - {INPUT}
    return _blanked(description, max(delay, description.idle_steps), lingering)


def with_power_of_two_period(
    description: NetworkDescription, idle_steps: int = 0
) -> NetworkDescription:
    """Return the description with idle steps until its period is a power of two.

    Where it takes more than are needed anyway, all populations are blanked in them: none goes on
    firing for a sample that is over.

    Args:
        description: The network.
        idle_steps: At least so many, such as the one in which a readout on the chip answers.
    """
    least = max(idle_steps, _longest_delay(description), description.idle_steps)
    needed = description.steps + least
    period = 1 << (needed - 1).bit_length()
    if _is_blanked(description) or period == needed:
        return replace(description, idle_steps=period - description.steps)
    every = {p.name for p in description.populations}
    return _blanked(description, period - description.steps, every)


def _longest_delay(description: NetworkDescription) -> int:
    return max((c.delay for c in description.connections), default=0)


def _is_blanked(description: NetworkDescription) -> bool:
    return any(c.source == BLANK for c in description.connections)


def _blanked(
    description: NetworkDescription, idle_steps: int, names: set[str]
) -> NetworkDescription:
    period = description.steps + idle_steps
    blanking = tuple(
        Connection(
            BLANK,
            p.name,
            DENSE,
            np.full((p.size, 1), -_strength(description, p.name, period)),
            role=BLANKING,
        )
        for p in description.populations
        if p.name in names and p.role not in GATES
    )
    return replace(
        description, idle_steps=idle_steps, connections=description.connections + blanking
    )


def _strength(description: NetworkDescription, name: str, period: int) -> float:
    return MARGIN * silencing_current(description, name, period)
