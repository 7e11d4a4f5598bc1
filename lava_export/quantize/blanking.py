"""Making a network fit to take samples one after the other, without a pause to clear it.

Lava's ``LIFReset`` (``lava/proc/lif/models.py``) clears u and v between samples, but not the
spikes that a connection with a delay still holds: those would reach the next sample. So each
sample is followed by as many idle steps as the longest delay, in which a blanking line inhibits
every population whose spikes could linger; a gate repeats neurons that are silent then.
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
    idle_steps = max((c.delay for c in description.connections), default=0)
    blanked = any(c.source == BLANK for c in description.connections)
    if idle_steps == 0 or blanked:
        return description
    period = description.steps + idle_steps
    lingering = {c.source for c in description.connections if c.delay > 0} - {INPUT}
    blanking = tuple(
        Connection(
            BLANK,
            p.name,
            DENSE,
            np.full((p.size, 1), -_strength(description, p.name, period)),
            role=BLANKING,
        )
        for p in description.populations
        if p.name in lingering and p.role not in GATES
    )
    return replace(
        description, idle_steps=idle_steps, connections=description.connections + blanking
    )


def _strength(description: NetworkDescription, name: str, period: int) -> float:
    return MARGIN * silencing_current(description, name, period)
