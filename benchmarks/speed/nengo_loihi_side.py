"""nengo-loihi's emulator on one net, for `benchmarks.emulator`; runs in an interpreter of its own.

    python nengo_loihi_side.py NETWORK.npz REPETITIONS

The file holds weights W0, W1, ... (targets, sources), thresholds vth, decays du and dv, and spikes
(steps, samples, channels). Prints JSON: seconds per presentation of each repetition, and spikes per
neuron and step. The samples run in a row, as on a chip; nothing resets the state between them.
"""

import json
import sys
import time

import numpy as np
from nengo_loihi.block import Axon, LoihiBlock, Synapse
from nengo_loihi.builder import Model
from nengo_loihi.builder.discretize import discretize_model
from nengo_loihi.emulator import EmulatorInterface
from nengo_loihi.inputs import SpikeInput
from nengo_loihi.probe import LoihiProbe


def build(found):
    """Model, spike probes, and steps to run."""
    steps, samples, channels = found["spikes"].shape
    model = Model()
    source = SpikeInput(channels)
    for sample in range(samples):
        for step in range(steps):
            hot = np.flatnonzero(found["spikes"][step, sample])
            source.add_spikes(1 + sample * steps + step, hot, permanent=True)
    model.add_input(source)
    blocks = []
    for depth in range(len(found["vth"])):
        weights = found[f"W{depth}"]
        block = LoihiBlock(weights.shape[0])
        block.compartment.configure_relu()
        model.add_block(block)
        synapse = Synapse(weights.shape[1])
        synapse.set_weights(weights.T / 256.0)
        block.add_synapse(synapse)
        axon = Axon(weights.shape[1])
        axon.target = synapse
        source.add_axon(axon)
        source = block
        blocks.append(block)
        model.add_probe(LoihiProbe(target=block, key="spiked"))
    discretize_model(model)
    for depth, block in enumerate(blocks):
        block.compartment.decay_u[:] = found["du"]
        block.compartment.decay_v[:] = found["dv"]
        # So far the threshold is 1, and weights are shares of 256.
        one = int(block.compartment.vth[0])
        block.compartment.vth[:] = one * int(found["vth"][depth]) // 256
    return model, steps * samples


def main(path, repetitions):
    """Run and print."""
    found = np.load(path)
    seconds = []
    for _ in range(repetitions):
        model, steps = build(found)
        with EmulatorInterface(model, seed=0) as emulator:
            start = time.perf_counter()
            emulator.run_steps(steps)
            seconds.append((time.perf_counter() - start) / found["spikes"].shape[1])
            firing = [float(np.mean(emulator.collect_probe_output(p) > 0)) for p in model.probes]
    print(json.dumps({"seconds": seconds, "firing": firing}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
