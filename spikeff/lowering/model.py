"""From a trained model to its NetworkDescription: float weights, constants, wiring, readout."""

from __future__ import annotations

from dataclasses import replace

from spikeff.errors import DescriptionError
from spikeff.ir.network import NetworkDescription
from spikeff.lowering.parts import input_code, with_self_inhibition
from spikeff.lowering.row import describe_row
from spikeff.lowering.timed import describe_timed
from spikeff.nn.graph.ff_graph import GraphFFNetwork
from spikeff.nn.network import SpikingFFNetwork
from spikeff.training.answers import readout_of
from spikeff.training.model import Model


def describe(model: Model) -> NetworkDescription:
    """Describe what ``model`` has learned so far.

    A limit of spikes per neuron and sample becomes what a chip can do. For one spike under a
    synaptic current that lasts as long as the sample: a one-to-one synapse from each neuron to
    itself whose inhibition outweighs the largest input current that the weights allow. For any
    other limit: a gate behind the layer (``spikeff.ir.circuits.spike_limit``); it bears the layer's
    name, and the neurons in front of it are ``layer1.free`` and so on. A budget puts
    ``layer1.budget`` and ``layer1.passed`` behind the layer (``spikeff.ir.circuits.spike_budget``):
    the layer above receives the spikes of ``layer1.passed``, the readout those of ``layer1``.

    Raises:
        DescriptionError: The network has parts that no description can hold.
    """
    return replace(_described(model), provenance=_provenance(model))


def _described(model: Model) -> NetworkDescription:
    network = model.network
    if isinstance(network, SpikingFFNetwork):
        return with_self_inhibition(describe_row(model, network))
    if isinstance(network, GraphFFNetwork):
        return describe_timed(
            network.timed,
            model.config.data.steps,
            input_code(model),
            network.labels,
            readout_of(model, tuple(network.timed.learning[k] for k in network.read)),
            model.config.data.dataset,
        )
    raise DescriptionError(
        f"network {type(network).__name__!r}: only layers in a row and networks in time are "
        f"described."
    )


def _provenance(model: Model) -> dict[str, int]:
    return {"seed": model.config.seed, "epochs": model.epochs_done}
