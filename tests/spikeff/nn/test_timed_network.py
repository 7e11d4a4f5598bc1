"""Networks in time: order of evaluation, delays, clamped populations, changes, refusals."""

from functools import partial

import numpy as np
import pytest
import torch

from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.ir.connectivity import DENSE, LocalFields
from spikeff.learning.objectives.class_columns import ClassColumns
from spikeff.learning.objectives.objective import Shown
from spikeff.learning.optim import LocalAdam
from spikeff.learning.phase import Phase
from spikeff.learning.readout import SoftmaxReadout
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.graph.evaluation_order import Block, blocks
from spikeff.nn.graph.projection import Projection
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.input_spikes import InputSpikes
from spikeff.nn.neurons.lif import LIFState, lif_run_with_surrogate, lif_step
from spikeff.nn.spike_events import STEP_EVENTS_FROM, SpikeEvents, drive_of_step
from tests.networks.timed import SAMPLES, STEPS, drawn, lively, population, two_layers


def by_hand(network, presented):
    """Every population of every step, every projection of it, in the order of the names."""
    order = ["layer1", "layer2"]
    spikes = dict(presented)
    states = {}
    for name in order:
        spikes[name] = torch.zeros(STEPS, SAMPLES, network.sizes[name]).double()
        states[name] = LIFState.at_rest(spikes[name][0])
    for step in range(STEPS):
        for name in order:
            drive = torch.zeros_like(spikes[name][0])
            for arrival in network.arriving(name):
                sent = step - arrival.projection.delay
                if sent >= 0:
                    drive += arrival.synapses.drive(spikes[arrival.projection.source][sent])
            constants = network.populations[name].constants
            spikes[name][step], states[name] = lif_step(drive, states[name], constants)
    return spikes


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("feedback", [1, 2, 5, STEPS + 1])
def test_a_loop_runs_step_by_step(feedback, limit):
    network, presented = lively(feedback=feedback, limit=limit)
    assert network.blocks == [Block(("layer1", "layer2"), True)]
    expected = by_hand(network, presented)
    found = network(presented)
    for name in ("layer1", "layer2"):
        assert found[name].sum() > 20
        assert torch.equal(found[name], expected[name])
    for name, run in zip(network.learning, network.walk(presented), strict=True):
        assert torch.equal(run.spikes, expected[name])


def test_feedback_and_lateral_synapses_are_heard():
    network, presented = lively()
    before = network(presented)["layer1"]
    for index in (3, 4):
        weight = network.arrivals[index].synapses.weight
        kept = weight.clone()
        weight.zero_()
        assert not torch.equal(network(presented)["layer1"], before)
        weight.copy_(kept)
    assert torch.equal(network(presented)["layer1"], before)


def test_without_a_loop_whole_samples_are_run_at_once(monkeypatch):
    def refuse(*args):
        raise AssertionError("step by step")

    monkeypatch.setattr("spikeff.nn.neurons.lif.lif_step_with_surrogate", refuse)
    layers = {"upper": population(6), "lower": population(8)}
    wiring = [Projection("lower", "upper", delay=1), Projection("in", "lower")]
    network = TimedNetwork({"in": 10}, layers, wiring, torch.Generator().manual_seed(0)).double()
    assert network.blocks == [Block(("lower",), False), Block(("upper",), False)]
    presented = drawn(network, STEPS, SAMPLES, seed=2)
    network.calibrate(presented, 0.2)
    lower, upper = network.walk(presented)
    drive = presented["in"] @ network.arriving("lower")[0].synapses.weight.t()
    spikes, psi = lif_run_with_surrogate(drive, layers["lower"].constants, 5.0)
    assert network.learning == ("lower", "upper")
    assert (lower.depth, upper.depth) == (0, 1)
    assert lower.layer is layers["lower"]
    assert torch.equal(lower.spikes, spikes)
    assert torch.equal(lower.psi, psi)
    assert upper.incoming[0] is lower.spikes
    assert upper.spikes.any()
    assert not upper.spikes[0].any()


@pytest.mark.parametrize("feedback", [1, 3])
def test_changes_are_errors_times_what_arrived(feedback):
    network, presented = lively(feedback=feedback)
    for run in network.walk(presented):
        error = torch.randn(run.spikes.shape, generator=torch.Generator().manual_seed(7)).double()
        changes = network.changes(run, error)
        name = network.learning[run.depth]
        learned = network.arriving(name, learned=True)
        parts = network.weight_parts(run.depth)
        assert len(changes) == len(learned) == len(parts) == (3 if name == "layer1" else 2)
        spikes = network(presented)
        for change, arrival, part in zip(changes, learned, parts, strict=True):
            source, delay = arrival.projection.source, arrival.projection.delay
            expected = torch.zeros_like(part)
            for step in range(delay, STEPS):
                expected += error[step].t() @ spikes[source][step - delay]
            torch.testing.assert_close(change, expected)
            assert part.data_ptr() == arrival.synapses.weight.data_ptr()


def test_a_clamped_population_sends_what_it_is_given():
    network, presented = lively()
    clamped = (torch.rand(STEPS, SAMPLES, 8) < 0.4).double()
    found = network(presented | {"layer2": clamped})
    assert torch.equal(found["layer2"], clamped)
    free = network(presented)
    assert not torch.equal(found["layer1"], free["layer1"])
    again = network(presented | {"layer2": free["layer2"]})
    assert torch.equal(again["layer1"], free["layer1"])
    assert [run.depth for run in network.walk(presented | {"layer2": clamped})] == [0]
    assert [
        run.depth
        for run in network.walk(presented | {"layer1": clamped[..., :1].expand(-1, -1, 12)})
    ] == [1]


def test_nothing_builds_a_graph():
    network, presented = lively()
    presented = {name: spikes.requires_grad_() for name, spikes in presented.items()}
    for run in network.walk(presented):
        assert not run.spikes.requires_grad
        assert not run.psi.requires_grad
        changes = network.changes(run, ThreeFactor().drive_error(run.psi, run))
        assert not any(change.requires_grad for change in changes)


def test_gains_are_found_for_every_population():
    network, presented = lively()
    lower, upper = (network(presented)[name].mean() for name in ("layer1", "layer2"))
    assert 0.1 < lower < 0.4
    assert 0.1 < upper < 0.4
    fixed = network.arrivals[5].synapses.weight
    assert torch.equal(fixed, two_layers().double().arrivals[5].synapses.weight)


def test_weights_are_parameters_by_torchs_own_names():
    network = two_layers()
    assert len(list(network.parameters())) == 6
    other = two_layers(seed=1)
    other.load_state_dict(network.state_dict())
    for a, b in zip(network.arrivals, other.arrivals, strict=True):
        assert torch.equal(a.synapses.weight, b.synapses.weight)
    assert "dense, 20 -> 12" in repr(network)


def test_order_of_evaluation():
    edges = [("c", "b", 0), ("b", "a", 1), ("a", "b", 0), ("d", "d", 1), ("a", "d", 0)]
    assert blocks(["d", "b", "a", "c"], edges) == [
        Block(("c",), False),
        Block(("a", "b"), True),
        Block(("d",), True),
    ]


def test_loops_without_delay_are_refused_by_name():
    with pytest.raises(DescriptionError, match=r"loop .*layer1 -> layer2.* none .* has a delay"):
        two_layers(feedback=0)
    with pytest.raises(DescriptionError, match="loop layer1 -> layer1: none"):
        two_layers(lateral=0)


@pytest.mark.parametrize(
    ("presented", "message"),
    [
        ({"labels": (9, 4, 6)}, r"no spikes of \['pixels'\]"),
        ({"pixels": (9, 4, 21), "labels": (9, 4, 6)}, r"pixels: spikes of shape \(9, 4, 21\)"),
        ({"pixels": (9, 4, 20), "labels": (9, 5, 6)}, r"labels: .*\(9, 4\) for all"),
        ({"pixels": (9, 4, 20), "labels": (9, 4, 6), "layer3": (9, 4, 6)}, "'layer3' is unknown"),
    ],
)
def test_presentations_that_do_not_fit_are_refused(presented, message):
    spikes = {name: torch.zeros(shape) for name, shape in presented.items()}
    with pytest.raises((DescriptionError, UnknownNameError), match=message):
        two_layers()(spikes)


def test_parts_that_do_not_fit_are_refused():
    def network(projections, layers=None, inputs=None):
        made = {"a": population(4)} if layers is None else layers
        return TimedNetwork(inputs or {"in": 3}, made, projections, torch.Generator())

    with pytest.raises(UnknownNameError, match=r"projection b->a: source 'b' is unknown"):
        network([Projection("b", "a")])
    with pytest.raises(UnknownNameError, match=r"projection a->in: target 'in' is unknown"):
        network([Projection("a", "in")])
    with pytest.raises(DescriptionError, match=r"\['a'\] name both"):
        network([], inputs={"a": 3})
    with pytest.raises(DescriptionError, match="at least one input"):
        network([], layers={})
    slow = population(4)
    object.__setattr__(slow.constants, "dt", 2e-3)
    with pytest.raises(DescriptionError, match="dt differs"):
        network([], layers={"a": population(4), "b": slow})


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    latency = torch.from_numpy(np.where(images > 4, np.round((16 - images) / 4), 8))
    spikes = torch.stack([latency == step for step in range(8)]).float()
    return spikes[:, :600], torch.from_numpy(labels[:600])


def with_loops(pixels):
    """Class columns: ten columns of five in both layers."""
    layers = {f"layer{k}": population(50, 5, goodness="pairs") for k in (1, 2)}
    wiring = [
        Projection("pixels", "layer1"),
        Projection("layer1", "layer2"),
        Projection("layer2", "layer1", delay=2),
        Projection("layer1", "layer1", delay=1),
        Projection("layer2", "layer2", delay=1),
    ]
    network = TimedNetwork({"pixels": 64}, layers, wiring, torch.Generator().manual_seed(0))
    network.calibrate({"pixels": pixels[:, :64]}, 0.15)
    return network


def right(network, pixels, labels):
    runs = network.walk({"pixels": pixels})
    goodness = sum(run.layer.column_goodness(run.spikes) for run in runs)
    return (goodness.argmax(1) == labels).float().mean().item()


def test_bottom_up_top_down_and_lateral_synapses_learn_digits(digits):
    pixels, labels = digits
    network = with_loops(pixels)
    optimisers = [
        LocalAdam([(part, 1.0) for part in network.weight_parts(k)])
        for k in range(len(network.learning))
    ]
    first = [a.synapses.weight.clone() for a in network.arrivals]
    before = right(network, pixels[:, 500:], labels[500:])
    readout = SoftmaxReadout(1, 10, torch.device("cpu"))
    for epoch in range(8):
        order = torch.randperm(500, generator=torch.Generator().manual_seed(epoch))
        for some in order.split(25):
            shown = Shown(labels[some], 1, len(some), 10, Phase.BOTH, readout)
            runs = network.walk({"pixels": pixels[:, some]})
            judge = partial(ClassColumns().judge, shown=shown)
            for learned in ThreeFactor().learn(runs, judge, share=1.0):
                changes = network.changes(learned.run, learned.drive_error)
                optimisers[learned.run.depth].ascend(changes, 0.03)
    after = right(network, pixels[:, 500:], labels[500:])
    assert before < 0.25
    assert after > 0.5
    for arrival, weight in zip(network.arrivals, first, strict=True):
        assert (arrival.synapses.weight - weight).abs().max() > 0.01


@pytest.mark.parametrize("delay", [0, 3])
@pytest.mark.parametrize("up", [DENSE, LocalFields((1, 4, 5), 1, (3, 3), padding=(1, 1))])
def test_data_as_events_are_what_their_repeated_spikes_are(delay, up):
    generator = torch.Generator().manual_seed(4)
    spikes = (torch.rand(6, 3, 20, generator=generator) < 0.4).numpy()
    events = InputSpikes(SpikeEvents.of(spikes, torch.device("cpu")), rows=2)
    dense = torch.from_numpy(spikes).double().repeat(1, 2, 1)
    net = TimedNetwork(
        {"pixels": 20},
        {"layer1": population(20)},
        [Projection("pixels", "layer1", up, delay)],
        generator,
    ).double()
    (arrival,) = net.arrivals
    assert events.shape == dense.shape
    torch.testing.assert_close(arrival.drive(events), arrival.drive(dense))
    error = torch.rand(6, 6, 20, generator=generator).double()
    torch.testing.assert_close(arrival.changes(error, events), arrival.changes(error, dense))
    assert torch.equal(net({"pixels": events})["layer1"], net({"pixels": dense})["layer1"])


def test_few_spikes_of_a_step_are_summed_as_a_product():
    generator = torch.Generator().manual_seed(5)
    weight = torch.randn(128, 300, generator=generator)
    for share in (0.05, 0.6):
        spikes = (torch.rand(128, 300, generator=generator) < share).float()
        assert len(spikes) * len(weight) >= STEP_EVENTS_FROM
        torch.testing.assert_close(drive_of_step(spikes, weight), spikes @ weight.t())
