"""Networks in time: what training ran is what every simulator runs, spike for spike."""

import math

import numpy as np
import pytest
import torch

from hw_targets.emulator import run as emulator
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError
from spikeff.ir.connectivity import DENSE, Conv2d, LocalFields
from spikeff.ir.trace import compare_traces
from spikeff.learning.optim import LocalAdam
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.lowering import describe_timed
from spikeff.nn.delay_settings import DelaySettings
from spikeff.references import brian2, norse
from tests.networks.timed import codes, drawn, together, two_layers
from tests.parity.conftest import once_in_the_runtime

STEPS, SAMPLES = 8, 3
# A field of 3 x 3 on each place of a grid, and weights of its own at each.
FIELDS = LocalFields((1, 4, 5), 1, (3, 3), padding=(1, 1))
CASES = {
    "free": {},
    "a lasting current": {"tau_syn": math.inf},
    "two spikes, behind gates": {"limit": 2, "lateral": 2, "feedback": 4},
    "one spike of a lasting current": {"limit": 1, "tau_syn": math.inf},
    "a convolution below": {"up": Conv2d((1, 4, 5), 2, (3, 3)), "sizes": (12, 8)},
    "late feedback": {"feedback": 6, "lateral": 3},
    "a delay for each synapse": {"delays": DelaySettings(max_delay=4)},
    "delays of a convolution": {
        "up": Conv2d((1, 4, 5), 2, (3, 3)),
        "sizes": (12, 8),
        "delays": DelaySettings(max_delay=3),
    },
    "local fields up and down": {"up": FIELDS, "between": FIELDS, "sizes": (20, 20)},
}


def trained(case):
    """A network that has learned a little, what it is shown, and its description."""
    network = two_layers(**CASES[case]).double()
    presented = drawn(network, STEPS, SAMPLES, seed=3)
    network.calibrate(presented, 0.15)
    for run in network.walk(presented):
        error = torch.ones_like(run.spikes) * run.psi
        changes = network.changes(run, ThreeFactor().drive_error(error, run))
        delays = network.delay_parts(run.depth)
        parts = [(part, 1.0) for part in network.weight_parts(run.depth)]
        LocalAdam(parts + [(d.steps, 50.0) for d in delays]).ascend(changes, 0.02)
        for moved in delays:
            moved.confine_()
    described = describe_timed(network, **codes(20, STEPS, ("layer1", "layer2")))
    return network, presented, described


@pytest.mark.parametrize(("case", "lava"), once_in_the_runtime(CASES, "free"))
def test_training_norse_brian2_and_lava_agree(case, lava):
    network, presented, description = trained(case)
    inputs = together(presented)
    found = network(presented)
    ours = norse.run(description, inputs)
    for name in ("layer1", "layer2"):
        assert found[name].sum() > 5
        np.testing.assert_array_equal(ours.spikes[name], found[name].numpy() > 0)
    assert compare_traces(ours, brian2.run(description, inputs)).equal
    theirs = lava.run_float(with_blanking(description), inputs).trace
    assert compare_traces(ours, theirs.window(STEPS)).equal


@pytest.mark.parametrize(("case", "lava"), once_in_the_runtime(CASES, "free", "late feedback"))
def test_integers_are_the_same_in_emulator_and_lava(case, lava):
    _, presented, description = trained(case)
    inputs = together(presented)
    network = quantize(description)
    fast = emulator.run(network, inputs, record_states=True).trace
    slow = lava.run_integer(network, inputs).trace
    assert all(fast.spikes[name].any() for name in ("layer1", "layer2"))
    comparison = compare_traces(fast, slow)
    assert comparison.equal
    assert comparison.state_mismatches == 0


def test_fixed_projections_are_not_told_as_learned():
    network = two_layers(limit=1, tau_syn=math.inf)
    description = describe_timed(network, **codes(20, STEPS, ("layer1",)))
    assert [(c.source, c.target, c.role) for c in description.connections][3:] == [
        ("layer2", "layer1", "learned"),
        ("layer1", "layer1", "learned"),
        ("layer2", "layer2", "fixed"),
        ("layer1", "layer1", "self_inhibition"),
        ("layer2", "layer2", "self_inhibition"),
    ]


def test_populations_start_as_late_as_a_chip_needs():
    for feedback, depths in ((2, (0, 1)), (5, (0, 1))):
        network = two_layers(feedback=feedback)
        description = describe_timed(network, **codes(20, STEPS, ("layer1",)))
        assert tuple(p.depth for p in description.populations) == depths
    gated = two_layers(limit=2, lateral=2, feedback=4)
    description = describe_timed(gated, **codes(20, STEPS, ("layer1",)))
    assert {p.name: p.depth for p in description.populations} == {
        "layer1.free": 0,
        "layer1": 1,
        "layer2.free": 2,
        "layer2": 3,
    }


def test_a_loop_that_is_too_fast_for_a_chip_is_named():
    network = two_layers(feedback=1)
    message = r"layer\d -> layer\d -> layer\d: its delays add up to 1 in 2 .* at least 1 in all"
    with pytest.raises(DescriptionError, match=message):
        describe_timed(network, **codes(20, STEPS, ("layer1",)))


def test_inputs_lie_side_by_side():
    network = two_layers()
    description = describe_timed(network, **codes(20, STEPS, ("layer1",)))
    first, labels = (
        c for c in description.connections if c.source == "input" and c.connectivity == DENSE
    )
    assert first.weights.shape == (12, 26)
    assert not first.weights[:, 20:].any()
    assert not labels.weights[:, :20].any()
    np.testing.assert_array_equal(labels.weights[:, 20:], network.weight_parts(1)[1].numpy())
    with pytest.raises(DescriptionError, match="have 26 channels, their codes 25"):
        describe_timed(network, **codes(19, STEPS, ("layer1",)))
