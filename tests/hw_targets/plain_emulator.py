"""The emulator written out plainly, and a network that takes every way through the fast ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hw_targets.target import Saturation, TargetRun
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.data.encoders import encode
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode, LabelCode
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace
from tests.networks import integer_network, integer_population, silencing
from tests.networks.host_biases import in_whole_numbers

LABELS = LabelCode(3, 2, (0, 2))
PIXELS = 60


def plain(network: IntegerNetwork, inputs: Array) -> TargetRun:
    """Integers only, every product in full, sample by sample of nothing shared (int64)."""
    samples = inputs.shape[1]
    spikes = {name: np.zeros((network.period, samples, n), bool) for name, n in _sizes(network)}
    spikes[INPUT][: network.steps] = inputs
    spikes[BLANK][network.steps :] = True
    u = {p.name: np.zeros((network.period, samples, p.size), np.int64) for p in network.populations}
    v = {name: np.zeros_like(record) for name, record in u.items()}
    written = in_whole_numbers(network, inputs[0])
    counters = {p.name: Saturation() for p in network.populations}
    for step in range(network.period):
        for p in network.populations:
            last = (u[p.name][step - 1], v[p.name][step - 1]) if step else (0, 0)
            now = np.sign(last[0]) * (np.abs(last[0]) * (4095 - p.du) >> 12)
            for c in network.incoming(p.name):
                if step >= c.delay:
                    now = now + _arriving(c, spikes[c.source][step - c.delay])
            high, low = now > 2**23, now <= -(2**23)
            now = now - 2**24 * high + 2**24 * low
            mantissas = written.get(p.name, p.bias_mant.astype(np.int64))
            bias = mantissas << p.bias_exp
            free = np.sign(last[1]) * (np.abs(last[1]) * (4096 - p.dv) >> 12) + now + bias
            counters[p.name].add(int((high | low).sum()), int((np.abs(free) >= 2**23).sum()))
            free = np.clip(free, 1 - 2**23, 2**23 - 1)
            spikes[p.name][step] = free > p.vth << 6
            u[p.name][step], v[p.name][step] = now, np.where(spikes[p.name][step], 0, free)
    traced = {p.name: spikes[p.name] for p in network.populations}
    return TargetRun(SpikeTrace("plain", traced, u, v), 0.0, saturation=counters)


def _sizes(network: IntegerNetwork) -> list[tuple[str, int]]:
    return list(network.sizes.items())


def _arriving(c: IntegerConnection, spikes: Array) -> Array:
    weights = c.weights.astype(np.int64)
    summed = spikes @ c.connectivity.matrix(weights).T
    return np.asarray(summed << (c.weight_exp + 6))


def labelled(seed: int, steps: int = 7, delay: int = 0) -> IntegerNetwork:
    """Two layers behind pixels and labels, the second also hears the input; one recurrent loop."""
    rng = np.random.default_rng(seed)
    channels = PIXELS + LABELS.channels
    populations = [
        integer_population(rng, "p0", 24, 0, du=0, dv=300, vth=3000),
        integer_population(rng, "p1", 16, 1, du=4095, dv=0, vth=900),
    ]

    def dense(source: str, target: str, shape: tuple[int, int], late: int) -> IntegerConnection:
        weights = rng.integers(-128, 128, shape) * 2
        weights[:, rng.random(shape[1]) < 0.2] = 0
        return IntegerConnection(source, target, DENSE, weights, 8, 2, "mixed", late)

    connections = [
        dense(INPUT, "p0", (24, channels), delay),
        dense("p0", "p1", (16, 24), 0),
        dense(INPUT, "p1", (16, channels), 1),
        dense("p1", "p0", (24, 16), 2),
        *(silencing(f"p{k}", n, BLANK, delay=0) for k, n in enumerate((24, 16))),
    ]
    made = integer_network(populations, connections, steps, 2, pixels=PIXELS)
    return replace(made, input=InputCode("burst", PIXELS, 0.1, steps), labels=LABELS)


def images(network: IntegerNetwork, code: str, samples: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    light = rng.random((samples, PIXELS)) * (rng.random((samples, PIXELS)) < 0.5)
    return encode(code, light, network.steps, 0.1)
