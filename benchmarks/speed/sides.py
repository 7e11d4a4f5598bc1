"""What learns in `benchmarks.speed.training`: our rules, and backprop through time elsewhere.

Every side trains 784-1000-1000 neurons with the same constants on the same burst-coded images.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from norse.torch import LIFFeedForwardState, LIFParameters
from norse.torch.functional.lif import lif_feed_forward_step
from torch import Tensor, nn

from spikeff.data.encoders import encode
from spikeff.data.registry import Split, load_split
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer

BATCH = 100
LAYERS = (1000, 1000)
TAU, DT, SLOPE, THRESHOLD = 0.002, 1e-3, 5.0, 1.0
LEARNING_RATE = 1e-3
TrainingStep = Callable[[], None]


def images(data: Path | None) -> Split:
    """MNIST's first images, or where no data are given random ones as dark as they are."""
    if data is not None:
        return load_split("mnist", "train", data).head(BATCH)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (BATCH, 784), dtype=np.uint8)
    pixels[rng.random(pixels.shape) > 0.2] = 0
    return Split(pixels, rng.integers(0, 10, BATCH), (28, 28), 10)


def our_trainer(
    objective: str,
    rule: str,
    split: Split,
    steps: int,
    device: str,
    layers: tuple[int, ...] = LAYERS,
) -> Trainer:
    """A trainer whose epoch is one batch: encoding, negatives, readout, log and all."""
    fields: dict[str, Any] = {
        "data": {"dataset": "mnist", "steps": steps},
        "data.encoder": {"kind": "burst", "pixel_threshold": 0.2},
        "network.layers": list(layers),
        "network.layer_defaults": {
            "column_size": 10,
            "neuron": {"tau_syn": TAU, "tau_mem": TAU, "v_th": THRESHOLD},
            "goodness": "pairs",
            "initial_firing": 0.05,
        },
        "objective": objective,
        "learning": {"rule": rule, "surrogate_slope": SLOPE, "learning_rate": LEARNING_RATE},
        "schedule": {"kind": "constant", "batch_size": BATCH, "epochs": 1},
    }
    if objective == "pair":
        fields["network.labels"] = {"gain": 8.0, "steps": [0]}
    else:
        fields["objective.temperature"] = 3.0
    torch.set_num_threads(1)
    config = make_config(with_fields({}, fields), "benchmark")
    trainer = Trainer(config, split.head(BATCH), torch.device(device))
    trainer.calibrate()
    return trainer


def ours(objective: str, rule: str, split: Split, steps: int, device: str) -> TrainingStep:
    """A batch by a local rule, as `spikeff train` takes it."""
    trainer = our_trainer(objective, rule, split, steps, device)

    def step() -> None:
        torch.set_num_threads(1)
        trainer.train_epoch()
        finish(device)

    return step


def finish(device: str) -> None:
    """Wait until a GPU has done what it was given."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


class Backprop:
    """Cross-entropy of a linear readout of all spike counts, end to end through time."""

    def __init__(self, split: Split, steps: int, threads: int, device: str) -> None:
        self.split, self.steps, self.threads, self.device = split, steps, threads, device
        torch.manual_seed(0)
        sizes = (split.images.shape[1], *LAYERS)
        self.synapses = [
            nn.Linear(a, b, bias=False, device=device) for a, b in zip(sizes, LAYERS, strict=False)
        ]
        self.readout = nn.Linear(sum(LAYERS), split.classes, device=device)
        self.optimiser = torch.optim.Adam(
            [p for layer in [*self.synapses, self.readout] for p in layer.parameters()],
            lr=LEARNING_RATE,
            fused=True,
        )
        self.batch = self.encoded()
        with torch.no_grad():
            for synapses, firing_gain in zip(self.synapses, (2.0, 4.0), strict=True):
                synapses.weight.mul_(firing_gain)

    def encoded(self) -> tuple[Tensor, Tensor]:
        """Dense spikes and labels of the first batch: ready before the clock starts."""
        spikes = encode("burst", self.split.images[:BATCH], self.steps, 0.2)
        labels = torch.from_numpy(self.split.labels[:BATCH].astype(np.int64))
        return torch.from_numpy(spikes).float().to(self.device), labels.to(self.device)

    def population(self, drive: Tensor) -> Tensor:
        """Spikes (steps, samples, neurons) of one layer, with a graph."""
        raise NotImplementedError

    def __call__(self) -> None:
        torch.set_num_threads(self.threads)
        spikes, labels = self.batch
        counts = []
        for synapses in self.synapses:
            spikes = self.population(synapses(spikes))
            counts.append(spikes.sum(0))
        loss = nn.functional.cross_entropy(self.readout(torch.cat(counts, 1)), labels)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        finish(self.device)


class NorseBackprop(Backprop):
    """Norse's own step and surrogate."""

    parameters = LIFParameters(
        tau_syn_inv=torch.tensor(1 / TAU),
        tau_mem_inv=torch.tensor(1 / TAU),
        v_th=torch.tensor(THRESHOLD),
        alpha=torch.tensor(SLOPE),
    )

    def population(self, drive: Tensor) -> Tensor:
        """See :class:`Backprop`."""
        rest = torch.zeros_like(drive[0])
        state = LIFFeedForwardState(rest, rest)
        spikes = []
        for arriving in drive:
            z, state = lif_feed_forward_step(arriving, state, self.parameters, DT)
            spikes.append(z)
        return torch.stack(spikes)


class SnnTorchBackprop(Backprop):
    """snnTorch's synaptic neuron with its fast sigmoid."""

    def population(self, drive: Tensor) -> Tensor:
        """See :class:`Backprop`."""
        import snntorch

        keep = 1 - DT / TAU
        neurons = snntorch.Synaptic(
            alpha=keep,
            beta=keep,
            threshold=THRESHOLD,
            spike_grad=snntorch.surrogate.fast_sigmoid(slope=SLOPE),
            reset_mechanism="zero",
        )
        current, potential = (x.to(self.device) for x in neurons.init_synaptic())
        spikes = []
        # The share of the current that Norse's membrane takes up per step.
        for arriving in drive * (DT / TAU):
            z, current, potential = neurons(arriving, current, potential)
            spikes.append(z)
        return torch.stack(spikes)


THREE_FACTOR, GRADIENT = "three_factor", "surrogate_gradient"
# Name -> what makes a side, and the presentations of one image.
SIDES: dict[str, tuple[Callable[[Split, int, int, str], TrainingStep], int]] = {
    "local rule, label in input": (lambda s, t, n, d: ours("pair", THREE_FACTOR, s, t, d), 2),
    "local rule, class columns": (
        lambda s, t, n, d: ours("class_columns", THREE_FACTOR, s, t, d),
        1,
    ),
    "layer's gradient, class columns": (
        lambda s, t, n, d: ours("class_columns", GRADIENT, s, t, d),
        1,
    ),
    "backprop, Norse": (NorseBackprop, 1),
    "backprop, snnTorch": (SnnTorchBackprop, 1),
}
