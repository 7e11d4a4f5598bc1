import pytest
import torch

from spikeff.errors import UnknownNameError
from spikeff.learning.negatives.source import get_negatives


@pytest.fixture
def guesses():
    labels = torch.arange(4000) % 4
    probabilities = torch.tensor([0.6, 0.3, 0.08, 0.02]).repeat(4000, 1)
    return probabilities, labels


@pytest.mark.parametrize("name", ["random", "hard"])
def test_never_the_true_label(name, guesses):
    (drawn,) = get_negatives(name)(1).wrong_labels(*guesses, torch.Generator().manual_seed(1))
    assert (drawn != guesses[1]).all()
    assert set(drawn.tolist()) == {0, 1, 2, 3}


def test_hard_labels_follow_the_guesses(guesses):
    (drawn,) = get_negatives("hard")(1).wrong_labels(*guesses, torch.Generator().manual_seed(2))
    for_last = drawn[guesses[1] == 3]
    shares = torch.bincount(for_last, minlength=4) / len(for_last)
    expected = torch.tensor([0.6, 0.3, 0.08, 0.0]) / 0.98
    torch.testing.assert_close(shares, expected, atol=0.04, rtol=0)


def test_random_labels_are_uniform(guesses):
    (drawn,) = get_negatives("random")(1).wrong_labels(*guesses, torch.Generator().manual_seed(3))
    shares = torch.bincount(drawn[guesses[1] == 0], minlength=4) / 1000
    torch.testing.assert_close(shares, torch.tensor([0, 1, 1, 1]) / 3, atol=0.05, rtol=0)


def test_a_certain_readout_still_yields_a_wrong_label():
    certain = torch.tensor([[0.0, 1.0, 0.0]]).repeat(50, 1)
    generator = torch.Generator().manual_seed(4)
    drawn = get_negatives("hard")(1).wrong_labels(certain, torch.ones(50).long(), generator)
    assert (drawn != 1).all()


def test_several_negatives_are_different(guesses):
    drawn = get_negatives("hard")(3).wrong_labels(*guesses, torch.Generator().manual_seed(5))
    assert drawn.shape == (3, 4000)
    assert (drawn != guesses[1]).all()
    assert (drawn.sort(0).values.diff(dim=0) > 0).all()


def test_unknown_negatives_name_the_known():
    with pytest.raises(UnknownNameError, match="hard, hybrid, other_classes, random"):
        get_negatives("hybrids")
