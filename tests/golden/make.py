"""Makes the golden traces anew: `python -m tests.golden.make`, from the root of the repository.

Integers come from Lava 0.10.0 with its own runtime, floats from Norse 1.1.0. Run it only when a
simulator or the file form changes on purpose, and say in the commit why the traces moved.
"""

from __future__ import annotations

from random import Random

import numpy as np

from hw_targets.lava import cpu as lava_cpu
from spikeff.provenance import package_versions
from spikeff.references import norse as norse_reference
from tests.golden.golden_trace import FOLDER, GoldenTrace, save_golden
from tests.networks import DT, random_case, random_description, random_inputs

# Name -> seed of tests/networks/random_integers.py.
INTEGERS = {
    "chain-without-saturation": 349,
    "loop-and-perfect-integrator": 307,
    "loops-slowest-decays": 253,
    "wrapped-and-clipped": 332,
    "delay-62": 201,
}
# Name -> options of tests/networks/random_descriptions.py.
FLOATS = {
    "decaying-current": {"tau_syn": 4 * DT},
    "one-spike-lasting-current": {"one_spike": True},
}


def main() -> None:
    """Write every file."""
    versions = {
        name: version
        for name, version in package_versions().items()
        if name in ("python", "numpy", "norse", "torch", "lava-nc")
    }
    for name, seed in INTEGERS.items():
        case = random_case(Random(seed))
        trace = lava_cpu.run_integer(case.network, case.inputs, record_states=True).trace
        _save(name, "integers", seed, versions, GoldenTrace(case.network, case.inputs, trace, {}))
    for seed, (name, options) in enumerate(FLOATS.items()):
        rng = np.random.default_rng(seed)
        description = random_description(rng, (8, 6), **options)  # type: ignore[arg-type]
        inputs = random_inputs(rng, description.steps, samples=3)
        trace = norse_reference.run(description, inputs, record_states=True)
        _save(name, "floats", seed, versions, GoldenTrace(description, inputs, trace, {}))


def _save(
    name: str, numbers: str, seed: int, versions: dict[str, str], golden: GoldenTrace
) -> None:
    golden.made_by.update(
        script="tests/golden/make.py",
        simulator=golden.trace.simulator,
        numbers=numbers,
        seed=seed,
        versions=versions,
    )
    save_golden(FOLDER / f"{name}.safetensors", golden)


if __name__ == "__main__":
    main()
