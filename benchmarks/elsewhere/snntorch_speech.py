"""Trains a recurrent network in snnTorch on spoken digits, and records its spikes.

    pip install snntorch nirtorch
    python snntorch_speech.py train DATA_FOLDER OUT_FOLDER
    python snntorch_speech.py record DATA_FOLDER OUT_FOLDER

``train`` needs torch and snnTorch alone and writes OUT_FOLDER/speech.pt; ``record`` writes the
files that ``snntorch_images.py`` writes, named speech.

Weights are on a grid of 1/64, rounded in training with the gradient passed straight through. The
test part is the customary one, indices 0 to 4 of each digit and speaker. With ``--unheard
NAME`` all recordings of one speaker are the test part, and training hears none of them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import snntorch as snn
import torch
from speech import CHANNELS, recordings
from spikes import OnGrid, fires, leave_grid, put_on_grid
from torch.nn import functional
from torch.nn.utils import parametrize

HIDDEN = 128
BETA = 0.875
GRID = 64
RESET = {"reset_mechanism": "zero", "reset_delay": False}
POPULATIONS = ("1.lif", "3")  # as nirtorch and snnTorch name the layers of spiking neurons


def network():
    constants = {"spike_grad": fires, "init_hidden": True, **RESET}
    recurrent = snn.RLeaky(
        beta=torch.full((HIDDEN,), BETA),
        threshold=torch.ones(HIDDEN),
        linear_features=HIDDEN,
        **constants,
    )
    torch.nn.init.zeros_(recurrent.recurrent.bias)  # which NIR is not given
    recurrent.recurrent.bias.requires_grad = False
    last = snn.Leaky(beta=torch.full((10,), BETA), threshold=torch.ones(10), **constants)
    return torch.nn.Sequential(
        torch.nn.Linear(CHANNELS, HIDDEN), recurrent, torch.nn.Linear(HIDDEN, 10), last
    )


def spikes_of(net, samples):
    """Spikes of both layers of neurons for (samples, steps, channels), each (samples, steps, n)."""
    for layer in (net[1], net[3]):
        layer.reset_mem()
    made = ([], [])
    for step in samples.transpose(0, 1):
        made[0].append(net[1](net[0](step)))
        made[1].append(net[3](net[2](made[0][-1])))
    return [torch.stack(z, 1) for z in made]


def parts(folder, unheard):
    """Spikes and labels of training and test, as tensors."""
    spikes, digits, speakers, indices = recordings(folder)
    test = speakers == unheard if unheard else indices < 5
    if not test.any():
        raise SystemExit(f"{folder}: no recording of {unheard}; heard are {sorted(set(speakers))}")
    return [torch.tensor(a[rows]) for rows in (~test, test) for a in (spikes, digits)]


def correct(net, spikes, labels):
    with torch.no_grad():
        counts = spikes_of(net, spikes)[-1].sum(1)
    return 100 * float((counts.argmax(1) == labels).double().mean())


def jittered(spikes):
    """A few steps earlier or later, one band of channels silent."""
    shifted = torch.roll(spikes, int(torch.randint(-4, 5, ())), 1)
    kept = torch.rand(len(spikes), 1, spikes.shape[2] // 4, device=spikes.device) > 0.1
    return shifted * kept.repeat_interleave(4, 2)


def train(folder, unheard, device, epochs):
    torch.manual_seed(0)
    x, y, test_x, test_y = (part.to(device) for part in parts(folder, unheard))
    net = network().to(device)
    put_on_grid((net[0], net[2]), GRID)
    parametrize.register_parametrization(net[1].recurrent, "weight", OnGrid(GRID))
    free = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(free, lr=1e-3, weight_decay=1e-2)
    batches = -(-len(y) // 64)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, epochs * batches)
    for epoch in range(epochs):
        begun = time.perf_counter()
        for rows in torch.randperm(len(y), device=device).split(64):
            with parametrize.cached():
                counts = spikes_of(net, jittered(x[rows]))[-1].sum(1)
            optimiser.zero_grad()
            functional.cross_entropy(counts / 2, y[rows]).backward()
            torch.nn.utils.clip_grad_norm_(free, 1.0)
            optimiser.step()
            plan.step()
        took = time.perf_counter() - begun
        if epoch % 10 == 9 or epoch + 1 == epochs:
            print(
                f"epoch {epoch + 1}: {correct(net, test_x, test_y):.2f} % of the test part, "
                f"{took:.1f} s",
                flush=True,
            )
    leave_grid((net[0], net[2]))
    parametrize.remove_parametrizations(net[1].recurrent, "weight")
    return net.cpu().state_dict()


def record(folder, unheard, weights, out, name):
    import nir
    from snntorch.export_nir import export_to_nir

    torch.set_default_dtype(torch.float64)  # else time constants are rounded, and decays with them
    net = network()
    net.load_state_dict(weights)
    nir.write(out / f"{name}.nir", export_to_nir(net, torch.zeros(CHANNELS)))
    some, which, spikes, labels = parts(folder, unheard)
    order = np.random.default_rng(0).permutation(len(which))[:400]
    np.savez_compressed(
        out / f"{name}_calibration.npz", spikes=some.numpy()[order] > 0, labels=which.numpy()[order]
    )
    with torch.no_grad():
        made = [z.numpy() > 0 for z in spikes_of(net, spikes.double())]
    np.savez_compressed(
        out / f"{name}_spikes.npz", spikes=spikes.numpy() > 0, labels=labels.numpy()
    )
    np.savez_compressed(out / f"{name}_theirs.npz", **dict(zip(POPULATIONS, made, strict=True)))
    right = (made[-1].sum(1).argmax(1) == labels.numpy()).mean()
    print(f"snnTorch in float64: {100 * right:.2f} % of {len(labels)} recordings")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("do", choices=("train", "record"))
    parser.add_argument("data", help="the folder of the recordings")
    parser.add_argument("out", type=Path)
    parser.add_argument("--unheard", help="the speaker that only the test hears")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=60)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    name = f"speech_{args.unheard}" if args.unheard else "speech"
    file = args.out / f"{name}.pt"
    if args.do == "train":
        torch.save(train(args.data, args.unheard, args.device, args.epochs), file)
    else:
        weights = torch.load(file, weights_only=True)
        record(args.data, args.unheard, weights, args.out, name)


if __name__ == "__main__":
    main()
