"""What a learning rule is, and the registry of rules by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from spikeff.errors import UnknownNameError
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.registration import register_dataclass
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import LayerRun

# Judges runs of layers: alone each, or together where a rule sends errors through all of them.
Judge = Callable[[Sequence[LayerRun]], list[Judgement]]


@dataclass(frozen=True, eq=False)
class Learned:
    """What a rule makes of one layer.

    Attributes:
        run: What the layer did.
        judgement: What its objective said of that.
        drive_error: (steps, presentations, neurons); its product with the incoming spikes is the
            change of the weights.
    """

    run: LayerRun
    judgement: Judgement
    drive_error: Tensor


class Rule(Protocol):
    """Turns the judgements of layers into errors of their drives.

    A rule may keep a state of its own between batches; what :meth:`state` returns is kept in the
    checkpoint and filled in place when a training goes on. A rule with a state is given each batch
    whole.

    Attributes:
        local: Whether a layer's error needs that layer alone, so that a batch may be cut in pieces.
    """

    local: ClassVar[bool]

    def start(self, network: FFNetwork) -> None:
        """Make what the rule keeps for the layers of ``network``; called once, before any batch."""
        ...

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """Learn from the layers of a network, in their order.

        Args:
            runs: Of the layers, lowest first.
            judge: Judges some of these runs.
            share: Of the batch that the presentations belong to.
        """
        ...

    def state(self) -> dict[str, Tensor]:
        """Tensors that the rule keeps between batches, by name; {} for none."""
        ...


RULES: dict[str, type[Rule]] = {}


def register_rule(name: str, kind: type[Rule]) -> None:
    """Make ``kind`` the rule that configurations know as ``name``.

    Args:
        name: Not yet taken.
        kind: A dataclass that makes a rule. Its fields, with their types and
            defaults, are what a configuration may say of the rule.

    Raises:
        ConfigError: The name is taken, or the class is no dataclass or lacks something.
    """
    register_dataclass("learning rule", RULES, name, kind, Rule)


def get_rule(name: str) -> type[Rule]:
    """The class of rule ``name``; raises UnknownNameError."""
    if name not in RULES:
        raise UnknownNameError("learning rule", name, RULES)
    return RULES[name]
