"""Networks of every layer kind, encoder and delay that can be trained, in every simulator."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct as lava_direct
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import quantize
from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import Split
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, Connection, Connectivity, Conv2d, LocalFields
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.ir.trace import compare_traces
from spikeff.lowering import describe
from spikeff.pipeline.presentations import presentations
from spikeff.references import brian2 as brian2_reference
from spikeff.references import brian2_integers, floats
from spikeff.references import norse as norse_reference
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer
from tests.markers import slow_but
from tests.networks import DT, random_description, random_inputs
from tests.networks.connectivities import KINDS as KINDS_OF_CONNECTIVITY
from tests.networks.connectivities import fitting, weights_of

# Objective, spikes per neuron (0: free), tau_syn and layers.
KINDS = {
    "labels, one spike, lasting current": ("softmax", 1, math.inf, [40]),
    "labels, free": ("softmax", None, 4 * DT, [40, 30]),
    "columns, one spike": ("class_columns", 1, 20 * DT, [40, 20]),
    "columns, free, lasting current": ("class_columns", None, math.inf, [20, 40]),
}


def trained(kind: str, encoder: str) -> tuple[NetworkDescription, Array]:
    """A network as training would describe it, with its calibrated weights, and test spikes."""
    objective, limit, tau_syn, layers = KINDS[kind]
    steps, channels = 8, 16
    rng = np.random.default_rng(len(kind) * len(encoder))
    shape = ENCODERS[encoder].shape(channels, steps)
    images = (rng.random((12, shape[0] * shape[1])) * 255).astype(np.uint8)
    if ENCODERS[encoder].in_steps:
        first = rng.integers(0, steps, (12, 1, channels)) == np.arange(steps)[:, None]
        images = (first.reshape(12, -1) * 255).astype(np.uint8)
    split = Split(images, np.arange(12) % 10, shape, 10)
    fields = {
        "encoder": encoder,
        "steps": steps,
        "objective": objective,
        "spike_limit": limit or "none",
        "tau_syn": tau_syn,
        "layers": layers,
        "column_size": 2,
        "shift": 0,
        "constraint_share": 0.0,
        "initial_firing": 0.02 if limit else 0.1,
    }
    config = make_config(with_fields(preset_table("digits"), fields), kind)
    trainer = Trainer(config, split, torch.device("cpu"))
    trainer.calibrate()
    description = describe(trainer.model)
    inputs = presentations(split.head(4), description.input, description.labels, steps)
    return description, inputs[:, :4]


def assert_one_truth(description: NetworkDescription, inputs: Array) -> None:
    """Every float simulator against Norse, every integer one against the emulator."""
    norse = norse_reference.run(description, inputs, record_states=True)
    plain = floats.run(description, inputs)
    assert all(np.array_equal(plain.spikes[name], z) for name, z in norse.spikes.items())
    assert sum(z.any() for z in norse.spikes.values()) == len(description.populations)
    lava = lava_direct.run_float(with_blanking(description), inputs).trace
    brian2 = brian2_reference.run(description, inputs, record_states=True)
    for other in (brian2, lava.window(description.steps)):
        comparison = compare_traces(norse, other, exact_states=False)
        assert comparison.equal, comparison.first_divergence
        assert comparison.state_error is not None
        assert comparison.state_error < 1e-12
    network = quantize(description)
    ours = emulator.run(network, inputs, record_states=True).trace
    for other in (
        lava_direct.run_integer(network, inputs).trace,
        brian2_integers.run(network, inputs),
    ):
        comparison = compare_traces(ours, other)
        assert comparison.equal, comparison.first_divergence


# Every kind with every second encoder.
COMBINATIONS = [
    (kind, encoder)
    for (i, kind), (k, encoder) in product(enumerate(KINDS), enumerate(ENCODERS))
    if (i + k) % 2 == 0
]


@pytest.mark.parametrize(("kind", "encoder"), slow_but(COMBINATIONS, ("labels, free", "burst")))
def test_every_layer_kind_and_encoder(kind: str, encoder: str) -> None:
    assert_one_truth(*trained(kind, encoder))


def connected(name: str, seed: int) -> NetworkDescription:
    """A kind at once, late, and in a loop: from the input's side to a second population and back.

    The kind leads from ``layer0`` to ``layer1`` with two delays; ``layer1`` is heard by ``layer0``.
    """
    rng = np.random.default_rng(seed)
    kind, shape = KINDS_OF_CONNECTIVITY[name](rng)
    target, source = kind.ends(shape)
    chain = random_description(rng, (source, target), steps=7, tau_syn=5 * DT, bias=0.2)
    first, _ = chain.connections
    fan_in = np.sqrt(kind.fan_in(np.ones(shape, bool)).mean())
    ahead, late, back = (
        Connection("layer0", "layer1", kind, weights_of(rng, shape) / fan_in),
        Connection("layer0", "layer1", kind, weights_of(rng, shape) / fan_in, delay=2),
        Connection("layer1", "layer0", *_anything(rng, source, target), delay=3),
    )
    return replace(chain, connections=(first, ahead, late, back))


def _anything(rng: np.random.Generator, target: int, source: int) -> tuple[Connectivity, Array]:
    kind = fitting(rng, "sparse", target, source)
    shape = kind.weight_shape(target, source)
    return kind, rng.normal(0, 0.5, shape)


@pytest.mark.parametrize("name", slow_but(KINDS_OF_CONNECTIVITY, "conv2d"))
def test_every_connectivity(name: str) -> None:
    description = connected(name, seed=0)
    inputs = random_inputs(np.random.default_rng(0), description.steps, samples=2)
    assert_one_truth(description, inputs)


@pytest.mark.parametrize("kind", slow_but([LocalFields, Conv2d], Conv2d))
@pytest.mark.slow
def test_weights_beyond_the_grid_are_no_synapses(kind: type[LocalFields] | type[Conv2d]) -> None:
    """One neuron in a field of three by three: of its nine places only the middle is one."""
    alone = kind((1, 1, 1), 1, (3, 3), padding=(1, 1))
    weights = np.ones(alone.weight_shape(1, 1))
    weights[..., 1, 1] = 0.0
    chain = random_description(np.random.default_rng(1), (1, 1), tau_syn=5 * DT, bias=2.0)
    link = Connection("layer0", "layer1", alone, weights)
    driven = tuple(replace(p, v_leak=np.full(1, 0.9)) for p in chain.populations)
    chain = replace(chain, populations=driven, connections=(chain.connections[0], link))
    assert_one_truth(chain, random_inputs(np.random.default_rng(2), chain.steps, samples=2))


@pytest.mark.parametrize("delay", slow_but([1, 7, 62], 7))
@pytest.mark.slow
def test_every_connection_takes_a_delay(delay: int) -> None:
    """Forward, from the input, and back from the second population to the first."""
    rng = np.random.default_rng(delay)
    chain = random_description(rng, (8, 6), steps=6, bias=0.1, one_spike=True)
    late = {INPUT: delay, "layer0": min(delay, 7)}
    layers = [replace(c, delay=late[c.source]) for c in chain.connections if c.source in late]
    layers = [c for c in layers if c.connectivity == DENSE]
    brakes = [c for c in chain.connections if c.connectivity != DENSE]
    back = Connection("layer1", "layer0", DENSE, rng.normal(0, 0.3, (8, 6)), max(delay, 2))
    description = replace(chain, connections=(*layers, *brakes, back), idle_steps=0)
    description = replace(description, steps=delay + 14)
    inputs = random_inputs(rng, description.steps, samples=2)
    assert_one_truth(description, inputs)
