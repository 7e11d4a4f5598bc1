"""The torch side of each kind of connectivity, by the kind's name."""

from __future__ import annotations

from typing import Any

import torch

from spikeff.errors import ConfigError
from spikeff.ir.connectivity import (
    AvgPool2d,
    Connectivity,
    Conv2d,
    Dense,
    LocalFields,
    OneToOne,
    SumPool2d,
    get_connectivity,
)
from spikeff.nn.synapses.base import Synapses
from spikeff.nn.synapses.conv2d import Conv2dSynapses
from spikeff.nn.synapses.dense import DenseSynapses
from spikeff.nn.synapses.listed import ListedSynapses
from spikeff.nn.synapses.local import LocalFieldSynapses
from spikeff.nn.synapses.one_to_one import OneToOneSynapses
from spikeff.nn.synapses.pool2d import PoolSynapses

SYNAPSES: dict[str, type[Synapses[Any]]] = {
    Dense.name: DenseSynapses,
    OneToOne.name: OneToOneSynapses,
    LocalFields.name: LocalFieldSynapses,
    Conv2d.name: Conv2dSynapses,
    SumPool2d.name: PoolSynapses,
    AvgPool2d.name: PoolSynapses,
}


def register_synapses(kind: str, synapses: type[Synapses[Any]]) -> None:
    """Give a kind of connectivity synapses of its own in torch.

    A kind without its own uses the list of its synapses (``spikeff.nn.synapses.listed``).

    Args:
        kind: Name of the connectivity, one that is registered.
        synapses: Their class.

    Raises:
        UnknownNameError: No connectivity has that name.
        ConfigError: The kind has synapses of its own already.
    """
    get_connectivity(kind)
    if kind in SYNAPSES:
        raise ConfigError(f"synapses of {kind!r} are registered already; choose another kind.")
    SYNAPSES[kind] = synapses


def make_synapses(
    connectivity: Connectivity, target: int, source: int, generator: torch.Generator
) -> Synapses[Any]:
    """Synapses with random weights between populations of these sizes.

    Raises:
        DescriptionError: Populations of these sizes cannot be connected this way.
    """
    synapses = SYNAPSES.get(connectivity.name, ListedSynapses)
    return synapses(connectivity, target, source, generator)
