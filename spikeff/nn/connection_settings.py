"""Connections of a configuration: their layers, their connectivity and their delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, cast, get_type_hints

from pydantic import Field

from spikeff.errors import DescriptionError
from spikeff.ir.connectivity import Connectivity, get_connectivity
from spikeff.ir.connectivity.registry import CONNECTIVITIES
from spikeff.ir.sizes import MAX_STEPS
from spikeff.nn.delay_settings import DelaySettings
from spikeff.settings.kinds import Kind, KindsOf, OneOf, OrNone, Settings, settings_of_fields

LABELS = "labels"
DENSE = "dense"


def layer_name(depth: int) -> str:
    """Name of the layer at ``depth`` in connections."""
    return f"layer{depth + 1}"


class ConnectivitySettings(Kind):
    """Which synapses there are: a kind in ``spikeff.ir.connectivity``, and the fields of it."""

    def made(self) -> Connectivity:
        """The connectivity that the table describes.

        Raises:
            DescriptionError: Its numbers do not fit together.
        """
        return get_connectivity(self.kind)(**self.model_dump(exclude={"kind"}))


def _simple() -> Mapping[str, type[Connectivity]]:
    """Kinds whose fields a table can hold; lists of synapses come with a network file."""
    return {name: kind for name, kind in CONNECTIVITIES.items() if not _has_arrays(kind)}


@cache
def _has_arrays(kind: type[Any]) -> bool:
    hints = get_type_hints(kind)
    return any("ndarray" in str(hints[field.name]) for field in fields(kind))


ONE_CONNECTIVITY = OneOf(
    "connectivity",
    KindsOf(_simple, lambda kind: settings_of_fields(kind, ConnectivitySettings)),
    default=DENSE,
)
MAYBE_CONNECTIVITY = OneOf("connectivity", ONE_CONNECTIVITY.kinds, default=DENSE, optional=True)


class ConnectionSettings(Settings):
    """One connection beside those from each layer to the next.

    Attributes:
        source: "input", or the source layer: "layer1", "layer2" and so on.
        target: The target layer; the same as the source for a lateral connection.
        delay: Steps until a spike arrives; a connection that goes back needs at least 1.
        learned: Whether its weights change.
        delays: Further delays, for each synapse its own; left out: all have ``delay`` alone.
        gain: Factor on its initial weights; at 0 nothing comes through it before it has learned.
        connectivity: Which synapses there are, a kind in ``spikeff.ir.connectivity``.
    """

    source: str
    target: str
    delay: int = Field(default=1, ge=0, le=MAX_STEPS)
    learned: bool = True
    delays: Annotated[DelaySettings | None, OrNone] = None
    gain: float = Field(default=1.0, ge=0.0)
    connectivity: Annotated[ConnectivitySettings, ONE_CONNECTIVITY] = cast(
        ConnectivitySettings, ONE_CONNECTIVITY.of(DENSE)
    )


def misfit(table: Mapping[str, Any], target: int, source: int) -> str | None:
    """Why the connectivity of a table does not fit populations of these sizes; None if it does."""
    try:
        settings = ONE_CONNECTIVITY.read(dict(table))
    except ValueError:
        return None  # reported with the mistakes of the table itself
    assert isinstance(settings, ConnectivitySettings)
    try:
        settings.made().weight_shape(target, source)
    except DescriptionError as error:
        return str(error)
    return None
