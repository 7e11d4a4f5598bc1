"""A configuration as a plastic integer network, before it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from spikeff.data.dataset import Split
from spikeff.data.encoders import get_encoder
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE
from spikeff.ir.goodness import EXCESS
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.roles import BLANKING, SELF_INHIBITION
from spikeff.learning.negatives.labels import HARD
from spikeff.learning.rules.three_factor import THREE_FACTOR
from spikeff.lowering import describe
from spikeff.training.config.schema import TrainConfig
from spikeff.training.model import Model

if TYPE_CHECKING:
    from lava_export.integers.network import (
        IntegerConnection,
        IntegerNetwork,
        IntegerPopulation,
    )

# Every idle step inhibits anew, and together they must stay within the register.
BLANKING_EXP = 4
THRESHOLD, ADVICE = "threshold", "such as the preset 'digits-onchip'"


def plastic_network(config: TrainConfig, samples: Split) -> IntegerNetwork:
    """The network of ``config`` with random weights of 8 bits that a chip can change.

    Args:
        samples: Whose channels it hears.

    Raises:
        ConfigError: Something in it has no counterpart in learning on a chip.
        LimitError: It does not fit the learning rule.
    """
    from lava_export.integers.network import IntegerNetwork
    from lava_export.plastic.forward_forward import PERIOD

    require_on_chip(config)
    channels = get_encoder(config.data.encoder.kind).channels(samples.shape, config.data.steps)
    model = Model.build(config, channels, samples.classes, torch.device("cpu"))
    floats = describe(model)
    layer = floats.populations[0]
    return IntegerNetwork(
        steps=floats.steps,
        idle_steps=max(PERIOD - floats.steps, 0),
        dt=floats.dt,
        input=floats.input,
        labels=floats.labels,
        populations=(_population(layer, floats.dt),),
        connections=_connections(floats, layer),
        readout=floats.readout,
        dataset=floats.dataset,
        provenance={"learned": "on the chip"},
    )


def require_on_chip(config: TrainConfig) -> None:
    """Raise ConfigError, listing everything, unless a chip can learn what ``config`` says."""
    layer = config.layers[0]
    goodness, negatives = layer.goodness, config.negatives
    kind = HARD if negatives is None else negatives.kind
    wrong = {
        f"{len(config.layers)} layers, not one": len(config.layers) != 1,
        f"objective {config.objective.kind!r}, not {THRESHOLD!r}": config.objective.kind
        != THRESHOLD,
        f"goodness {goodness.kind if goodness else None!r}, not {EXCESS!r} with beta = 0": goodness
        is None
        or goodness.kind != EXCESS
        or bool(goodness.window),
        f"spike_limit {layer.spike_limit}, not 1": layer.spike_limit != 1,
        f"batch_size {config.schedule.batch_size}, not 1": config.schedule.batch_size != 1,
        "constraint columns": bool(layer.constraint_share),
        f"shifts by {config.data.shift} pixels": bool(config.data.shift),
        "mirrored images": config.data.mirror,
        f"rule {config.learning.rule.kind!r}, not {THREE_FACTOR!r}": config.learning.rule.kind
        != THREE_FACTOR,
        f"negatives {kind!r}, not {HARD!r}": kind != HARD,
        "positives and negatives in phases apart": negatives is not None
        and negatives.phase_batches > 0,
        "a generative side": config.learning.generative is not None,
        f"weight_decay {config.learning.weight_decay:g}": bool(config.learning.weight_decay),
        "homeostasis, of which a chip has its own": config.layers[0].homeostasis is not None,
        "connections of its own": bool(config.network.connections),
    }
    problems = [sentence for sentence, holds in wrong.items() if holds]
    if problems:
        raise ConfigError(
            f"learning on the chip: the configuration has {'; '.join(problems)}; take one {ADVICE}."
        )


def _population(layer: Population, dt: float) -> IntegerPopulation:
    from lava_export.chips import limits
    from lava_export.integers.network import IntegerPopulation
    from lava_export.plastic.forward_forward import BIAS_EXP, VTH

    leak = dt / layer.tau_syn
    return IntegerPopulation(
        name=layer.name,
        size=layer.size,
        depth=0,
        du=max(round(limits.DECAY_UNITY * leak) - limits.DS_OFFSET, 0),
        dv=round(limits.DECAY_UNITY * dt / layer.tau_mem) - (layer.tau_mem <= dt),
        vth=VTH,
        bias_mant=np.zeros(layer.size, np.int16),
        bias_exp=BIAS_EXP,
        column_size=layer.column_size,
        current_scale=_units(layer, dt) * (1 << limits.ACTIVATION_SHIFT),
        spike_limit=layer.spike_limit,
    )


def _units(layer: Population, dt: float) -> float:
    """Steps of the weights per unit of the floats, in which thresholds are ``VTH``."""
    from lava_export.plastic.forward_forward import VTH

    return VTH / layer.v_th * dt / layer.tau_mem


def _connections(floats: NetworkDescription, layer: Population) -> tuple[IntegerConnection, ...]:
    from lava_export.chips import limits
    from lava_export.integers.network import IntegerConnection
    from lava_export.plastic.forward_forward import RULE

    weights = next(c.weights for c in floats.connections if c.source == INPUT)
    step = RULE.weight_step
    low, high = limits.weight_range("mixed")
    drawn = np.rint(weights * _units(layer, floats.dt) / step) * step
    mantissas: Array = np.clip(drawn, low, high // step * step)
    name, size = layer.name, layer.size
    strong = -limits.weight_range("excitatory")[1]

    def silencing(source: str, role: str, delay: int, exponent: int) -> IntegerConnection:
        kind, shape = (DENSE, (size, 1)) if source == BLANK else (ONE_TO_ONE, (size,))
        inhibition = np.full(shape, strong)
        return IntegerConnection(
            source, name, kind, inhibition, 8, exponent, "inhibitory", delay, role
        )

    return (
        IntegerConnection(INPUT, name, DENSE, mantissas, 8, 0, "mixed", plasticity=RULE),
        silencing(name, SELF_INHIBITION, 1, limits.WEIGHT_EXP_MAX),
        silencing(BLANK, BLANKING, 0, BLANKING_EXP),
    )
