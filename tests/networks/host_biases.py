"""Random integer networks in which a host writes the biases of one population."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np

from lava_export.integers.host_bias import HostBias
from lava_export.integers.network import IntegerNetwork, IntegerPopulation
from spikeff.ir.codes import InputCode
from spikeff.ir.network import INPUT
from tests.networks.connectivities import fitting
from tests.networks.random_integers import KINDS, Case, random_case

MOST = 3000  # mantissas that a host adds


def hosted_case(random: Random) -> Case:
    """A random case whose input is numbers of up to 8 bits, heard by one population as biases."""
    found = random_case(random)
    network, rng = found.network, np.random.default_rng(random.getrandbits(32))
    bits, numbers = random.choice((1, 3, 8)), random.choice((1, 2, 4))
    target = random.choice(network.populations)
    channels, steps = bits * numbers, network.steps
    samples = rng.random((1, found.inputs.shape[1], channels)) < 0.5
    written = replace(
        network,
        populations=tuple(_with_room(p) if p is target else p for p in network.populations),
        connections=tuple(c for c in network.connections if c.source != INPUT),
        input=InputCode("bit_planes", channels, 0.0, steps),
        host=(_host(random, rng, target, numbers, bits),),
    )
    return Case(written, np.repeat(samples, steps, axis=0))


def _with_room(population: IntegerPopulation) -> IntegerPopulation:
    return replace(population, bias_mant=np.clip(population.bias_mant, -1000, 1000))


def _host(
    random: Random, rng: np.random.Generator, target: IntegerPopulation, numbers: int, bits: int
) -> HostBias:
    kind = fitting(rng, random.choice(KINDS), target.size, numbers)
    weights = rng.integers(-2000, 2001, kind.weight_shape(target.size, numbers)).astype(np.int16)
    most = max(kind.row_bound(weights) * (2**bits - 1), 1)
    shift = max(int(np.ceil(np.log2(most / MOST))), 0)
    return HostBias(target.name, kind, weights, shift, bits)


def in_whole_numbers(network: IntegerNetwork, channels: np.ndarray) -> dict[str, np.ndarray]:
    """What is written, synapse by synapse in Python's integers; object (samples, neurons)."""
    found = {}
    for host in network.host:
        own = next(p for p in network.populations if p.name == host.target).bias_mant
        matrix = host.connectivity.matrix(host.weights.astype(np.int64)).tolist()
        rows = []
        for sample in channels.reshape(len(channels), host.bits, -1).astype(int).tolist():
            numbers = [
                sum(bit << k for k, bit in enumerate(each)) for each in zip(*sample, strict=True)
            ]
            sums = [sum(w * x for w, x in zip(row, numbers, strict=True)) for row in matrix]
            half = (1 << host.shift) // 2
            rows.append(
                [int(b) + ((s + half) >> host.shift) for b, s in zip(own, sums, strict=True)]
            )
        found[host.target] = np.array(rows, np.int64)
    return found
