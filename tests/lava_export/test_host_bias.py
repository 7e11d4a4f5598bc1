"""What a host adds to biases: the integers themselves, their limits and their file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.integers.file import KIND, load_integer_network, save_integer_network
from lava_export.integers.host_bias import HostBias, written_biases
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.serialise import VERSION, WITHOUT_PLASTICITY, pack_integers
from spikeff.errors import DescriptionError, FileFormatError, LimitError, SpikeffError
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE
from spikeff.ir.io.sealed import load_versioned, save_sealed
from spikeff.ir.trace import compare_traces
from tests.networks import integers
from tests.networks.host_biases import hosted_case, in_whole_numbers

CASE = hosted_case(Random(188))


@pytest.mark.parametrize("seed", range(12))
def test_mantissas_are_sums_rounded_half_up(seed: int) -> None:
    case = hosted_case(Random(seed))
    found = written_biases(case.network, case.inputs)
    for name, expected in in_whole_numbers(case.network, case.inputs[0]).items():
        np.testing.assert_array_equal(found[name], expected)


def test_halves_are_rounded_up() -> None:
    host = HostBias("p", ONE_TO_ONE, np.array([1, 3, -1, -3]), 1, 1)
    assert host.mantissas(np.ones((1, 4), bool)).tolist() == [[1, 2, 0, -1]]


def test_the_range_is_what_samples_can_reach() -> None:
    host = HostBias("p", DENSE, np.array([[5, -7], [1, 2]]), 0, 2)
    low, high = host.range()
    assert low.tolist() == [-21, 0]
    assert high.tolist() == [15, 9]


def on(weights: Any, shift: int = 0, bits: int = 2, target: str = "p0") -> IntegerNetwork:
    """Two neurons that hear one number of two bits."""
    made = integers([[2, 2], [2, 2]])
    name = made.populations[0].name if target == "p0" else target
    return replace(made, host=(HostBias(name, DENSE, np.array(weights), shift, bits),))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: on([[1365], [0]]) and on([[1366], [0]]), "13 bits"),
        (lambda: on([[-1365], [0]]) and on([[-1366], [0]]), "13 bits"),
        (lambda: on([[1], [0]], shift=31), "shift"),
        (lambda: on([[1], [0]], bits=0), "bits"),
        (lambda: on([[1.5], [0.0]]), "integers"),
        (lambda: on([[40000], [0]]), "integers"),
        (lambda: on([[1]]), "neurons"),
        (lambda: on([[1, 1], [1, 1]]), "channels"),
        (lambda: on([[1], [0]], target="elsewhere"), "elsewhere"),
        (lambda: replace(on([[1], [0]]), host=2 * on([[1], [0]]).host), "one at most"),
    ],
)
def test_what_no_bias_holds_is_refused(make: Any, message: str) -> None:
    with pytest.raises((LimitError, DescriptionError), match=message):
        make()


def test_inputs_that_change_within_a_sample_are_refused() -> None:
    inputs = CASE.inputs.copy()
    inputs[0, 0, 0] ^= True
    with pytest.raises(DescriptionError, match="from step to step"):
        emulator.run(CASE.network, inputs)


def test_a_file_gives_the_same_network(tmp_path: Path) -> None:
    path = tmp_path / "network"
    save_integer_network(path, CASE.network)
    assert load_versioned(path, KIND, VERSION)[0] == VERSION
    again = load_integer_network(path)
    assert again.host[0].connectivity == CASE.network.host[0].connectivity
    runs = [emulator.run(n, CASE.inputs, True).trace for n in (CASE.network, again)]
    assert compare_traces(*runs).equal
    save_integer_network(path, replace(CASE.network, host=()))
    assert load_versioned(path, KIND, VERSION)[0] == WITHOUT_PLASTICITY


@pytest.mark.parametrize(
    "host",
    [
        7,
        [7],
        [{}],
        [{"target": "p0"}],
        [{"connectivity": {"kind": "bit_planes"}}],
        [{"target": "p0", "connectivity": {"kind": "dense"}, "shift": "x", "bits": 1}],
        [{"target": 3, "connectivity": {"kind": "dense"}, "shift": 0, "bits": 1}],
        [{"target": "p0", "connectivity": {"kind": "dense"}, "shift": 0, "bits": 10**9}],
    ],
)
def test_hostile_tables_are_refused(host: Any, tmp_path: Path) -> None:
    table, arrays = pack_integers(CASE.network)
    save_sealed(tmp_path / "network", KIND, VERSION, table | {"host": host}, arrays)
    with pytest.raises(SpikeffError):
        load_integer_network(tmp_path / "network")


def test_weights_that_are_no_integers_are_refused(tmp_path: Path) -> None:
    table, arrays = pack_integers(CASE.network)
    arrays["host0.weights"] = arrays["host0.weights"].astype(np.float32)
    save_sealed(tmp_path / "network", KIND, VERSION, table, arrays)
    with pytest.raises(FileFormatError, match="integers"):
        load_integer_network(tmp_path / "network")
