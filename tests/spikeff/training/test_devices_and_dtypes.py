"""Every way of learning stays on the device and in the dtype that it is given.

No GPU is needed: torch's "meta" device computes shapes only, and like every device it refuses
tensors of another one. What a scalar would be is made up.
"""

import pytest
import torch
from torch.fx.experimental import _config

from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.nn.builder import encode_events
from spikeff.nn.device import torch_device
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer
from tests.markers import slow_but

SMALL = {"layers": [60, 40], "column_size": 2, "batch_size": 30}
CASES = {
    "labels": ("digits", {"homeostasis": 10.0, "balanced": True, "constraint_share": 0.5}),
    "free": ("digits-burst", {}),
    "columns": ("digits-columns", {}),
    "hybrids": ("mnist-hybrid", {"dataset": "digits"}),
    "phases": ("digits", {"phase_batches": 2}),
    "bits": ("digits", {"weight_bits": 4}),
    "box": ("digits", {"black_box": "drifting"}),
    "backprop": ("digits-columns", {"learning_rule": "backprop"}),
    "readout": ("digits-burst", {"learning_rule": "backprop", "objective": "readout"}),
}
SPLIT = load_split("digits", "train", None).head(60)


def config_of(case):
    preset, more = CASES[case]
    return make_config(with_fields(preset_table(preset), SMALL | more), case)


def trained(case, device):
    """One epoch, and what it is judged by before and after."""
    trainer = Trainer(config_of(case), SPLIT, device)
    trainer.calibrate()
    trainer.train_epoch()
    trainer.probe()
    return trainer


def all_that_changes(trainer):
    optimisers = [*trainer.optimisers, trainer.readout.optimiser]
    kept = [t for o in optimisers for t in o.tensors().values()]
    return [*kept, *(layer.weight for layer in trainer.network.stack)]


@pytest.fixture
def meta_device(monkeypatch):
    def made_up(tensor):
        return 0.5 if tensor.is_meta else item(tensor)

    def moved(tensor):
        return torch.zeros_like(tensor, device="cpu") if tensor.is_meta else cpu(tensor)

    item, cpu = torch.Tensor.item, torch.Tensor.cpu
    monkeypatch.setattr(torch.Tensor, "cpu", moved)
    monkeypatch.setattr(torch.Tensor, "item", made_up)
    monkeypatch.setattr(torch.Tensor, "__int__", lambda tensor: int(made_up(tensor)))
    # The meta device has no sparse products, and takes every condition for fulfilled.
    monkeypatch.setattr(torch, "sparse_csr_tensor", dense)
    with _config.patch(meta_nonzero_assume_all_nonzero=True):
        yield torch.device("meta")


def dense(*parts, size, device):
    return torch.ones(size, device=device)


CASES_OF_DEVICES = ("labels", "columns", "hybrids", "box", "backprop")


@pytest.mark.parametrize("case", slow_but(CASES_OF_DEVICES, "columns", "hybrids", "backprop"))
def test_all_tensors_stay_on_their_device(case, meta_device):
    for tensor in all_that_changes(trained(case, meta_device)):
        assert tensor.device == meta_device


@pytest.fixture
def in_float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("case", CASES)
def test_all_tensors_keep_torchs_default_dtype(case, in_float64):
    for tensor in all_that_changes(trained(case, torch.device("cpu"))):
        assert tensor.dtype == torch.float64


def test_a_network_moved_to_another_dtype_spikes_in_it():
    trainer = trained("labels", torch.device("cpu"))
    pixels = encode_events(trainer.config.data, SPLIT.images, trainer.device)
    single = trainer.network(pixels)
    double = trainer.network.double()(pixels)
    for one, other in zip(single, double, strict=True):
        assert (one.dtype, other.dtype) == (torch.float32, torch.float64)
        assert one.sum() > 0
        assert (one != other).float().mean() < 1e-3


def test_devices_by_name(monkeypatch):
    assert torch_device("cpu") == torch_device(torch.device("cpu")) == torch.device("cpu")
    for wrong in ("gpu", "cuda:x", "cpu:0", "", "cuda:-1"):
        with pytest.raises(UnknownNameError):
            torch_device(wrong)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ConfigError, match="torch sees 0 CUDA GPU"):
        torch_device("cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert torch_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(ConfigError, match="torch sees 2 CUDA GPU"):
        torch_device("cuda:2")
