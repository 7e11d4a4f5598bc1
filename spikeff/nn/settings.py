"""The section ``network`` of a configuration: layers, connections and the label code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from spikeff.ir.goodness import Goodness, goodness_kinds
from spikeff.nn.black_box import BLACK_BOXES, BlackBoxSettings
from spikeff.nn.connection_settings import (
    MAYBE_CONNECTIVITY,
    ConnectionSettings,
    ConnectivitySettings,
    layer_name,
)
from spikeff.nn.delay_settings import DelaySettings
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.neurons.neuron import Neuron
from spikeff.settings.kinds import Kind, KindsOf, Location, OneOf, OrNone, Settings, register_kind
from spikeff.settings.tables import laid_on, look_up, spelled_out

MAX_LAYERS, MAX_NEURONS = 64, 2**15  # layers, and neurons per layer
MAX_CONNECTIONS = 256
LIF = "lif"


class NeuronSettings(Kind):
    """The constants of one kind of neuron."""

    def constants(self, dt: float, spike_limit: int | None) -> Neuron:
        """The neurons, for time steps of ``dt`` seconds."""
        raise NotImplementedError


class LIFSettings(NeuronSettings):
    """A current-based leaky integrate-and-fire neuron, see ``spikeff.nn.neurons.lif``.

    Attributes:
        tau_syn: Time constant of the synaptic current in seconds; may be infinite.
        tau_mem: Time constant of the membrane potential in seconds.
        v_th: Threshold, in units of the current.
    """

    kind: str = LIF
    tau_syn: float = Field(gt=0.0, allow_inf_nan=True)
    tau_mem: float = Field(gt=0.0)
    v_th: float = Field(default=1.0, gt=0.0)

    def constants(self, dt: float, spike_limit: int | None) -> LIFConstants:
        """The neuron's constants, for time steps of ``dt`` seconds."""
        return LIFConstants(self.tau_syn, self.tau_mem, self.v_th, dt, spike_limit)


NEURONS: dict[str, type[NeuronSettings]] = {LIF: LIFSettings}


def register_neuron(name: str, settings: type[NeuronSettings]) -> None:
    """Make a neuron model known to configurations by ``name``, through its ``settings``.

    Raises:
        ConfigError: The name is taken.
    """
    register_kind("neuron", NEURONS, name, settings)


class GoodnessSettings(Kind):
    """The goodness of a layer, a kind in ``spikeff.ir.goodness``.

    Attributes:
        scale: Factor on the mean goodness of the columns, in learning.
        steps: It is collected from the first of these steps up to, not including, the second; left
            out: from all steps.
    """

    scale: float = Field(default=10.0, gt=0.0)
    steps: Annotated[tuple[int, int] | None, OrNone] = None

    @property
    def window(self) -> float:
        """The window parameter, 0 where the kind has none."""
        return 0.0


class WindowedGoodnessSettings(GoodnessSettings):
    """A goodness of coincidences within a window.

    Attributes:
        beta: Weight of two spikes one step apart, beta^k for k steps; 0 for the same step only.
    """

    beta: float = Field(default=0.0, ge=0.0, lt=1.0)

    @property
    def window(self) -> float:
        """The window parameter."""
        return self.beta


def _goodness_settings(goodness: Goodness) -> type[GoodnessSettings]:
    return WindowedGoodnessSettings if goodness.windowed else GoodnessSettings


class HomeostasisSettings(Settings):
    """Homeostasis: the local rule lowers the rate of neurons that fire too much.

    Attributes:
        strength: Of the error signal, per spike per step above ``target_firing``.
        target_firing: Spikes per neuron and step up to which it does not act.
        peers: Strength of peer normalisation, which draws the rate of every neuron to the mean rate
            of its layer, that of silent ones too; 0 for none.
    """

    shorthand: ClassVar[str | None] = "strength"

    strength: float = Field(gt=0.0)
    target_firing: float = Field(default=0.03, ge=0.0, le=1.0)
    peers: float = Field(default=0.0, ge=0.0)


def _whole_number(value: Any) -> Any:
    if value is not None and (type(value) is not int or value < 1):
        raise ValueError(
            f"spike_limit {value!r}: use a whole number of spikes per neuron and sample, at "
            f"least 1, or 'none' for neurons that fire freely"
        )
    return value


class LayerSettings(Settings):
    """One layer. A whole number in its place is its number of neurons.

    Attributes:
        neurons: How many.
        column_size: Neurons per column, a divisor of ``neurons``.
        neuron: Constants of the neurons.
        spike_limit: Most spikes of a neuron per sample; left out or "none": no limit.
        goodness: What the layer's objective measures; left out where it has no objective of its
            own.
        initial_firing: Spikes per neuron and step before training.
        weight_bits: Spikes are weighted with weights rounded to this many bits; left out: with the
            floats.
        constraint_share: Share of the columns that are constraints: low goodness for positives.
        homeostasis: Lowers the rate of neurons that fire too much; left out: nothing does.
        read: Whether the answer reads it; a layer that is not read still learns, and others hear
            its spikes.
        connectivity: Connectivity from the layer below, a kind in ``spikeff.ir.connectivity``; left
            out: dense, from every channel to every neuron.
        delays: Delay of each synapse from the layer below; left out: none delays a spike.
    """

    shorthand: ClassVar[str | None] = "neurons"

    neurons: int = Field(ge=1, le=MAX_NEURONS)
    column_size: int = Field(ge=2)
    neuron: Annotated[NeuronSettings, OneOf("neuron", NEURONS, default=LIF)]
    spike_limit: Annotated[int | None, BeforeValidator(_whole_number), OrNone] = None
    goodness: Annotated[
        GoodnessSettings | None,
        OneOf("goodness", KindsOf(goodness_kinds, _goodness_settings), optional=True),
    ] = None
    initial_firing: float = Field(gt=0.0, lt=1.0)
    weight_bits: Annotated[int | None, Field(ge=1, le=9), OrNone] = None
    constraint_share: float = Field(default=0.0, ge=0.0, le=1.0)
    homeostasis: Annotated[HomeostasisSettings | None, OrNone] = None
    read: bool = True
    connectivity: Annotated[ConnectivitySettings | None, MAYBE_CONNECTIVITY] = None
    delays: Annotated[DelaySettings | None, OrNone] = None

    @property
    def columns(self) -> int:
        """Columns of the layer."""
        return self.neurons // self.column_size

    @property
    def constraint_columns(self) -> int:
        """Columns that are constraints, the last ones."""
        return round(self.constraint_share * self.columns)


def _some_layers(value: Any) -> Any:
    if isinstance(value, list | tuple) and not 1 <= len(value) <= MAX_LAYERS:
        raise ValueError(f"{len(value)} layers: 1 to {MAX_LAYERS} can be built")
    return value


class LabelSettings(Settings):
    """Label channels in the input.

    Attributes:
        targets: Layers that they reach; ["layer2"] clamps the label at the top of two layers.
        neurons: Channels per label.
        steps: Steps in which the channels of the label that is shown spike.
        gain: Factor on the initial weights of label channels and on their learning rate: they
            learn as if their spikes had that size.
    """

    targets: tuple[str, ...] = Field(default=(layer_name(0),), min_length=1, max_length=MAX_LAYERS)
    neurons: int = Field(default=5, ge=1, le=1000)
    steps: tuple[int, ...] = Field(default=(0,), min_length=1)
    gain: float = Field(default=3.0, gt=0.0)


class NetworkSettings(Settings):
    """Layers in a row, the first above the input.

    A table ``layer_defaults`` holds what all layers share; each layer's own table is merged over
    it.

    Attributes:
        layers: A table per layer, or its number of neurons alone.
        connections: Further ones beside those from each layer to the next: feedback, lateral or
            skip connections.
        dt: Seconds of a time step.
        labels: Label code of the input, where labels are in it.
        spike_budget: Spikes of a whole layer and sample after which the layer above receives no
            more of them, see ``spikeff.ir.circuits.spike_budget``; left out: no limit.
        black_box: What lies between the first and the second layer, a kind in
            ``spikeff.nn.black_box``; left out: nothing.
    """

    folded: ClassVar[Mapping[str, type[Settings]]] = {"layer_defaults": LayerSettings}

    layers: Annotated[tuple[LayerSettings, ...], BeforeValidator(_some_layers)]
    connections: tuple[ConnectionSettings, ...] = Field(default=(), max_length=MAX_CONNECTIONS)
    dt: float = Field(default=1e-3, gt=0.0)
    labels: Annotated[LabelSettings | None, OrNone] = None
    spike_budget: Annotated[int | None, Field(ge=1), OrNone] = None
    black_box: Annotated[
        BlackBoxSettings | None,
        OneOf(
            "black_box",
            KindsOf(lambda: BLACK_BOXES, lambda entry: entry.settings),
            optional=True,
        ),
    ] = None

    @classmethod
    def unfolded(cls, table: Any) -> Any:
        """Each layer's own table merged over ``layer_defaults``."""
        defaults = table.get("layer_defaults") if isinstance(table, Mapping) else None
        if not isinstance(defaults, Mapping):
            return table
        rest = {name: value for name, value in table.items() if name != "layer_defaults"}
        # Without layers, one that has only the defaults, so that these are checked too.
        layers = table.get("layers", [{}])
        if not isinstance(layers, list | tuple):
            return rest
        below = spelled_out(LayerSettings, defaults)
        some = layers[: MAX_LAYERS + 1]  # enough to refuse more
        return rest | {"layers": [_laid_on_defaults(below, layer) for layer in some]}

    @classmethod
    def written_at(cls, table: Mapping[str, Any], location: Location) -> Location:
        """For what a layer does not set itself: the location within ``layer_defaults``."""
        if location[:1] != ("layers",) or len(location) < 3 or "layer_defaults" not in table:
            return location
        if "layers" not in table:
            missing = location[2:] == ("neurons",)
            return ("layers",) if missing else ("layer_defaults", *location[2:])
        try:
            look_up(spelled_out(cls, table), location)
        except LookupError:
            own = location[2] == "neurons"
            return location if own else ("layer_defaults", *location[2:])
        return location


def _laid_on_defaults(defaults: Mapping[str, Any], layer: Any) -> Any:
    if isinstance(layer, LayerSettings):
        return layer
    own = spelled_out(LayerSettings, layer)
    return laid_on(LayerSettings, defaults, own) if isinstance(own, Mapping) else own
