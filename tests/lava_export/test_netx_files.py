"""Files of lava-dl's netx that are damaged, cut short or of another kind."""

import h5py
import numpy as np
import pytest

from lava_export.netx.file import read_netx
from lava_export.netx.importer import import_netx
from spikeff.errors import DescriptionError, FileFormatError, LimitError, UnknownNameError
from tests.networks.netx_files import CUBA, dense, write_netx


def put(key, value):
    def change(file):
        if key in file:
            del file[key]
        if value is not None:
            file[key] = value

    return change


ODD = {
    "a layer of another kind": put("layer/0/type", np.bytes_("unpool")),
    "no type": put("layer/0/type", None),
    "no shape": put("layer/0/shape", None),
    "a shape of no numbers": put("layer/0/shape", np.zeros(0)),
    "a shape below 0": put("layer/0/shape", [-4, 1, 1]),
    "no weights": put("layer/0/weight", None),
    "weights as text": put("layer/0/weight", np.bytes_("12")),
    "weights of fractions": put("layer/0/weight", np.full((2, 3), 0.5)),
    "weights without end": put("layer/0/weight", np.full((2, 3), np.inf)),
    "weights that do not fit": put("layer/0/weight", np.full((3, 3), 2.0)),
    "complex weights": put("layer/0/weights/real", np.zeros((2, 3))),
    "a layer that is an array": put("layer/0", 3),
    "layers that are an array": put("layer", 3),
    "no layers": put("layer/0", None),
    "layers that begin with 1": lambda file: file.move("layer/0", "layer/1"),
    "no kind of neuron": put("layer/0/neuron/type", None),
    "a decay of many": put("layer/0/neuron/iDecay", [1, 2]),
    "a decay as text": put("layer/0/neuron/iDecay", np.bytes_("a")),
    "a decay in a group": lambda file: file.create_group("layer/0/neuron/refDelays"),
    "delays that do not fit": put("layer/0/delay", np.zeros(7)),
    "biases that do not fit": put("layer/0/bias", np.zeros(7)),
    "biases of 14 bits": put("layer/0/bias", np.full(2, 5000)),
    "a step of no time": put("simulation/Ts", 0),
    "a sample without end": put("simulation/tSample", np.nan),
    "a link": put("layer/0/weight", h5py.ExternalLink("other", "/x")),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_give_an_error_of_ours(tmp_path, name):
    path = write_netx(tmp_path / "net", [dense(np.full((2, 3), 2), CUBA)])
    with h5py.File(path, "a") as file:
        ODD[name](file)
    with pytest.raises((FileFormatError, DescriptionError, LimitError, UnknownNameError)):
        import_netx(read_netx(path))


def test_files_of_another_kind_or_cut_short(tmp_path):
    whole = write_netx(tmp_path / "net", [dense(np.full((2, 3), 2), CUBA)]).read_bytes()
    for content in (b"", b"text", whole[:100], whole[: len(whole) // 2], whole[:-200]):
        (tmp_path / "odd").write_bytes(content)
        with pytest.raises(FileFormatError, match="odd"):
            read_netx(tmp_path / "odd")
    with pytest.raises(FileFormatError, match="does not exist"):
        read_netx(tmp_path / "none")


def test_arrays_that_announce_more_than_they_store(tmp_path):
    path = write_netx(tmp_path / "net", [dense(np.full((2, 3), 2), CUBA)])
    with h5py.File(path, "a") as file:
        del file["layer/0/weight"]
        file.create_dataset("layer/0/weight", (2, 2**26), "f4", chunks=(2, 2**16))
    with pytest.raises(FileFormatError, match="stored"):
        read_netx(path)
