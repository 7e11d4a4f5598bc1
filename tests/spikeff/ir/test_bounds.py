"""Bounds hold for every input, and are reached by the worst one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lava_export.quantize.blanking import with_blanking
from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.bounds import (
    geometric_sum,
    self_inhibition_weight,
    spikes_per_source,
    worst_currents,
)
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import BLANK, INPUT, NetworkDescription
from spikeff.ir.roles import SOFT_RESET
from spikeff.references import norse as norse_reference
from tests.networks import (
    DT,
    INPUT_SIZE,
    LABELS,
    PIXELS,
    random_description,
    with_self_inhibition,
)


def with_spikes_per_channel(description: NetworkDescription, spikes: int) -> NetworkDescription:
    return replace(description, input=replace(description.input, spikes_per_channel=spikes))


def test_geometric_sum() -> None:
    assert geometric_sum(0.0, 5) == 5.0
    assert geometric_sum(1.0, 5) == 1.0
    assert geometric_sum(0.5, 3) == 1.75
    assert geometric_sum(0.5, 0) == 0.0


def test_spikes_of_pixels_labels_and_populations() -> None:
    description = with_spikes_per_channel(random_description(np.random.default_rng(0)), 3)
    most = spikes_per_source(description, INPUT, description.steps)
    assert most[:PIXELS].tolist() == [3] * PIXELS
    assert most[PIXELS:].tolist() == [len(LABELS.steps)] * LABELS.channels
    assert spikes_per_source(description, "layer0", 7).tolist() == [7] * 12
    assert spikes_per_source(description, INPUT, 1).max() == 1


@pytest.mark.parametrize("tau_syn", [math.inf, 5 * DT, DT])
def test_the_worst_input_reaches_the_bound(tau_syn: float) -> None:
    description = random_description(np.random.default_rng(1), (6,), tau_syn=tau_syn)
    description = replace(description, labels=None, input=replace(description.input, pixels=36))
    highest, lowest = worst_currents(description, "layer0")
    weights = description.connections[0].weights
    assert weights.shape[1] == INPUT_SIZE
    for neuron in range(6):
        for sign, bound in ((1, highest[neuron]), (-1, lowest[neuron])):
            inputs = np.zeros((description.steps, 1, 36), bool)
            inputs[:, 0] = sign * weights[neuron] > 0
            u = norse_reference.run(description, inputs, record_states=True).u["layer0"]
            assert u[-1, 0, neuron] == pytest.approx(bound, rel=1e-12)


def test_no_random_input_exceeds_the_bounds() -> None:
    rng = np.random.default_rng(2)
    description = with_self_inhibition(random_description(rng, (10, 8), tau_syn=6 * DT))
    inputs = rng.random((description.steps, 50, INPUT_SIZE)) < 0.6
    inputs[2:, :, PIXELS:] = False
    trace = norse_reference.run(description, inputs, record_states=True)
    for name, u in trace.u.items():
        highest, lowest = worst_currents(description, name)
        assert (u <= highest + 1e-9).all()
        assert (u >= lowest - 1e-9).all()


@pytest.mark.parametrize("tau_syn", [math.inf, 4 * DT])
def test_self_inhibition_allows_one_spike(tau_syn: float) -> None:
    rng = np.random.default_rng(3)
    description = random_description(rng, (10, 8), tau_syn=tau_syn, bias=4.0)
    free = norse_reference.run(description, np.ones((7, 1, INPUT_SIZE), bool))
    assert free.spikes["layer0"].sum(axis=0).max() > 1
    inhibited = with_self_inhibition(description)
    inputs = rng.random((7, 40, INPUT_SIZE)) < np.linspace(0, 1, 40)[:, None]
    trace = norse_reference.run(inhibited, inputs)
    for spikes in trace.spikes.values():
        assert spikes.sum(axis=0).max() == 1


def test_a_current_of_one_step_cannot_inhibit_for_longer() -> None:
    description = random_description(np.random.default_rng(4), tau_syn=DT)
    with pytest.raises(LimitError, match=r"'layer0'.*choose a longer tau_syn"):
        self_inhibition_weight(description, "layer0")


def test_the_weight_is_positive_without_any_drive() -> None:
    description = random_description(np.random.default_rng(5), (4,), bias=0.0)
    silent = Connection(INPUT, "layer0", DENSE, -np.ones((4, INPUT_SIZE)))
    description = replace(description, connections=(silent,))
    assert self_inhibition_weight(description, "layer0") > 0


def test_an_unknown_population_is_named() -> None:
    description = random_description(np.random.default_rng(6))
    with pytest.raises(DescriptionError, match="'layer7' does not exist"):
        worst_currents(description, "layer7")


def test_blanking_counts_in_every_idle_step_where_a_reset_takes_nothing_of_it() -> None:
    """A membrane that lies in the current holds eight steps of input, but all of the blanking."""
    rng = np.random.default_rng(7)
    description = random_description(rng, (5,), tau_syn=40 * DT)
    reset = Connection("layer0", "layer0", ONE_TO_ONE, np.full(5, -1.0), 20, SOFT_RESET)
    soft = replace(description, connections=(*description.connections, reset))
    blanked = with_blanking(soft)
    _, lowest = worst_currents(blanked, "layer0", blanked.period)
    blank = next(c for c in blanked.connections if c.source == BLANK).weights[:, 0]
    assert blanked.idle_steps == 20
    assert (lowest <= blank * geometric_sum(1 / 40, 20)).all()
