"""Files from strangers: a loader answers with its typed error, or with what the file says.

Bytes are drawn at random, whole files are cut and changed, and sealed again with odd content, so
that checksums hide nothing. A changed file that still loads must hold what the whole one held, but
for the forms that have no checksum; odd content under a right checksum must be refused or taken as
it stands. Fixed seeds: the same files in every run.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikeff.errors import (
    ConfigError,
)
from tests.hostile_files.examples import CHANGES, FEW, WHOLE, WITHOUT_SUM, changed, content, tried


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read(name, tmp_path):
    make, load, _ = WHOLE[name]
    path = tmp_path / "file.toml"
    path.write_bytes(make(tmp_path))
    if name in ("config", "flat config", "cost table"):
        with pytest.raises(ConfigError):  # each has one mistake
            load(path)
    else:
        load(path)


@pytest.mark.parametrize("name", WHOLE)
def test_changed_files_end_in_the_typed_error(name, tmp_path):
    make, load, errors = WHOLE[name]
    whole, path = make(tmp_path), tmp_path / "file.toml"
    path.write_bytes(whole)
    held = tried(load, path, errors)

    @FEW
    @given(CHANGES, st.binary(max_size=60))
    def attempt(changes, noise):
        path.write_bytes(changed(whole, changes))
        found = tried(load, path, errors)
        if found is not None and name not in WITHOUT_SUM:
            np.testing.assert_equal(content(found), content(held))
        path.write_bytes(noise)
        assert tried(load, path, errors) is None

    attempt()
