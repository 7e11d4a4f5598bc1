"""Trains a convolutional network in snnTorch on MNIST or Fashion-MNIST, and records its spikes.

    pip install snntorch nirtorch
    python snntorch_images.py train mnist DATA_FOLDER OUT_FOLDER --device cuda
    python snntorch_images.py record mnist DATA_FOLDER OUT_FOLDER

(``mnist``, ``fashion``, ``pixels`` or ``tutorial``.)

``train`` needs torch and snnTorch alone and writes OUT_FOLDER/mnist.pt; ``record`` mnist.nir,
mnist_spikes.npz with the input of the test set and its labels, mnist_theirs.npz with the spikes of
each layer as snnTorch gives them, and mnist_calibration.npz with inputs of the training set.

``mnist``: weights in float32, as they come; membranes reset to zero. Trained in two goes, the
second from the weights of the first: ``--epochs 15``, then ``--epochs 4 --rate 1.5e-3 --shift 1
--start OUT_FOLDER/mnist.pt``.
``fashion``: weights on a grid of 1/128, rounded in training with the gradient passed straight
through; snnTorch's default reset, which subtracts the threshold one step late. With membranes that
halve per step no sum of float32 is rounded, so whoever adds in another order gets the same spikes.
``pixels``: MNIST without convolution, its pixels given as currents in every step.
``tutorial``: the same as snnTorch's tutorials have it, 784-1000-10 in 25 steps with beta 0.95 and
its default reset; ``--epochs 2 --rate 1e-3 --shift 0``.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import snntorch as snn
import torch
from images import STEPS, images, rate_code
from spikes import fires, leave_grid, put_on_grid
from torch.nn import functional


@dataclass(frozen=True)
class Task:
    """What differs between the two networks."""

    beta: float
    reset: dict
    grid: int
    mirrored: bool = False
    direct: bool = False
    hidden: int = 100
    steps: int = STEPS

    @property
    def populations(self):
        """The layers of spiking neurons as nirtorch names them."""
        return ("2", "4") if self.direct else ("1", "3", "6")


ZERO = {"reset_mechanism": "zero", "reset_delay": False}
TASKS = {
    "mnist": Task(0.9, ZERO, 0),
    "fashion": Task(0.5, {"reset_mechanism": "subtract"}, 128, mirrored=True),
    "pixels": Task(0.9, ZERO, 0, direct=True),
    "tutorial": Task(0.95, {"reset_mechanism": "subtract"}, 0, direct=True, hidden=1000, steps=25),
}


def network(task):
    def leaky(*shape):
        return snn.Leaky(
            beta=torch.full(shape, task.beta),
            threshold=torch.ones(shape),
            spike_grad=fires,
            init_hidden=True,
            **task.reset,
        )

    if task.direct:
        return torch.nn.Sequential(
            torch.nn.Flatten(),
            torch.nn.Linear(28 * 28, task.hidden),
            leaky(task.hidden),
            torch.nn.Linear(task.hidden, 10),
            leaky(10),
        )
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 5, stride=2, padding=2),
        leaky(16, 14, 14),
        torch.nn.Conv2d(16, 32, 3, stride=2, padding=1),
        leaky(32, 7, 7),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * 7 * 7, 10),
        leaky(10),
    )


def spikes_of(task, net, steps):
    """Spikes of each layer of neurons, (steps, samples, ...), layer by layer over all steps."""
    heard, made = steps, []
    for layer in net:
        if isinstance(layer, snn.Leaky):
            heard = heard.expand(task.steps, *heard.shape[1:])
            layer.mem = torch.zeros_like(heard[0])
            heard = torch.stack([layer(step) for step in heard])
            made.append(heard)
        else:
            heard = layer(heard.flatten(0, 1)).unflatten(0, heard.shape[:2])
    return made


def encoded(task, grey):
    """What is given in each step, (steps, samples, 1, 28, 28); once where it is always the same."""
    return torch.stack([grey[:, None]] if task.direct else rate_code(grey[:, None]))


def as_samples(task, grey):
    """What a file of samples holds: spike trains, or images whose pixels are 255ths."""
    if task.direct:
        return {"images": np.rint(grey * 255).astype(np.uint8)}
    return {"spikes": encoded(task, torch.tensor(grey)).flatten(2).transpose(0, 1).numpy() > 0}


def correct(task, net, grey, labels):
    with torch.no_grad():
        right = [
            (spikes_of(task, net, encoded(task, x))[-1].sum(0).argmax(1) == y).sum()
            for x, y in zip(grey.split(500), labels.split(500), strict=True)
        ]
    return 100 * float(sum(right)) / len(labels)


def train(task, folder, device, epochs, limit, rate=4e-3, shift=2, start=None):
    torch.manual_seed(0)
    data = [
        torch.tensor(a[:limit]).to(device)
        for part in ("train", "test")
        for a in images(folder, part)
    ]
    grey, labels, test_grey, test_labels = data
    net = network(task).to(device)
    if start:
        net.load_state_dict(torch.load(start, weights_only=True))
    if task.grid:
        put_on_grid((net[0], net[2], net[5]), task.grid)
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    batches = -(-len(labels) // 128)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * batches)
    for epoch in range(epochs):
        begun = time.perf_counter()
        for rows in torch.randperm(len(labels), device=device).split(128):
            x = torch.roll(grey[rows], torch.randint(-shift, shift + 1, (2,)).tolist(), (1, 2))
            if task.mirrored and torch.rand(()) < 0.5:
                x = x.flip(2)
            counts = spikes_of(task, net, encoded(task, x))[-1].sum(0)
            optimiser.zero_grad()
            functional.cross_entropy(counts, labels[rows]).backward()
            optimiser.step()
            plan.step()
        took = time.perf_counter() - begun
        print(
            f"epoch {epoch + 1}: {correct(task, net, test_grey, test_labels):.2f} % of the test, "
            f"{took:.1f} s",
            flush=True,
        )
    if task.grid:
        leave_grid((net[0], net[2], net[5]))
    return net.cpu().state_dict()


def record(task, folder, weights, out, name, limit):
    import nir
    from snntorch.export_nir import export_to_nir

    torch.set_default_dtype(torch.float64)  # else time constants are rounded, and decays with them
    net = network(task)
    net.load_state_dict(weights)
    graph = export_to_nir(net, torch.zeros(1, 1, 28, 28), ignore_dims=[0])
    nir.write(out / f"{name}.nir", graph)
    some, which = (a[:400] for a in images(folder, "train"))
    given = as_samples(task, some)
    np.savez_compressed(out / f"{name}_calibration.npz", labels=which, **given)
    grey, labels = (a[:limit] for a in images(folder, "test"))
    made = []
    with torch.no_grad():
        for some in torch.tensor(np.rint(grey * 255) / 255.0).split(500):
            steps = encoded(task, some.double())
            made.append(
                [z.flatten(2).transpose(0, 1).numpy() > 0 for z in spikes_of(task, net, steps)]
            )
    layers = {
        p: np.concatenate(z) for p, z in zip(task.populations, zip(*made, strict=True), strict=True)
    }
    given = as_samples(task, grey)
    np.savez_compressed(out / f"{name}_spikes.npz", labels=labels, **given)
    np.savez_compressed(out / f"{name}_theirs.npz", **layers)
    right = (layers[task.populations[-1]].sum(1).argmax(1) == labels).mean()
    print(f"snnTorch in float64: {100 * right:.2f} % of {len(labels)} test samples")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("do", choices=("train", "record"))
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("data", help="the folder of the four files")
    parser.add_argument("out", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--rate", type=float, default=4e-3, help="the highest of Adam's")
    parser.add_argument("--shift", type=int, default=2, help="pixels, of training images")
    parser.add_argument("--start", type=Path, help="weights to go on from, OUT_FOLDER/mnist.pt")
    parser.add_argument("--limit", type=int, help="only the first samples, for a trial")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    task, file = TASKS[args.task], args.out / f"{args.task}.pt"
    if args.do == "train":
        how = args.rate, args.shift, args.start
        weights = train(task, args.data, args.device, args.epochs, args.limit, *how)
        torch.save(weights, file)
    else:
        record(
            task, args.data, torch.load(file, weights_only=True), args.out, args.task, args.limit
        )


if __name__ == "__main__":
    main()
