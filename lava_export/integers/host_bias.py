"""What a host adds to the biases of a population, computed and written once for each sample.

Inputs that are the same in every step drive a neuron without a lasting current by the same number
in every step, which is a bias. The host, or a processor beside the cores, multiplies; the chip is
given 13-bit mantissas and no spike. Integers all the way, so that every host writes the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_export.chips import limits
from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.arrays import Array, frozen_array
from spikeff.ir.connectivity import Connectivity, require_weights
from spikeff.ir.connectivity.bit_planes import BitPlanes
from spikeff.ir.numbers import settle_numbers, whole_number

SHIFT_MAX, BITS_MAX = 30, 16
WEIGHT_MAX = 2**15 - 1
EXACT = 2**53


@dataclass(frozen=True, eq=False)
class HostBias:
    """Biases of ``target`` from the numbers of a sample: ``weights @ numbers / 2^shift``, rounded.

    Attributes:
        target: Population whose biases are written.
        connectivity: Which number reaches which neuron.
        weights: int16, of the shape that ``connectivity`` asks for.
        shift: Halves are rounded up.
        bits: Of each number; the input has a channel for each, the lowest bits of all numbers
            first.

    Raises:
        DescriptionError: Weights of another shape.
        LimitError: A number is outside its range.
    """

    target: str
    connectivity: Connectivity
    weights: Array
    shift: int
    bits: int

    def __post_init__(self) -> None:
        owner = f"host bias of {self.target!r}"
        settle_numbers(owner, self)
        whole_number(f"{owner}: shift", self.shift, 0, SHIFT_MAX, LimitError)
        whole_number(f"{owner}: bits", self.bits, 1, BITS_MAX, LimitError)
        given = np.asarray(self.weights)
        require_weights(owner, self.connectivity, given.shape)
        whole = given.dtype.kind in "iu"
        if not whole or np.abs(given.astype(np.int64)).max(initial=0) > WEIGHT_MAX:
            raise LimitError(
                f"{owner}: weights are {given.dtype}; they are integers up to {WEIGHT_MAX}."
            )
        object.__setattr__(self, "weights", frozen_array(given, np.int16))

    @property
    def ends(self) -> tuple[int, int]:
        """Neurons of the target and channels of the input."""
        return self._planes.ends(self.weights.shape)

    @property
    def _planes(self) -> BitPlanes:
        return BitPlanes(self.connectivity, self.bits)

    def mantissas(self, channels: Array) -> Array:
        """Added to the mantissas of the biases, int64 (samples, neurons).

        Args:
            channels: Of each sample, bool (samples, channels).
        """
        return self._rounded(self.weights, channels)

    def range(self) -> tuple[Array, Array]:
        """Least and largest mantissa of every neuron, whatever the sample, int64 (neurons,)."""
        full = np.ones((1, self.ends[1]), np.bool_)
        low, high = np.minimum(self.weights, 0), np.maximum(self.weights, 0)
        return self._rounded(low, full)[0], self._rounded(high, full)[0]

    def _rounded(self, weights: Array, channels: Array) -> Array:
        """Sums stay below 2^53, so that floats hold them exactly in any order."""
        sums = self._planes.drive(weights.astype(np.float64), channels)
        return np.asarray(np.floor(np.ldexp(sums, -self.shift) + 0.5).astype(np.int64))


def require_host_biases(network: Any) -> None:
    """Check what a host writes to a network of integers.

    Raises:
        DescriptionError: A population does not exist, is written twice, or has another size.
        LimitError: A mantissa could leave its 13 bits.
    """
    populations = {p.name: p for p in network.populations}
    names = [h.target for h in network.host]
    if len(set(names)) != len(names) or set(names) - populations.keys():
        raise DescriptionError(
            f"network: host biases of {names}; give one at most to each of {list(populations)}."
        )
    for h in network.host:
        _require_fit(h, populations[h.target], network.input_size)


def _require_fit(host: HostBias, population: Any, channels: int) -> None:
    if host.ends != (population.size, channels):
        raise DescriptionError(
            f"host bias of {host.target!r}: it joins {host.ends[1]} channels to {host.ends[0]} "
            f"neurons, the network has {channels} and {population.size}."
        )
    if host.connectivity.row_bound(host.weights) << host.bits >= EXACT:
        raise LimitError(
            f"host bias of {host.target!r}: a sum may leave the integers that a float holds; use "
            f"fewer or smaller weights."
        )
    low, high = host.range()
    own = population.bias_mant.astype(np.int64)
    worst = int(max((own + high).max(), -(own + low).min() - 1))
    if worst > limits.BIAS_MAX:
        raise LimitError(
            f"host bias of {host.target!r}: a mantissa may reach {worst}, beyond "
            f"{limits.BIAS_MAX}, the largest of 13 bits; quantise with another scale."
        )


def written_biases(network: Any, inputs: Array) -> dict[str, Array]:
    """Mantissas of the populations whose biases the host writes, int64 (samples, neurons).

    Args:
        network: In integers.
        inputs: bool (steps, samples, input size), the same in every step.

    Raises:
        DescriptionError: The input changes from step to step.
    """
    if not network.host:
        return {}
    if not (inputs == inputs[:1]).all():
        raise DescriptionError(
            "inputs change from step to step, and the host writes biases once for each sample; "
            "give numbers that stay (encoder 'bit_planes')."
        )
    own = {p.name: p.bias_mant.astype(np.int64) for p in network.populations}
    return {h.target: own[h.target] + h.mantissas(inputs[0]) for h in network.host}


def written_neurons(hosts: Iterable[HostBias]) -> int:
    """How many biases are written for each sample."""
    return sum(h.ends[0] for h in hosts)
