"""A layer in somebody's own module: torch's ways with it, its local step, and no graph."""

import copy

import pytest
import torch
from torch import nn

from spikeff import FFLayer
from spikeff.errors import ConfigError, DescriptionError
from spikeff.learning.objectives.class_columns import ClassColumns
from spikeff.learning.objectives.contrasts import Softmax, Threshold
from spikeff.learning.objectives.linear_readout import LinearReadout
from spikeff.learning.objectives.objective import Shown
from spikeff.learning.optim import LocalAdam
from spikeff.learning.phase import Phase
from spikeff.learning.rules.surrogate_gradient import SurrogateGradient
from spikeff.nn.neurons.lif import filtered_backwards, lif_run_with_surrogate


def spikes(seed, samples=6, inputs=30, share=0.3):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(8, samples, inputs, generator=generator) < share).float()


def made(**how):
    layer = FFLayer(30, 20, 5, **how)
    layer.calibrate_gain(spikes(0), 0.1)
    return layer


def test_a_step_is_goodness_rule_and_adam_written_out(loops):
    """The pair objective on two negatives for each positive, by hand."""
    layer, positive, negative = made(weight_decay=0.1), spikes(1), spikes(2, samples=12)
    weight = layer.weight.clone().t().contiguous().t()
    optimiser = LocalAdam([(weight, 1.0)], 0.1)
    for _ in range(3):
        x = torch.cat([positive, negative], 1)
        z, psi = lif_run_with_surrogate(x @ weight.t(), layer.constants, layer.slope)
        by_sample = layer.column_goodness(z).mean(1).reshape(3, 6)
        told = layer.learn(positive, negative)
        assert told.positive == pytest.approx(by_sample[0].mean().item())
        assert told.negative == pytest.approx(by_sample[1:].mean().item())
        push = -torch.sigmoid(by_sample - by_sample[:1]) / 2
        push[0] = -push[1:].sum(0)
        modulation = (push / (6 * 4)).reshape(-1, 1).expand(-1, 4)
        error = filtered_backwards(layer.error(z, psi, modulation), layer.constants)
        optimiser.ascend([torch.einsum("tbj,tbi->ji", error, x)], layer.learning_rate)
        torch.testing.assert_close(layer.weight.data, weight, rtol=1e-3, atol=1e-5)
    assert layer.step.item() == 3


def test_learning_parts_positives_from_negatives():
    layer, positive, negative = made(), spikes(1), spikes(2)
    first = layer.learn(positive, negative)
    for _ in range(30):
        last = layer.learn(positive, negative)
    assert last.positive - last.negative > first.positive - first.negative + 0.5


@pytest.mark.parametrize("sign", [1, -1])
def test_either_side_alone_where_the_objective_judges_them_apart(sign):
    layer, x = made(objective=Threshold(theta=1.0)), spikes(1)
    before = layer.column_goodness(layer(x)).mean()
    for _ in range(20):
        told = layer.learn(positive=x) if sign > 0 else layer.learn(negative=x)
    assert (told.negative is None, told.positive is None) == (sign > 0, sign < 0)
    assert sign * (layer.column_goodness(layer(x)).mean() - before) > 0.05 * before


def test_objective_and_rule_are_the_given_ones():
    layer, other = made(objective=Softmax(0.5), rule=SurrogateGradient()), made()
    for some in (layer, other):
        some.learn(spikes(1), spikes(2))
    assert not torch.equal(layer.weight, other.weight)
    layer.objective = other.objective
    assert isinstance(layer.rule, SurrogateGradient)


def test_torch_finds_weights_sizes_and_state():
    layer = made()
    assert repr(layer) == "FFLayer(inputs=30, neurons=20, column_size=5, goodness='pairs')"
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert set(layer.state_dict()) == {"weight", "step", "exp_avg", "exp_avg_sq"}
    assert layer.weight.stride() == (1, 20)
    assert layer(spikes(1) > 0).dtype == torch.float32
    wide = layer.double()
    assert wide(spikes(1)).dtype == torch.float64
    assert {t.dtype for t in wide.state_dict().values()} == {torch.float64}


@pytest.mark.parametrize("way", ["loaded", "copied", "cast there and back", "loaded by assignment"])
def test_learning_goes_on_as_if_not_stopped(way):
    layer = made()
    layer.learn(spikes(1), spikes(2))
    if way == "copied":
        other = copy.deepcopy(layer)
    elif way == "cast there and back":
        other = copy.deepcopy(layer).double().float()
    else:
        other = FFLayer(30, 20, 5, seed=5)
        state = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
        other.load_state_dict(state, assign=way == "loaded by assignment")
    before = other.weight.clone()
    for some in (layer, other):
        some.learn(spikes(3), spikes(4))
    assert not torch.equal(other.weight, before)
    assert torch.equal(other.weight, layer.weight)
    assert torch.equal(other.exp_avg_sq, layer.exp_avg_sq)


def test_it_learns_in_double_precision():
    layer = made().double()
    before = layer.weight.clone()
    layer.learn(spikes(1), spikes(2))
    assert (layer.weight - before).abs().max() > 1e-3


def test_no_graph_goes_through_it_and_modules_around_it_learn():
    layer = made()
    encoder, readout = nn.Linear(30, 30), nn.Linear(20, 3)
    whole = nn.Sequential(encoder, layer, FFLayer(20, 20, 5), readout)
    out = whole[1](encoder(spikes(1)))
    assert out.grad_fn is None
    assert not out.requires_grad
    assert layer(spikes(1).requires_grad_()).grad_fn is None
    layer.learn(encoder(spikes(1)), spikes(2).requires_grad_())
    assert layer.weight.grad_fn is None
    optimiser = torch.optim.AdamW(whole.parameters(), lr=0.1, weight_decay=0.5)
    before = layer.weight.clone(), readout.weight.clone()
    whole(spikes(3)).square().sum().backward()
    optimiser.step()
    assert encoder.weight.grad is None
    assert layer.weight.grad is None
    assert torch.equal(layer.weight, before[0])
    assert not torch.equal(readout.weight, before[1])


def test_no_step_of_the_neurons_is_recorded(monkeypatch):
    drives = []

    def run(constants, drive):
        drives.append(drive)
        return drive

    monkeypatch.setattr("spikeff.nn.neurons.lif.LIFConstants.run", run)
    made()(spikes(1).requires_grad_())
    assert drives
    assert not drives[0].requires_grad


def test_the_seed_decides_the_weights():
    assert torch.equal(FFLayer(4, 10).weight, FFLayer(4, 10).weight)
    assert not torch.equal(FFLayer(4, 10).weight, FFLayer(4, 10, seed=1).weight)


def test_what_does_not_fit_is_refused():
    layer = made()
    with pytest.raises(DescriptionError, match=r"inputs=30.*\(8, 6, 31\); give \(steps, samples"):
        layer(spikes(1, inputs=31))
    with pytest.raises(DescriptionError, match=r"spikes of shape \(6, 30\)"):
        layer.learn(spikes(1)[0], spikes(2))
    with pytest.raises(DescriptionError, match=r"spikes of \[6, 7\] samples"):
        layer.learn(spikes(1), spikes(2, samples=7))
    with pytest.raises(DescriptionError, match=r"and \[4, 8\] steps"):
        layer.learn(spikes(1), spikes(2)[:4])
    with pytest.raises(ConfigError, match=r"Pair\(\) compares positives with negatives; give both"):
        layer.learn(spikes(1))
    with pytest.raises(DescriptionError, match=r"spikes of \[\] samples"):
        made(objective=Threshold()).learn()
    with pytest.raises(ConfigError, match=r"ClassColumns\(temperature=1.0\) compares no"):
        FFLayer(4, 10, objective=ClassColumns())
    with pytest.raises(ConfigError, match="columns of 7 do not divide"):
        FFLayer(4, 10, 7)


def test_the_readouts_objective_needs_a_readout():
    shown = Shown(torch.zeros(3).long(), 1, 3, 2, Phase.BOTH)
    with pytest.raises(ConfigError, match="'readout' is that of a whole network"):
        LinearReadout().judge([], shown)
