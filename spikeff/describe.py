"""From a trained network to its NetworkDescription: float weights, constants, wiring, readout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spikeff.bounds import self_inhibition_weight
from spikeff.description import (
    DENSE,
    INPUT,
    ONE_TO_ONE,
    Connection,
    InputCode,
    NetworkDescription,
    Population,
    Readout,
)
from spikeff.encoding import get_encoder
from spikeff.errors import DescriptionError
from spikeff.training import Trainer


def describe(trainer: Trainer) -> NetworkDescription:
    """Describe what ``trainer`` has learned so far.

    The limit of one spike per neuron and sample becomes what a chip can do: a one-to-one synapse
    from each neuron to itself whose inhibition outweighs the largest drive that the weights allow.
    """
    free = _free_firing(trainer)
    limited = [p.name for p in free.populations if p.spike_limit is not None]
    inhibition = tuple(
        Connection(
            name,
            name,
            ONE_TO_ONE,
            np.full(free.sizes[name], -self_inhibition_weight(free, name)),
            delay=1,
        )
        for name in limited
    )
    return replace(free, connections=free.connections + inhibition)


def _free_firing(trainer: Trainer) -> NetworkDescription:
    config, network = trainer.config, trainer.network
    if network.between:
        raise DescriptionError(
            f"black box {config.black_box!r} above layer {min(network.between) + 1}: what it does "
            f"to spikes is unknown, so the network cannot be described; train without it."
        )
    populations, connections, source = [], [], INPUT
    for depth, layer in enumerate(network.stack):
        name = f"layer{depth + 1}"
        populations.append(
            Population(
                name=name,
                size=layer.neurons,
                depth=depth,
                tau_syn=config.tau_syn,
                tau_mem=config.tau_mem,
                v_th=config.v_th,
                v_leak=np.zeros(layer.neurons),
                column_size=layer.column_size,
                spike_limit=config.spike_limit,
                constraint_columns=layer.constraint_columns,
            )
        )
        connections.append(Connection(source, name, DENSE, layer.synapses.cpu().numpy()))
        source = name
    encoder = get_encoder(config.encoder)
    return NetworkDescription(
        steps=config.steps,
        dt=config.dt,
        input=InputCode(
            config.encoder,
            network.pixels,
            config.pixel_threshold,
            encoder.spikes_per_channel(config.steps),
        ),
        labels=network.labels,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=_readout(trainer, tuple(p.name for p in populations)),
        dataset=config.dataset,
        provenance={"seed": config.seed, "epochs": trainer.epochs_done},
    )


def _readout(trainer: Trainer, populations: tuple[str, ...]) -> Readout:
    weight = trainer.readout.weight.cpu().numpy()
    return Readout(
        kind=trainer.network.reading,
        goodness=trainer.config.goodness,
        beta=trainer.config.beta,
        classes=trainer.network.classes,
        populations=populations,
        softmax_weights=weight[:, :-1],
        softmax_bias=weight[:, -1],
    )
