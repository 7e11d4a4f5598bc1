"""images/rule.svg: the factors of the local rule at one synapse, step by step."""

from __future__ import annotations

from pathlib import Path

import torch

from docs_site.figure_svg import new_figure, svg
from spikeff.ir.goodness import get_goodness, in_columns
from spikeff.nn.lif import LIFConstants, lif_run_with_surrogate, synaptic_trace

STEPS, INPUTS, NEURONS, SEED = 30, 12, 6, 5
CONSTANTS = LIFConstants(tau_syn=4e-3, tau_mem=6e-3, v_th=1.0, dt=1e-3, spike_limit=None)
SLOPE, MODULATION = 5.0, 1.0
SYNAPSE = (0, 0)  # neuron, input


def pages(root: Path) -> dict[str, str]:
    """The picture."""
    return {"images/rule.svg": picture()}


def picture() -> str:
    """One column of neurons hears random inputs; what one of its synapses learns from."""
    generator = torch.Generator().manual_seed(SEED)
    inputs = (torch.rand(STEPS, 1, INPUTS, generator=generator) < 0.15).float()
    weights = 0.45 * torch.rand(NEURONS, INPUTS, generator=generator)
    spikes, psi = lif_run_with_surrogate(inputs @ weights.t(), CONSTANTS, SLOPE)
    mates = get_goodness("pairs").derivative(in_columns(spikes, NEURONS), 0.0).reshape(psi.shape)
    trace = synaptic_trace(inputs, CONSTANTS)
    neuron, source = SYNAPSE
    factors = {
        "dG/dz": mates[:, 0, neuron],
        "psi": psi[:, 0, neuron],
        "xbar": trace[:, 0, source],
    }
    product = MODULATION * factors["dG/dz"] * factors["psi"] * factors["xbar"]
    figure = new_figure(8, 4.6)
    panels = figure.subplots(len(factors) + 2, 1, sharex=True)
    for name, z, axes in (
        ("input i", inputs[:, 0, source], panels[0]),
        ("neuron j", spikes[:, 0, neuron], panels[0]),
    ):
        row = 0.0 if name == "input i" else 1.0
        steps = torch.nonzero(z)[:, 0].tolist()
        axes.plot(steps, [row] * len(steps), "|", markersize=12, markeredgewidth=2, label=name)
    panels[0].set_yticks([0, 1], ["input i", "neuron j"])
    panels[0].set_ylim(-0.6, 1.6)
    for axes, (name, values) in zip(panels[1:-1], factors.items(), strict=True):
        axes.step(range(STEPS), values, where="mid", color="C2")
        axes.set_ylabel(name)
    panels[-1].bar(range(STEPS), product, color="C3")
    panels[-1].set_ylabel("product")
    panels[-1].set_xlabel(f"step; with m = 1 the weight changes by {product.sum().item():.2f}")
    return svg(figure)
