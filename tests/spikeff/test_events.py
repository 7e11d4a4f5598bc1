import numpy as np
import pytest
import torch

from spikeff.encoding import ENCODERS, encode
from spikeff.events import SpikeEvents
from spikeff.learning_rule import weight_change

CPU = torch.device("cpu")


@pytest.fixture(params=sorted(name for name, entry in ENCODERS.items() if not entry.in_steps))
def spikes(request):
    images = np.random.default_rng(1).integers(0, 256, (12, 40), dtype=np.uint8)
    return encode(request.param, images, 7, 0.2)


def test_only_the_burst_code_lasts(spikes):
    burst = bool((np.diff(spikes.astype(int), axis=0) >= 0).all())
    assert SpikeEvents(spikes, CPU).lasting == burst


def test_drive_is_the_dense_product(spikes):
    weight = torch.randn(9, 40, generator=torch.Generator().manual_seed(2))
    dense = torch.from_numpy(spikes).float() @ weight.t()
    torch.testing.assert_close(SpikeEvents(spikes, CPU).drive(weight), dense, atol=1e-5, rtol=0)


def test_change_is_the_dense_product(spikes):
    error = torch.randn(7, 12, 9, generator=torch.Generator().manual_seed(3))
    dense = weight_change(error, torch.from_numpy(spikes).float())
    sparse = SpikeEvents(spikes, CPU).weight_change(error)
    assert dense.abs().max() > 1
    torch.testing.assert_close(sparse, dense, atol=1e-4, rtol=1e-4)


def test_silent_input_is_allowed():
    events = SpikeEvents(np.zeros((4, 3, 5), bool), CPU)
    assert events.drive(torch.ones(2, 5)).abs().max() == 0
