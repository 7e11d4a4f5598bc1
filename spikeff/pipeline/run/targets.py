"""What integer networks can run on here, and for what cannot, why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TargetState:
    """A target, and whether it can run here.

    Attributes:
        missing: None where the target is available, else what it lacks and how to get it.
    """

    name: str
    available: bool
    missing: str | None


def targets() -> tuple[TargetState, ...]:
    """State of every registered target."""
    from hw_targets.registry import TARGETS

    states = [(name, target.missing()) for name, target in TARGETS.items()]
    return tuple(TargetState(name, reason is None, reason) for name, reason in states)
