"""Spike trains of three classes, and the files that spikeff compares with; numpy alone."""

import numpy as np

STEPS, CHANNELS, CLASSES = 20, 20, 3
TRAIN, CALIBRATION, TEST = slice(0, 200), slice(200, 300), slice(300, 360)


def samples():
    """Spikes, bool (samples, steps, channels), and labels (samples,); a class has busy channels."""
    rng = np.random.default_rng(0)
    busy = rng.random((CLASSES, CHANNELS)) < 0.4
    labels = rng.integers(0, CLASSES, TEST.stop)
    rates = np.where(busy[labels], 0.5, 0.05)
    return rng.random((TEST.stop, STEPS, CHANNELS)) < rates[:, None], labels


def save(name, spikes, labels, answered):
    """Writes NAME_calibration.npz and NAME_test.npz, and in ..._theirs.npz what the network fires.

    Args:
        name: Of the network.
        spikes: As ``samples`` gives them.
        labels: As ``samples`` gives them.
        answered: Spikes of the last layer for ``spikes``, (samples, steps, classes).
    """
    for part, rows in (("calibration", CALIBRATION), ("test", TEST)):
        np.savez(f"{name}_{part}.npz", spikes=spikes[rows], labels=labels[rows])
        np.savez(f"{name}_{part}_theirs.npz", spikes=np.asarray(answered)[rows] > 0)
    right = np.asarray(answered)[TEST].sum(1).argmax(1) == labels[TEST]
    print(f"{100 * right.mean():.1f} % of {len(right)} test samples")
