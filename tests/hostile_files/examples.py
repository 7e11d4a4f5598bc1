"""Whole files of every kind with their loaders, and what may happen to them."""

import gzip
import io
import struct
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from hw_targets.cost.table_registry import cost_table
from lava_export.integers.file import integer_network_bytes, load_integer_network
from lava_export.integers.quantization import Quantization, Scaling
from lava_export.nir.export import integer_graph
from lava_export.nir.file import read_nir, write_nir
from lava_export.nir.importer import import_description
from lava_export.nir.integers import import_integers
from spikeff.data.arrays import read_split
from spikeff.data.idx import read_idx
from spikeff.data.spike_trains import load_spike_file
from spikeff.errors import (
    ConfigError,
    DataError,
    DescriptionError,
    FileFormatError,
    LimitError,
    UnknownNameError,
)
from spikeff.ir.io.description import KIND as FLOATS
from spikeff.ir.io.description import load_description
from spikeff.ir.io.npy import read_npy
from spikeff.ir.io.sealed import sealed_bytes
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.network import INPUT
from spikeff.training.config.files import config_table
from spikeff.training.config.schema import make_config
from tests import networks

NETWORK_ERRORS = (FileFormatError, DescriptionError, LimitError)
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def description():
    return networks.description(neurons=4, pixels=3, column_size=2)


def integers():
    how = Quantization(8, {"layer1": Scaling(64.0, 4095, 4095)})
    return replace(networks.integers(np.full((4, 3), 8)), quantization=how)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def nir_bytes(folder):
    write_nir(folder / "whole.nir", integer_graph(integers())[0])
    return (folder / "whole.nir").read_bytes()


def load_nir(path):
    graph = read_nir(path)
    return import_description(graph, dt=1e-3, steps=4), import_integers(graph)


def load_table(path):
    return make_config(config_table(path), str(path))


SPIKES = npz(spikes=np.ones((2, 3, 4), bool), labels=np.array([0, 1]))
WHOLE = {  # loader -> (a whole file, how it is loaded, its errors)
    "description": (
        lambda folder: sealed_bytes(FLOATS, 2, *pack_network(description())),
        load_description,
        NETWORK_ERRORS,
    ),
    "integers": (
        lambda folder: integer_network_bytes(integers()),
        load_integer_network,
        NETWORK_ERRORS,
    ),
    "nir": (nir_bytes, load_nir, NETWORK_ERRORS),
    "spikes": (lambda folder: SPIKES, lambda path: load_spike_file(path, 2), (DataError,)),
    "arrays": (lambda folder: SPIKES, read_split, (DataError,)),
    "npy": (lambda folder: npy(np.ones((2, 3))), read_npy, (DataError,)),
    "idx": (
        lambda folder: gzip.compress(struct.pack(">4B2I", 0, 0, 8, 2, 2, 3) + bytes(6)),
        read_idx,
        (DataError,),
    ),
    "config": (
        lambda folder: b'preset = "digits"\n[network]\nlayers = [80, {neurons = 40}]\nmore = 1\n',
        load_table,
        (ConfigError, UnknownNameError),
    ),
    "flat config": (
        lambda folder: b'preset = "digits"\nlayers = [80]\nsteps = 8\nmore = {a = 1}\n',
        load_table,
        (ConfigError, UnknownNameError),
    ),
    "cost table": (
        lambda folder: b'[x]\ntitle = "t"\nrows.spike_pj = {value = 1.5e1, source = "s"}\n',
        lambda path: cost_table(str(path)),
        (ConfigError, UnknownNameError),
    ),
}
# A change can cut the one mistake of a text away.
WITHOUT_SUM = ("npy", "config", "flat config", "cost table")
CHANGES = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 2), st.binary(min_size=1, max_size=9)),
    min_size=1,
    max_size=4,
)


def changed(whole, changes):
    """Overwrite, insert or cut at some places."""
    for place, how, piece in changes:
        at = place % (len(whole) + 1)
        if how == 2:
            whole = whole[:at]
        else:
            whole = whole[:at] + piece + whole[at + (len(piece) if how == 0 else 0) :]
    return whole


def tried(load, path, errors):
    """What the loader makes of it; None where it answers with one of its errors."""
    try:
        return load(path)
    except errors:
        return None


def content(value):
    """Every name and number in what was loaded."""
    if isinstance(value, tuple | list):
        return [content(item) for item in value]
    if hasattr(value, "__dict__"):
        return {name: content(item) for name, item in vars(value).items()}
    return value


# Of all characters hypothesis makes a table first, which takes two seconds.
NAMES = st.text(
    st.sampled_from('ab0_.-/\\" \x00\n\x1b\x7fäß漢😀\u0301\u202e\ufeff\uffff'), max_size=3
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.sampled_from(["", "a", INPUT, "dense", 1, 2, -1, 10**9]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=4,
)
