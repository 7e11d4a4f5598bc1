"""pip install spikingjelly nir nirtorch"""

import nir
import torch
from spikingjelly.activation_based import functional, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir
from task import CHANNELS, CLASSES, STEPS, save
from training import train

torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(CHANNELS, 30),
    neuron.LIFNode(tau=4.0),
    torch.nn.Linear(30, CLASSES),
    neuron.LIFNode(tau=4.0),
)
with torch.no_grad():
    net[0].weight *= 4  # a membrane takes 1/tau of its current
    net[2].weight *= 4


def output_spikes(samples):
    functional.reset_net(net)
    return torch.stack([net(samples[:, step]) for step in range(STEPS)], 1)


save("spikingjelly", *train(net.parameters(), output_spikes))
functional.reset_net(net)
nir.write("spikingjelly.nir", export_to_nir(net, torch.zeros(1, CHANNELS), dt=1e-4))
