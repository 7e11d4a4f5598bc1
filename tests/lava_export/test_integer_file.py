"""The weights of a file: steps of the grid in one byte, or as they are."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from lava_export.integers.file import KIND, load_integer_network, save_integer_network
from spikeff.errors import FileFormatError
from spikeff.ir.io.sealed import save_sealed
from spikeff.ir.io.serialise import pack_network
from tests.networks import integers

ON_GRID = [[254, 0, -256], [2, 0, 100]]


def test_one_byte_per_weight_where_that_says_all(tmp_path):
    path = tmp_path / "network"
    save_integer_network(path, integers(ON_GRID))
    stored = load_file(path)
    assert stored["connection0.grid_steps"].dtype == np.int8
    assert stored["connection0.grid_steps"].shape == (2, 2)
    assert "connection0.weights" not in stored
    weights = load_integer_network(path).connections[0].weights
    np.testing.assert_array_equal(weights, ON_GRID)
    assert weights.dtype == integers(ON_GRID).connections[0].weights.dtype


def test_files_of_version_1_are_still_read(tmp_path):
    path = tmp_path / "network"
    save_sealed(path, KIND, 1, *pack_network(integers(ON_GRID)))
    np.testing.assert_array_equal(load_integer_network(path).connections[0].weights, ON_GRID)


def test_steps_that_leave_the_weights_range_are_refused(tmp_path):
    table, arrays = pack_network(integers(ON_GRID))
    arrays["connection0.grid_steps"] = np.full((2, 3), 2000, np.int16)
    arrays["connection0.grid_sources"] = np.ones(3, bool)
    del arrays["connection0.weights"]
    save_sealed(tmp_path / "network", KIND, 2, table, arrays)
    with pytest.raises(FileFormatError, match="grid_steps"):
        load_integer_network(tmp_path / "network")
