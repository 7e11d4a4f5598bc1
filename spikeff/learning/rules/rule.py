"""The interface of a learning rule, and the registry of rules by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from spikeff.errors import UnknownKindError
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.registration import register_dataclass
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import LayerRun

# Judges runs of layers: one at a time, or together for a rule that sends errors through them all.
Judge = Callable[[Sequence[LayerRun]], list[Judgement]]


@dataclass(frozen=True, eq=False)
class Learned:
    """Result of a rule for one layer.

    Attributes:
        run: Spikes of the layer and its input.
        judgement: That of the objective.
        drive_error: Error signal of the input current, (steps, presentations, neurons); its product
            with the incoming spikes is the change of the weights.
    """

    run: LayerRun
    judgement: Judgement
    drive_error: Tensor


class Rule(Protocol):
    """From the judgements of layers to the error signals of their input currents.

    A rule may keep a state of its own between batches; the tensors that :meth:`state` returns are
    saved in the checkpoint and filled in place when training is resumed. A rule with a state is
    given each batch whole.

    Attributes:
        local: Whether a layer's error depends on that layer alone, so that a batch may be split.
    """

    local: ClassVar[bool]

    def start(self, network: FFNetwork) -> None:
        """Create the rule's state for the layers of ``network``; called once, before any batch."""
        ...

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """Learn from the layers of a network, in their order.

        Args:
            runs: Of the layers, lowest first.
            judge: Judges some of these runs.
            share: Share of the batch that the presentations are.
        """
        ...

    def state(self) -> dict[str, Tensor]:
        """Tensors that the rule keeps between batches, by name; {} for none."""
        ...


RULES: dict[str, type[Rule]] = {}


def register_rule(name: str, kind: type[Rule]) -> None:
    """Make the rule ``kind`` known to configurations by ``name``.

    Args:
        name: Not yet taken.
        kind: A dataclass that is a rule. Its fields, with their types and defaults, are what a
            configuration may set.

    Raises:
        ConfigError: The name is taken, or the class is not a dataclass or lacks a member.
    """
    register_dataclass("learning rule", RULES, name, kind, Rule)


def get_rule(name: str) -> type[Rule]:
    """The class of rule ``name``; raises UnknownKindError."""
    if name not in RULES:
        raise UnknownKindError("learning rule", name, RULES)
    return RULES[name]
