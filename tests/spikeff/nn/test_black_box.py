import pytest
import torch

from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.lowering import describe
from spikeff.nn.black_box import BLACK_BOXES, BlackBoxSettings, RandomCircuit, make_black_box
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.training.checkpoint import restore_trainer, save_checkpoint, start_run
from spikeff.training.evaluation import evaluate
from tests.markers import slow_but
from tests.spikeff.conftest import weights_of

CONSTANTS = LIFConstants(0.002, 0.002, 1.0, 1e-3, None)
BOXES = sorted(BLACK_BOXES)
FIELDS = {"preset": "digits-columns", "layers": [100, 100], "shift": 0, "learning_rate": 1e-2}


def some_spikes(seed=0):
    return (torch.rand(8, 20, 50, generator=torch.Generator().manual_seed(seed)) < 0.1).float()


@pytest.mark.parametrize("name", BOXES)
def test_boxes_map_spikes_to_other_spikes(name):
    box = make_black_box(BlackBoxSettings(kind=name), 50, CONSTANTS, seed=3)
    out = box(some_spikes())
    assert out.shape == (8, 20, 50)
    assert set(out.unique().tolist()) == {0.0, 1.0}
    assert not torch.equal(out, some_spikes())


def test_random_stays_noisy_varies_and_drifting_drifts():
    for name, stays in (("random", True), ("noisy", False)):
        box = make_black_box(BlackBoxSettings(kind=name), 50, CONSTANTS, seed=3)
        assert torch.equal(box(some_spikes()), box(some_spikes())) == stays
    drifting = RandomCircuit(50, CONSTANTS, 3, turn=0.01)
    first = drifting(some_spikes())
    near = (drifting(some_spikes()) != first).float().mean()
    for _ in range(150):
        far = (drifting(some_spikes()) != first).float().mean()
    assert 0 <= near < 0.02 < far


@pytest.mark.parametrize("name", slow_but(BOXES, "random"))
def test_learning_goes_on_above_a_box(name, small_config, make_trainer, small_digits):
    trainer = make_trainer(small_config(**FIELDS, black_box=name, epochs=8))
    before = evaluate(trainer.model, small_digits, draws=1).accuracy
    for _ in range(8):
        record = trainer.train_epoch()
    assert evaluate(trainer.model, small_digits, draws=1).accuracy > before + 0.4
    assert record.goodness_gap[1] > 1.0


def test_any_callable_can_sit_between_layers(small_config, make_trainer):
    heard = []

    def backwards(spikes):
        heard.append(spikes.shape)
        return spikes.flip(0)

    trainer = make_trainer(small_config(**FIELDS))
    trainer.network.between[0] = backwards
    trainer.train_epoch()
    assert heard[0] == (8, 32, 100)


@pytest.mark.parametrize("name", slow_but(BOXES, "drifting"))
def test_a_resumed_training_meets_the_same_box(name, small_config, make_trainer, tmp_path):
    config = small_config(**FIELDS, black_box=name, epochs=2)
    straight = make_trainer(config)
    straight.train_epoch()
    start_run(tmp_path, straight, [])
    save_checkpoint(tmp_path, straight)
    straight.train_epoch()
    resumed = restore_trainer(tmp_path, straight.split, torch.device("cpu"))
    resumed.train_epoch()
    for a, b in zip(weights_of(straight), weights_of(resumed), strict=True):
        assert (a == b).all()


def test_a_network_with_a_box_is_not_described(small_config, make_trainer):
    trainer = make_trainer(small_config(**FIELDS, black_box="noisy"))
    with pytest.raises(DescriptionError, match="black box 'noisy' above layer 1"):
        describe(trainer.model)


def test_unknown_box_names_the_known():
    with pytest.raises(UnknownNameError, match="drifting, noisy, random"):
        make_black_box(BlackBoxSettings(kind="magic"), 10, CONSTANTS, 0)
