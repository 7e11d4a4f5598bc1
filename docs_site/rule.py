"""images/rule.svg: the factors of the local rule at one synapse, step by step."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from spikeff.ir.goodness import get_goodness, in_columns
from spikeff.nn.neurons.lif import LIFConstants, lif_run_with_surrogate, synaptic_trace

STEPS, INPUTS, NEURONS, SEED = 30, 12, 6, 5
CONSTANTS = LIFConstants(tau_syn=4e-3, tau_mem=6e-3, v_th=1.0, dt=1e-3, spike_limit=None)
SLOPE = 5.0


def picture() -> Figure:
    """A column of neurons hears random inputs; what the synapse from input 0 to neuron 0 learns."""
    generator = torch.Generator().manual_seed(SEED)
    inputs = (torch.rand(STEPS, 1, INPUTS, generator=generator) < 0.15).float()
    weights = 0.45 * torch.rand(NEURONS, INPUTS, generator=generator)
    spikes, psi = lif_run_with_surrogate(inputs @ weights.t(), CONSTANTS, SLOPE)
    mates = get_goodness("pairs").derivative(in_columns(spikes, NEURONS), 0.0).reshape(psi.shape)
    trains = {"input i": inputs[:, 0, 0], "neuron j": spikes[:, 0, 0]}
    trace = synaptic_trace(inputs, CONSTANTS)
    factors = {"dG/dz": mates[:, 0, 0], "psi": psi[:, 0, 0], "xbar": trace[:, 0, 0]}
    product = torch.stack(list(factors.values())).prod(0)
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    raster, *panels, last = figure.subplots(len(factors) + 2, 1, sharex=True)
    raster.eventplot([torch.nonzero(z)[:, 0].numpy() for z in trains.values()], linelengths=0.7)
    raster.set_yticks(range(len(trains)), list(trains))
    for axes, (name, values) in zip(panels, factors.items(), strict=True):
        axes.step(range(STEPS), values, where="mid", color="C2")
        axes.set_ylabel(name)
    last.bar(range(STEPS), product, color="C3")
    last.set_ylabel("product")
    last.set_xlabel(f"step; with m = 1 the weight changes by {product.sum().item():.2f}")
    return figure
