"""pip install lava-dl (Python 3.10)"""

import h5py
import torch
from lava.lib.dl import slayer
from task import CHANNELS, CLASSES, STEPS, save
from training import train

torch.manual_seed(0)
NEURON = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}


def block(heard, neurons):
    """Without its delay, which gives a layer's spikes one step late."""
    return slayer.block.cuba.Dense(NEURON, heard, neurons, delay_shift=False)


net = torch.nn.Sequential(block(CHANNELS, 30), block(30, CLASSES))


def output_spikes(samples):
    """lava-dl has time last."""
    return net(samples.transpose(1, 2)).transpose(1, 2)


save("lava_dl", *train(net.parameters(), output_spikes))
with h5py.File("lava_dl.net", "w") as file:
    file["simulation/Ts"], file["simulation/tSample"] = 1, STEPS
    for number, block in enumerate(net):
        block.export_hdf5(file.create_group(f"layer/{number}"))
