"""What populations and connections are for, stated by the code that builds them.

Nothing recognises a part of a network by its constants or its name: quantisation, blanking,
counting of learning updates and the readout on the chip look at ``role``.

=====================  ===========================================================================
population
=====================  ===========================================================================
``layer``              neurons that compute; the default
``free``               the same, in front of a gate that limits the spikes that go on
``limit_gate``         lets the first k spikes of each neuron pass (``spikeff.ir.circuits``)
``budget_counter``     fires once a layer has spent its budget of spikes
``budget_gate``        repeats a layer until its counter has fired
``threshold_counter``  readout on the chip: counts spikes of columns (``lava_export.readout``)
``accumulator``        readout on the chip: holds the goodness of a presentation in v
``comparator``         readout on the chip: compares the goodness of two classes
``winner``             readout on the chip: fires for the class that wins
``every_step``         one neuron that fires in every step: what synapses are given without a spike
=====================  ===========================================================================

=====================  ===========================================================================
connection
=====================  ===========================================================================
``learned``            weights that training changes; the default
``fixed``              the counting synapses of gates and counters
``self_inhibition``    each neuron's inhibition of itself, which holds its spike limit
``blanking``           the blanking line's inhibition between samples
``soft_reset``         each neuron's synapse on itself that takes the threshold after a spike
``readout``            synapses of the readout on the chip
``host``               no synapses: the host adds the sum to the bias, once for each sample
=====================  ===========================================================================
"""

from __future__ import annotations

from spikeff.errors import DescriptionError

LAYER, FREE = "layer", "free"
LIMIT_GATE, BUDGET_COUNTER, BUDGET_GATE = "limit_gate", "budget_counter", "budget_gate"
EVERY_STEP = "every_step"
THRESHOLD_COUNTER, ACCUMULATOR = "threshold_counter", "accumulator"
COMPARATOR, WINNER = "comparator", "winner"
# Neurons that compute.
LAYERS = (LAYER, FREE)
# Gates repeat other neurons: they are silent when those are, and inherit or count their limit.
GATES = (LIMIT_GATE, BUDGET_GATE)
READOUT_PARTS = (THRESHOLD_COUNTER, ACCUMULATOR, COMPARATOR, WINNER)

LEARNED, FIXED, READOUT, HOST = "learned", "fixed", "readout", "host"
SELF_INHIBITION, BLANKING, SOFT_RESET = "self_inhibition", "blanking", "soft_reset"
# Inhibition that only has to be strong enough: its exact weight does not matter.
INHIBITION = (SELF_INHIBITION, BLANKING)
# Synapses of one known weight each, which take no part in choosing the scale of a population.
APART = (*INHIBITION, SOFT_RESET)

POPULATION_ROLES = {*LAYERS, BUDGET_COUNTER, *GATES, *READOUT_PARTS, EVERY_STEP}
CONNECTION_ROLES = {LEARNED, FIXED, READOUT, HOST, SOFT_RESET, *INHIBITION}


def register_population_role(role: str) -> None:
    """Let populations have ``role``.

    How it becomes integers is registered apart (``lava_export.quantize.roles``).
    """
    POPULATION_ROLES.add(role)


def register_connection_role(role: str) -> None:
    """Let connections have ``role``; they are neither learned nor inhibition."""
    CONNECTION_ROLES.add(role)


def require_role(owner: str, role: str, known: set[str]) -> None:
    """Check a role.

    Args:
        owner: The part that has the role, for the message.
        role: Its role.
        known: ``POPULATION_ROLES`` or ``CONNECTION_ROLES``.

    Raises:
        DescriptionError: The role is not registered.
    """
    if role not in known:
        raise DescriptionError(
            f"{owner}: role = {role!r}; choose one of {sorted(known)}, or register it "
            f"(spikeff.ir.roles)."
        )


def require_ends(owner: str, role: str, source: str, target: str, blank: str) -> None:
    """Check that a connection's role fits its ends.

    Args:
        owner: The connection, for the message.
        role: Its role.
        source: Population that it starts from.
        target: Population that it ends at.
        blank: Name of the blanking line.

    Raises:
        DescriptionError: Self-inhibition between two populations, blanking by anything but the
            blanking line, or a blanking line that learns.
    """
    if role in (SELF_INHIBITION, SOFT_RESET) and source != target:
        raise DescriptionError(
            f"{owner}: role = {role!r} between two populations; give it the role {FIXED!r}."
        )
    allowed = (BLANKING, READOUT) if source == blank else CONNECTION_ROLES - {BLANKING}
    if role not in allowed:
        raise DescriptionError(
            f"{owner}: role = {role!r}; from {source!r} it must be one of {sorted(allowed)}."
        )
