"""The small network that an emulated chip learns."""

from __future__ import annotations

import pytest

from spikeff.pipeline.on_chip.network import plastic_network
from spikeff.training.resolve import wanted_fields, whole_config
from tests.spikeff.pipeline.on_chip.small import SAMPLES, SMALL


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("chip") / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def settings(config):
    return whole_config(wanted_fields(None, config, None, None))


@pytest.fixture(scope="module")
def network(settings):
    return plastic_network(settings, SAMPLES)
