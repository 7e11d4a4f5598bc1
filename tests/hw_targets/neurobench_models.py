"""Loihi's neurons as layers that NeuroBench counts; needs snntorch."""

import numpy as np
import snntorch
import torch


class FixedPointNeurons(snntorch.SpikingNeuron):
    """Loihi's neurons in Lava's fixed point, as a layer that NeuroBench knows."""

    def __init__(self, population):
        super().__init__(init_hidden=True, output=True)
        self.population = population
        self.reset()

    def reset(self):
        self.current = torch.zeros(1, dtype=torch.int64)
        self.mem = torch.zeros(1, dtype=torch.int64)

    def forward(self, drive):
        p = self.population
        self.current = decayed(self.current, 4095 - p.du) + (drive.long() << 6)
        bias = torch.from_numpy(p.bias_mant.astype(np.int64)) << p.bias_exp
        v = decayed(self.mem, 4096 - p.dv) + self.current + bias
        spikes = v > (p.vth << 6)
        self.mem = torch.where(spikes, torch.zeros_like(v), v)
        return spikes.double(), self.mem


def decayed(state, kept):
    return torch.sign(state) * ((state.abs() * kept) >> 12)
