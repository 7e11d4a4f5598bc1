"""pip install rockpool nir nirtorch"""

import nir
import numpy as np
import torch
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LIFTorch, LinearTorch, to_nir
from rockpool.parameters import Constant
from task import CHANNELS, CLASSES, save
from training import train

torch.manual_seed(0)
DT = 1e-3  # seconds


def neurons(count):
    """What a NIR file of Rockpool holds: no bias, no noise, and a spike a step at most."""
    return LIFTorch(
        count,
        tau_mem=Constant(10e-3),
        tau_syn=Constant(5e-3),
        threshold=Constant(1.0),
        bias=Constant(0.0),
        max_spikes_per_dt=1,
        dt=DT,
    )


net = Sequential(
    LinearTorch((CHANNELS, 30), has_bias=False),
    neurons(30),
    LinearTorch((30, CLASSES), has_bias=False),
    neurons(CLASSES),
)


def stepwise(graph, dt):
    """The same graph with the constants of which NIR's Euler step makes Rockpool's decays.

    Rockpool keeps exp(-dt/tau) of a current and of a membrane per step, an Euler step 1 - dt/tau;
    and its current decays once before the membrane takes it whole.
    """
    for node in graph.nodes.values():
        if isinstance(node, nir.CubaLIF):
            current, membrane = np.exp(-dt / node.tau_syn), np.exp(-dt / node.tau_mem)
            node.tau_syn, node.tau_mem = dt / (1 - current), dt / (1 - membrane)
            node.w_in, node.r = current / (1 - current), 1 / (1 - membrane)
    return graph


def output_spikes(samples):
    net.reset_state()
    return net(samples)[0]


save("rockpool", *train(net.parameters().astorch(), output_spikes))
nir.write("rockpool.nir", stepwise(to_nir(net, torch.zeros(1, 20, CHANNELS)), DT))
