"""A kind of connectivity made outside: from its list of synapses to every simulator and file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from hw_targets.cost.counts import count_run
from hw_targets.emulator import run as emulator
from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.lava import compat as lava_compat
from lava_export.lava.graph import integer_graph
from lava_export.mapping.capacity import chip_capacity
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, FileFormatError
from spikeff.ir.connectivity import (
    CONNECTIVITIES,
    Connection,
    Connectivity,
    SynapseList,
    register_connectivity,
)
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.network import NetworkDescription
from tests.networks import random_description, random_inputs
from tests.parity.test_every_kind import assert_one_truth

SIZE = 12


@dataclass(frozen=True, eq=False)
class Ring(Connectivity):
    """Each neuron hears the ``reach`` neurons before it on a ring; a weight for each distance."""

    name: ClassVar[str] = "ring"

    size: int
    reach: int

    def weight_shape(self, target: int, source: int) -> tuple[int, ...]:
        if (target, source) != (self.size, self.size):
            raise DescriptionError(f"ring of {self.size} between {source} and {target} neurons.")
        return (self.reach,)

    def ends(self, shape: tuple[int, ...]) -> tuple[int, int]:
        if shape != (self.reach,):
            raise DescriptionError(f"weights of shape {shape} in ring; it needs ({self.reach},).")
        return self.size, self.size

    def synapses(self, shape: tuple[int, ...]) -> SynapseList:
        post, distance = np.divmod(np.arange(self.size * self.reach), self.reach)
        return SynapseList(post, (post - distance - 1) % self.size, distance)


@pytest.fixture(autouse=True)
def ring() -> Iterator[None]:
    register_connectivity(Ring)
    yield
    CONNECTIVITIES.pop(Ring.name, None)


def on_a_ring() -> NetworkDescription:
    rng = np.random.default_rng(0)
    chain = random_description(rng, (SIZE, SIZE), tau_syn=5e-3, bias=0.2)
    ring = Ring(SIZE, 3)
    ahead = Connection("layer0", "layer1", ring, np.array([0.9, 0.0, -0.4]))
    around = Connection("layer1", "layer1", ring, np.array([0.3, 0.2, -0.2]), delay=2)
    return replace(chain, connections=(chain.connections[0], ahead, around))


@pytest.mark.slow
def test_it_runs_everywhere_from_its_file(tmp_path: Path) -> None:
    save_description(tmp_path / "floats", on_a_ring())
    description = load_description(tmp_path / "floats")
    inputs = random_inputs(np.random.default_rng(1), description.steps, samples=3)
    assert_one_truth(description, inputs)
    save_integer_network(tmp_path / "integers", quantize(description))
    network = load_integer_network(tmp_path / "integers")
    assert network.connections[1].connectivity == Ring(SIZE, 3)
    assert network.connections[1].weights.shape == (3,)
    with lava_compat.untouched_root_logger():
        names = [type(p).__name__ for p in integer_graph(network, inputs).processes]
    assert (names.count("Sparse"), names.count("DelaySparse")) == (1, 1)
    counts = count_run(network, inputs, emulator.run(network, inputs).trace)
    spikes = counts.spikes["layer0"]
    assert counts.synops["layer0->layer1"].tolist() == (2 * spikes).tolist()
    assert [p.cores for p in chip_capacity(network)] == [1, 1]


def test_whoever_reads_its_files_must_know_it(tmp_path: Path) -> None:
    save_description(tmp_path / "floats", on_a_ring())
    del CONNECTIVITIES[Ring.name]
    with pytest.raises(FileFormatError, match="connectivity 'ring' is unknown"):
        load_description(tmp_path / "floats")
