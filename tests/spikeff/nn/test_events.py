import numpy as np
import pytest
import torch

from spikeff.data.encoders import ENCODERS, encode
from spikeff.errors import DataError
from spikeff.nn import spike_events
from spikeff.nn.builder import encode_events
from spikeff.nn.neurons import lif as dynamics
from spikeff.nn.spike_events import SpikeEvents, heard, weight_change

CPU = torch.device("cpu")
OF_IMAGES = sorted(name for name, entry in ENCODERS.items() if not entry.in_steps)
ROUNDING = torch.finfo(torch.float32).eps / 2  # of a sum, relative to it


def spikes_of(name):
    images = np.random.default_rng(1).integers(0, 256, (12, 40), dtype=np.uint8)
    return encode(name, images, 7, 0.2)


@pytest.fixture(params=OF_IMAGES)
def spikes(request):
    return spikes_of(request.param)


@pytest.mark.parametrize("name", OF_IMAGES)
def test_spikes_last_under_the_codes_that_never_stop(name):
    assert SpikeEvents.of(spikes_of(name), CPU).lasting == (
        name.startswith("bit_planes") or name in ("burst", "contrast")
    )


def require_drive(found, spikes, weight, more=0):
    """The product in float64, but for roundings, which grow with the root of their number.

    Each channel is added once, and each step to the next where a code lasts; ``more`` for the rest.
    """
    steps, _, channels = spikes.shape
    roundings = (channels + steps + more) ** 0.5 * ROUNDING
    exact = spikes.double() @ weight.double().t()
    most = roundings * (spikes.double() @ weight.double().abs().t())
    assert exact.abs().max() > 1
    assert ((found.double() - exact).abs() <= most).all()


def test_drive_is_the_dense_product(spikes, loops):
    weight = torch.randn(9, spikes.shape[2], generator=torch.Generator().manual_seed(2))
    found = SpikeEvents.of(spikes, CPU).drive(weight)
    require_drive(found, torch.from_numpy(spikes), weight)


def test_change_is_the_dense_product(spikes, loops):
    error = torch.randn(7, 12, 9, generator=torch.Generator().manual_seed(3))
    dense = weight_change(error, torch.from_numpy(spikes).float())
    sparse = SpikeEvents.of(spikes, CPU).weight_change(error)
    assert dense.abs().max() > 1
    torch.testing.assert_close(sparse, dense, atol=1e-4, rtol=1e-4)


def test_dense_tables_as_on_a_gpu_give_the_same_sums(spikes, monkeypatch):
    generator = torch.Generator().manual_seed(7)
    weight = torch.randn(9, spikes.shape[2], generator=generator)
    error = torch.randn(7, 12, 9, generator=generator)
    monkeypatch.setattr(dynamics, "COMPILED_FROM", 2**62)
    asked = []
    monkeypatch.setattr(spike_events, "dense_products_pay", lambda device: not asked.append(device))
    events = SpikeEvents.of(spikes, CPU)
    require_drive(events.drive(weight), torch.from_numpy(spikes), weight)
    wanted = weight_change(error, torch.from_numpy(spikes).float())
    torch.testing.assert_close(events.weight_change(error), wanted, atol=1e-4, rtol=1e-4)
    assert asked == [CPU, CPU]


def test_silent_input_is_allowed(loops):
    events = SpikeEvents.of(np.zeros((4, 3, 5), bool), CPU)
    assert events.drive(torch.ones(2, 5)).abs().max() == 0


def test_parts_drive_as_in_the_whole(spikes, loops):
    weight = torch.randn(9, spikes.shape[2], generator=torch.Generator().manual_seed(2))
    whole = SpikeEvents.of(spikes, CPU)
    some = np.array([3, 0, 11])
    torch.testing.assert_close(whole.part(some).drive(weight), whole.drive(weight)[:, some])
    part = whole.part(slice(2, 7)).drive(weight)
    torch.testing.assert_close(part, whole.drive(weight)[:, 2:7])


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_layers_hear_few_spikes_as_events(share, monkeypatch):
    generator = torch.Generator().manual_seed(4)
    spikes = (torch.rand(6, 10, 1300, generator=generator) < share).float()
    assert heard(spikes) is spikes  # too little to do
    monkeypatch.setattr(dynamics, "COMPILED_FROM", 0)
    incoming = heard(spikes)
    assert isinstance(incoming, SpikeEvents) == (share < 0.2)
    if isinstance(incoming, SpikeEvents):
        weight = torch.randn(1100, 1300, generator=generator)  # more than a block
        torch.testing.assert_close(
            incoming.drive(weight), spikes @ weight.t(), atol=1e-4, rtol=1e-4
        )
        error = torch.randn(6, 10, 1100, generator=generator)
        torch.testing.assert_close(
            incoming.weight_change(error), weight_change(error, spikes), atol=1e-4, rtol=1e-4
        )


def test_dropped_channels_are_silent_and_the_others_make_up_for_them(spikes, loops):
    """As a dense product with a mask of 0 or 1 / (1 - share), in the drive and in the change."""
    events = SpikeEvents.of(spikes, CPU)
    dropped = events.dropped(0.25, torch.Generator().manual_seed(5))
    assert events.dropped(0.0, torch.Generator()) is events
    mask = torch.rand(spikes.shape[1:], generator=torch.Generator().manual_seed(5)) >= 0.25
    dense = torch.from_numpy(spikes).float() * mask / 0.75
    generator = torch.Generator().manual_seed(6)
    weight, error = torch.randn(9, spikes.shape[2], generator=generator), torch.ones(7, 12, 9)
    require_drive(dropped.drive(weight), dense, weight, more=3)  # scales rounded, and products
    change = dropped.part(slice(3, 9)).weight_change(error[:, 3:9])
    wanted = weight_change(error[:, 3:9], dense[:, 3:9])
    torch.testing.assert_close(change, wanted, atol=1e-4, rtol=1e-4)


def test_a_network_takes_spikes_as_a_tensor_and_says_how_images_become_some(
    small_config, make_trainer, small_digits
):
    trainer = make_trainer(small_config(layers=[20]))
    images = small_digits.images[:3]
    events = encode_events(trainer.config.data, images, CPU)
    labels = torch.tensor([1, 2, 3])
    for spikes in (events.dense(), events.dense().bool()):
        for ours, theirs in zip(
            trainer.network(spikes, labels), trainer.network(events, labels), strict=True
        ):
            assert ours.equal(theirs)
    for wrong in (torch.from_numpy(images), events.dense()[:, :, :5], events.dense() * 0.5):
        with pytest.raises(DataError, match=r"encode_events.*model\.predict\(images\)"):
            trainer.network(wrong)
