"""The same training for every library on torch: cross entropy of spike counts, ten epochs."""

import numpy as np
import torch
from task import TRAIN, samples


def train(parameters, output_spikes, rate=5e-3):
    """Adam on the training samples.

    Args:
        parameters: What is learned.
        output_spikes: From spikes (samples, steps, channels) to spikes (samples, steps, classes).
        rate: Adam's step.

    Returns:
        Spikes and labels of all samples, and what the trained network fires.
    """
    spikes, labels = samples()
    x, y = torch.tensor(spikes, dtype=torch.get_default_dtype()), torch.tensor(labels)
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for _ in range(10):
        for rows in torch.arange(TRAIN.stop).split(20):
            optimiser.zero_grad()
            counts = output_spikes(x[rows]).sum(1)
            torch.nn.functional.cross_entropy(counts, y[rows]).backward()
            optimiser.step()
    with torch.no_grad():
        return spikes, labels, np.asarray(output_spikes(x))
