"""A Lava run for tests that interrupt it: `python -m tests.parity.lava_script STEPS`."""

from __future__ import annotations

import sys

import numpy as np

from hw_targets.lava import cpu as lava_cpu
from tests.networks import random_description, random_inputs


def main(steps: int) -> None:
    """Run one small network for ``steps`` steps and print its spikes."""
    rng = np.random.default_rng(0)
    description = random_description(rng, steps=steps)
    trace = lava_cpu.run_float(description, random_inputs(rng, steps, samples=1)).trace
    print(sum(int(z.sum()) for z in trace.spikes.values()), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
