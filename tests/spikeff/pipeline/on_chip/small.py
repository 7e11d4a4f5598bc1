"""What is learned on an emulated chip in these tests: forty neurons and thirty digits."""

from __future__ import annotations

from spikeff.data.encoders import encode
from spikeff.data.registry import load_split

SMALL = """
preset = "digits-onchip"
network.layers = [40]
network.layer_defaults.column_size = 10
network.layer_defaults.initial_firing = 0.05
schedule.epochs = 2
"""
SAMPLES = load_split("digits", "train", None).head(30)


def trains(network, samples):
    return encode(network.input.encoder, samples.images, network.steps, network.input.threshold)
