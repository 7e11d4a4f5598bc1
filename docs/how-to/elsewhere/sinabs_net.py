"""pip install sinabs nir nirtorch"""

import nir
import numpy as np
import sinabs.layers as sl
import torch
from sinabs.activation import SingleSpike
from sinabs.nir import to_nir
from task import CHANNELS, CLASSES, save
from training import train

torch.manual_seed(0)


def neurons(count):
    """Its default, MultiSpike, fires several times in one step, which no neuron of a chip does.

    Constants are arrays: single numbers cannot be written by the nir package.
    """
    return sl.LIF(
        tau_mem=torch.full((count,), 10.0),
        spike_threshold=torch.ones(count),
        spike_fn=SingleSpike,
        norm_input=False,
    )


net = torch.nn.Sequential(
    torch.nn.Linear(CHANNELS, 30), neurons(30), torch.nn.Linear(30, CLASSES), neurons(CLASSES)
)


def output_spikes(samples):
    for layer in (net[1], net[3]):
        layer.reset_states()
    return net(samples)


def stepwise(graph):
    """The same graph with the constants of which NIR's Euler step makes what sinabs computes.

    sinabs keeps exp(-1/tau) of a membrane per step, an Euler step 1 - 1/tau; and the file does not
    say that with ``norm_input=False`` the membrane takes its current whole.
    """
    for node in graph.nodes.values():
        if isinstance(node, nir.LIF):
            node.tau = 1 / (1 - np.exp(-1 / np.asarray(node.tau, np.float64)))
            node.r = node.tau
    return graph


# Trained as well, each time constant would be a population of its own on a chip.
weights = [*net[0].parameters(), *net[2].parameters()]
save("sinabs", *train(weights, output_spikes))
nir.write("sinabs.nir", stepwise(to_nir(net, torch.zeros(1, 1, CHANNELS))))
