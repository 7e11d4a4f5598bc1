"""pip install sinabs nir nirtorch"""

import nir
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


save("sinabs", *train(net.parameters(), output_spikes))
nir.write("sinabs.nir", to_nir(net, torch.zeros(1, 1, CHANNELS)))
