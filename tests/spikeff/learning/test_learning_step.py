"""The one learning step: what its parts are given, and what of it a checkpoint keeps."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.learning import microbatch
from spikeff.learning.batch import Batch
from spikeff.learning.negatives.nothing import NoNegatives
from spikeff.learning.negatives.source import register_negatives
from spikeff.learning.objectives.objective import OBJECTIVES, Judgement, register_objective
from spikeff.learning.phase import Phase
from spikeff.learning.rules.rule import Learned, register_rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.learning.step import Rates
from spikeff.nn.builder import encode_events
from spikeff.nn.presented import Presented
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.assemble import learning_step
from spikeff.training.checkpoint import load_model, restore_trainer, save_checkpoint, start_run
from tests.registries import registries_kept
from tests.spikeff.conftest import weights_of


@pytest.fixture(autouse=True)
def registries():
    with registries_kept():
        yield


@dataclass(frozen=True)
class Tiring(ThreeFactor):
    """Learns less and less of each layer, by a state of its own."""

    tired: dict[str, torch.Tensor] = field(default_factory=dict)

    def start(self, network):
        self.tired.update({f"layer{k}": torch.ones(()) for k in range(len(network.stack))})

    def learn(self, runs, judge, share) -> Iterator[Learned]:
        for learned in super().learn(runs, judge, share):
            rest = self.tired[f"layer{learned.run.depth}"]
            yield replace(learned, drive_error=learned.drive_error * rest)
            rest.mul_(0.97)

    def state(self):
        return self.tired


def test_a_rule_keeps_its_state_in_the_checkpoint(
    tmp_path, small_config, make_trainer, monkeypatch
):
    monkeypatch.setattr(microbatch, "PIECE_ROWS", 8)  # a few samples, where batches are cut
    register_rule("tiring", Tiring)
    config = small_config(learning_rule="tiring", layers=[40, 20])
    whole = make_trainer(config)
    for epoch in range(2):
        whole.train_epoch()
        if epoch == 0:
            start_run(tmp_path / "run", whole, ["spikeff"])
    assert set(whole.rule.state()) == {"layer0", "layer1"}
    learned = whole.rule.state()["layer1"].item()
    assert learned == pytest.approx(0.97 ** (2 * whole.batches))  # each batch in one piece
    resumed = restore_trainer(tmp_path / "run", whole.split, torch.device("cpu"))
    resumed.train_epoch()
    for a, b in zip(weights_of(resumed), weights_of(whole), strict=True):
        assert (a == b).all()
    assert resumed.rule.state() == whole.rule.state()
    save_checkpoint(tmp_path / "run", resumed)
    assert load_model(tmp_path / "run").epochs_done == 2


def presented(rows: int, samples: int, labels: torch.Tensor | None) -> Presented:
    count = samples if labels is not None else rows * samples
    spikes = torch.arange(3 * count * 4).reshape(3, count, 4).numpy() % 5 == 0
    return Presented(SpikeEvents(spikes, False, torch.device("cpu")), labels, rows)


def test_parts_of_presentations_hold_all_rows_of_their_samples():
    whole = presented(2, 5, None)
    part = whole.part(slice(1, 3))
    assert part.samples == 2
    assert (part.data.spikes == whole.data.spikes[:, [1, 2, 6, 7]]).all()
    labels = torch.arange(10).reshape(2, 5)
    part = presented(2, 5, labels).part(slice(1, 3))
    assert part.labels.tolist() == [[1, 2], [6, 7]]
    assert part.data.samples == part.samples == 2


def batch_of(split, config):
    def encode(images):
        return encode_events(config.data, images, torch.device("cpu"))

    labels = torch.from_numpy(split.labels[:32])
    return Batch(split.images[:32], split.shape, labels, Phase.BOTH, encode)


def test_reduce_sees_all_changes_before_a_weight_moves(small_config, make_trainer, small_digits):
    config = small_config(layers=[40, 20], weight_decay=0.0)
    trainer = make_trainer(config)
    before = {name: weight.clone() for name, weight in trainer.model.weights().items()}
    seen = []

    def unmoved():
        found = trainer.model.weights().items()
        return all((w == before[name]).all() for name, w in found if name.startswith("layer"))

    def reduce(changes):
        assert unmoved()
        seen.append([[tuple(part.shape) for part in layer] for layer in changes])
        return [[part * 0 for part in layer] for layer in changes]

    step = replace(learning_step(trainer.model, trainer.optimisers), reduce=reduce)
    step(batch_of(small_digits, config), Rates(0.1, 0.0), torch.Generator().manual_seed(0))
    assert seen == [[[(40, 64), (40, 50)], [(20, 40)]]]
    assert unmoved()


def test_a_local_rule_needs_an_objective_with_goodness():
    with pytest.raises(ConfigError, match="backprop"):
        Judgement(None).required_modulation()


@pytest.mark.parametrize(
    ("register", "kind", "name"),
    [(register_rule, Tiring, "three_factor"), (register_negatives, NoNegatives, "hard")],
)
def test_names_are_taken_once(register, kind, name):
    with pytest.raises(ConfigError, match=f"{name}.* registered already"):
        register(name, kind)
    with pytest.raises(ConfigError, match="registered already"):
        register_objective("pair", OBJECTIVES["softmax"])


@dataclass(frozen=True)
class Lacking:
    local = True


def test_a_kind_without_all_that_is_asked_is_refused():
    with pytest.raises(ConfigError, match=r"'mine' \(int\) is not a dataclass"):
        register_rule("mine", int)
    with pytest.raises(ConfigError, match=r"'mine' \(Lacking\) lacks learn, start, state"):
        register_rule("mine", Lacking)
    with pytest.raises(ConfigError, match="lacks draw, labels_in_input, of_images, reading"):
        register_negatives("mine", Lacking)
    with pytest.raises(
        ConfigError, match="lacks contrast, judge, of_layers, phases_apart, reading"
    ):
        register_objective("mine", Lacking)
