"""A batch in pieces learns what the whole batch learns."""

import numpy as np
import pytest
import torch

from spikeff import parallel as worker_threads
from spikeff.learning import microbatch as pieces
from spikeff.learning.microbatch import in_pieces
from spikeff.learning.phase import Phase
from spikeff.nn.neurons import lif as dynamics
from tests.spikeff.conftest import weights_of

CPU = torch.device("cpu")
REGIMES = {
    "labels": {"preset": "digits", "negatives_per_sample": 2, "homeostasis": 0.0},
    "columns": {"preset": "digits-columns", "layers": [100, 100]},
    "hybrids": {"preset": "digits-burst", "negatives": "hybrid", "layers": [100, 100]},
}


def test_no_sample_is_left_out_or_cut():
    covered = np.concatenate([np.arange(23)[some] for some in in_pieces(23, 130, CPU)])
    assert np.array_equal(covered, np.arange(23))
    assert [s.stop - s.start for s in in_pieces(3, 10**6, CPU)] == [1, 1, 1]


@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_pieces_add_up_to_the_batch(regime, small_config, make_trainer, monkeypatch):
    config = small_config(**REGIMES[regime])
    learned = []
    for rows, cores in ((10**6, 1), (40, 3)):
        monkeypatch.setattr(pieces, "PIECE_ROWS", rows)
        monkeypatch.setattr(worker_threads, "cores", lambda cores=cores: cores)
        trainer = make_trainer(config)
        record = trainer._train_batch(
            trainer.split.images[:32], torch.arange(32), 1e-3, generator(), Phase.BOTH
        )
        learned.append((record, first_moments(trainer)))
    (whole, changes), (parted, changes_in_parts) = learned
    assert all(c.abs().max() > 1e-6 for c in changes)
    for a, b in zip(changes, changes_in_parts, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4 * a.abs().max().item(), rtol=1e-4)
    for name in ("positive", "negative", "firing", "together", "by_chance"):
        assert getattr(parted, name) == pytest.approx(getattr(whole, name), rel=1e-4)
    assert parted.hits == whole.hits


@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_compiled_loops_learn_what_torch_learns(regime, small_config, make_trainer, monkeypatch):
    learned = []
    for least in (2**62, 0):
        monkeypatch.setattr(dynamics, "COMPILED_FROM", least)
        trainer = make_trainer(small_config(**REGIMES[regime]))
        trainer._train_batch(
            trainer.split.images[:32], torch.arange(32), 1e-3, generator(), Phase.BOTH
        )
        learned.append(first_moments(trainer))
    for a, b in zip(*learned, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4 * a.abs().max().item(), rtol=1e-4)


def first_batch(trainer):
    images, rows = trainer.split.images[:32], torch.arange(32)
    return trainer._train_batch(images, rows, 1e-3, generator(), Phase.BOTH)


def first_moments(trainer):
    """A tenth of the changes: the step itself has lost their scale."""
    tensors = [optimiser.tensors() for optimiser in trainer.optimisers]
    return [t for found in tensors for name, t in found.items() if name.endswith("exp_avg")]


def generator():
    return torch.Generator().manual_seed(0)


def test_bits_do_not_depend_on_cores(small_config, make_trainer, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_ROWS", 40)
    learned = []
    for cores in (1, 4):
        monkeypatch.setattr(worker_threads, "cores", lambda cores=cores: cores)
        trainer = make_trainer(small_config(**REGIMES["columns"]))
        trainer.train_epoch()
        learned.append(weights_of(trainer))
    for a, b in zip(*learned, strict=True):
        assert np.array_equal(a, b)
