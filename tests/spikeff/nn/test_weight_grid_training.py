import numpy as np
import pytest
import torch

from lava_export.quantize.quantize import quantize
from lava_export.quantize.weight_grid import weight_grid
from spikeff.errors import ConfigError
from spikeff.lowering import describe
from spikeff.nn.weight_quantizer import levels, on_grid
from spikeff.training.config.files import config_text, parse_config


@pytest.mark.parametrize("bits", range(1, 10))
def test_levels_are_those_of_the_chip(bits):
    grid = weight_grid(bits)
    assert levels(bits) == (grid.low // grid.step, grid.high // grid.step)


@pytest.mark.parametrize("bits", [2, 4])
def test_weights_take_a_grid_per_input(bits):
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(200, 30, generator=generator)
    weight[:, 25:] *= 8
    rounded = on_grid(weight, bits)
    spacing = rounded[rounded != 0].abs().min()
    multiples = rounded / spacing
    assert torch.allclose(multiples, multiples.round(), atol=1e-4)
    low, high = levels(bits)
    assert multiples[:, :25].min() >= 2 * low
    assert multiples[:, 25:].max() > 2 * high
    assert (rounded[:, 25:].unique() / spacing % 4 == 0).all()
    assert ((rounded - weight)[:, 25:].std() / 8).item() == pytest.approx(
        (rounded - weight)[:, :25].std().item(), rel=0.3
    )


def test_spikes_come_from_the_grid_and_learning_changes_the_floats(small_config, make_trainer):
    trainer = make_trainer(small_config(weight_bits=3))
    layer = trainer.network.stack[0]
    before = layer.weight.clone()
    trainer.train_epoch()
    changed = layer.weight != before
    assert changed.float().mean() > 0.5
    assert len(layer.synapses[:, 0].unique()) <= 8
    assert len(layer.weight[:, 0].unique()) > 50
    spikes = (torch.rand(8, 5, layer.weight.shape[1]) < 0.1).float()
    assert torch.equal(layer.drive(spikes), spikes @ layer.synapses.t())


def test_exported_integers_are_the_trained_weights(small_config, make_trainer):
    trainer = make_trainer(small_config(weight_bits=4))
    trainer.train_epoch()
    network = quantize(describe(trainer.model), 4)
    scale = network.populations[0].current_scale / 64
    learned = [c for c in network.connections if c.source == "input"]
    total = sum(c.weights.astype(int) << c.weight_exp for c in learned) / scale
    np.testing.assert_allclose(total, trainer.network.stack[0].synapses.numpy(), rtol=1e-5)


def test_the_width_is_part_of_the_configuration(small_config):
    config = small_config(weight_bits=4)
    assert parse_config(config_text(config), "test") == config
    assert parse_config(config_text(small_config()), "test").layers[0].weight_bits is None
    with pytest.raises(ConfigError, match="weight_bits"):
        small_config(weight_bits=10)
