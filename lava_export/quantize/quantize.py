"""From a NetworkDescription to an IntegerNetwork: each population by its role.

Without data the scale with the least squared error on the weights is taken;
``lava_export.quantize.calibration`` chooses scale, threshold and decays together from what they do.
"""

from __future__ import annotations

from collections.abc import Mapping

from lava_export.chips import limits
from lava_export.integers.headroom import require_headroom
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.quantization import Quantization, Scaling
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.host_biases import host_biases
from lava_export.quantize.request import Request, incoming_by_role
from lava_export.quantize.roles import quantizer_of
from lava_export.quantize.rounding import quantize_apart
from lava_export.quantize.scaling import default_scaling
from lava_export.quantize.weight_grid import weight_grid
from spikeff.ir.bounds import host_drives
from spikeff.ir.network import NetworkDescription
from spikeff.ir.numbers import plain_numbers


@plain_numbers
def quantize(
    description: NetworkDescription, bits: int = 8, scalings: Mapping[str, Scaling] | None = None
) -> IntegerNetwork:
    """Quantise all weights to ``bits`` (1 to 9) and every constant to Loihi's widths.

    Args:
        scalings: Scaling of every population; :func:`default_scalings` where left out.

    Raises:
        LimitError: A threshold, a bias or a weight cannot fit, or the weights do not prove that no
            current wraps.
    """
    weight_grid(bits)
    streamed = with_blanking(description)
    chosen = default_scalings(description, bits) if scalings is None else scalings
    populations, connections, hosts = [], [], []
    for population in streamed.populations:
        synapses, inhibition = incoming_by_role(streamed, population)
        request = Request(
            population,
            synapses,
            inhibition,
            streamed.dt,
            streamed.period,
            chosen[population.name],
            bits,
            host_drives(streamed, population.name)[::-1],
        )
        neurons, rounded = quantizer_of(population.role).make(request)
        scale = neurons.current_scale / (1 << limits.ACTIVATION_SHIFT)
        populations.append(neurons)
        connections += rounded
        for c in inhibition:
            connections += quantize_apart(c, scale)
        hosts += host_biases(streamed, neurons)
    network = IntegerNetwork(
        steps=streamed.steps,
        idle_steps=streamed.idle_steps,
        dt=streamed.dt,
        input=streamed.input,
        labels=streamed.labels,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=streamed.readout,
        dataset=streamed.dataset,
        quantization=Quantization(bits, dict(chosen)),
        provenance=streamed.provenance,
        host=tuple(hosts),
    )
    require_headroom(network)
    return network


def default_scalings(description: NetworkDescription, bits: int) -> dict[str, Scaling]:
    """Scaling of every population from its weights alone."""
    streamed = with_blanking(description)
    return {
        p.name: default_scaling(streamed, p, *incoming_by_role(streamed, p), bits)
        for p in streamed.populations
    }
