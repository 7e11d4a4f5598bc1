import pytest
import torch
from torch.nn.functional import cross_entropy, softplus

from spikeff.errors import UnknownNameError
from spikeff.learning.objectives.class_columns import ClassColumns
from spikeff.learning.objectives.contrasts import Pair, Softmax, Threshold
from spikeff.learning.objectives.objective import get_objective
from spikeff.learning.phase import Phase

LOSSES = {
    "threshold": lambda g: softplus(2.0 - g[0]) + softplus(g[1:] - 2.0).mean(0),
    "pair": lambda g: softplus(g[1:] - g[0]).mean(0),
    "softmax": lambda g: -torch.log_softmax(g / 0.7, 0)[0],
}
CONTRASTS = {
    "threshold": Threshold(theta=2.0),
    "pair": Pair(),
    "softmax": Softmax(temperature=0.7),
}


@pytest.mark.parametrize("negatives", [1, 4])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_modulation_is_minus_the_derivative_of_the_loss(name, negatives):
    generator = torch.Generator().manual_seed(negatives)
    goodness = 3 * torch.randn(1 + negatives, 6, generator=generator, dtype=torch.float64)
    goodness.requires_grad_()
    LOSSES[name](goodness).sum().backward()
    push = CONTRASTS[name].push(goodness.detach(), 1.0, Phase.BOTH)
    torch.testing.assert_close(push, -goodness.grad)


def test_phases_apart_learn_what_both_learn_from_their_part():
    goodness = torch.tensor([[1.0, 2.5], [3.0, -1.0]])
    push = Threshold(theta=2.0).push
    both = push(goodness, 1.0, Phase.BOTH)
    torch.testing.assert_close(push(goodness[:1], 1.0, Phase.AWAKE), both[:1])
    torch.testing.assert_close(push(goodness[1:], 1.0, Phase.ASLEEP), both[1:])


def test_constraints_have_goodness_and_threshold_negated():
    goodness = torch.tensor([[1.0, 2.5], [3.0, -1.0]])
    push = Threshold(theta=2.0).push(-goodness, -1.0, Phase.BOTH)
    torch.testing.assert_close(push, Threshold(theta=-2.0).push(-goodness, 1.0, Phase.BOTH))


def test_class_columns_are_cross_entropy():
    goodness = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    goodness.requires_grad_()
    cross_entropy(goodness / 0.3, labels, reduction="sum").backward()
    push = ClassColumns(temperature=0.3).push(goodness.detach(), labels)
    torch.testing.assert_close(push, -goodness.grad)


def test_unknown_objective_names_the_known():
    with pytest.raises(UnknownNameError, match="class_columns, pair, readout, softmax, threshold"):
        get_objective("hinge")
