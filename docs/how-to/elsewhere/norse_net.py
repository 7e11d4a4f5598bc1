"""pip install norse nir nirtorch"""

import nir
import norse.torch as norse
import torch
from norse.torch.utils.export_nir import to_nir
from task import CHANNELS, CLASSES, STEPS, save
from training import train

torch.manual_seed(0)
DT = 1e-3  # seconds


def cell(neurons):
    """Constants are arrays: single numbers cannot be written by the nir package."""
    constants = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((neurons,), 100.0),
        v_th=torch.ones(neurons),
        v_leak=torch.zeros(neurons),
        v_reset=torch.zeros(neurons),
    )
    return norse.LIFBoxCell(constants, dt=DT)


net = norse.SequentialState(
    torch.nn.Linear(CHANNELS, 30), cell(30), torch.nn.Linear(30, CLASSES), cell(CLASSES)
)
with torch.no_grad():
    net[0].weight *= 30  # Norse gives a membrane dt/tau of its current
    net[2].weight *= 30


def output_spikes(samples):
    state, fired = None, []
    for step in range(STEPS):
        z, state = net(samples[:, step], state)
        fired.append(z)
    return torch.stack(fired, 1)


save("norse", *train(net.parameters(), output_spikes, rate=5e-2))
nir.write(
    "norse.nir", to_nir(net, torch.zeros(1, CHANNELS), dt=1)
)  # dt=1: the constants as they are
