"""pip install snntorch nirtorch"""

import nir
import snntorch as snn
import torch
from snntorch.export_nir import export_to_nir
from task import CHANNELS, CLASSES, STEPS, save
from training import train

torch.manual_seed(0)


def leaky(neurons, **more):
    """Constants are arrays: with single numbers the export fails with "type mismatch"."""
    return snn.Leaky(
        beta=torch.full((neurons,), 0.9),
        threshold=torch.ones(neurons),
        init_hidden=True,
        **more,
    )


net = torch.nn.Sequential(
    torch.nn.Linear(CHANNELS, 30),
    leaky(30),
    torch.nn.Linear(30, CLASSES),
    leaky(CLASSES, output=True),
)


def output_spikes(samples):
    for layer in (net[1], net[3]):
        layer.reset_mem()
    return torch.stack([net(samples[:, step])[0] for step in range(STEPS)], 1)


save("snntorch", *train(net.parameters(), output_spikes))
nir.write("snntorch.nir", export_to_nir(net, torch.zeros(CHANNELS)))
