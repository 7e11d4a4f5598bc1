"""The neuron against its closed form, and the discrete network against continuous time."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.pipeline.fidelity.dt_convergence import refine, refine_inputs, refinement_study
from spikeff.references import brian2 as brian2_reference
from spikeff.references import norse as norse_reference
from tests.markers import slow_but
from tests.networks import (
    DT,
    calm_description,
    random_description,
    random_inputs,
)

TAU_MEM, TAU_SYN, WEIGHT = 8e-3, 5e-3, 3.0


def single_neuron(v_th: float, tau_syn: float, steps: int, leak: float = 0.0) -> NetworkDescription:
    """One neuron and one synapse of weight ``WEIGHT``."""
    description = random_description(np.random.default_rng(0), (1,), steps, tau_syn, 0.0)
    population = replace(
        description.populations[0], tau_mem=TAU_MEM, v_th=v_th, v_leak=np.array([leak])
    )
    weights = np.zeros((1, description.input_size))
    weights[0, 0] = WEIGHT
    connection = Connection(INPUT, population.name, DENSE, weights)
    return replace(description, populations=(population,), connections=(connection,))


def one_spike(description: NetworkDescription) -> Array:
    """A spike of the first channel at time 0."""
    inputs = np.zeros((description.steps, 1, description.input_size), bool)
    inputs[0, 0, 0] = True
    return inputs


def closed_form(tau_syn: float, leak: float, time: Array) -> Array:
    """v(t) after a spike at time 0; for time constants alike, their limit."""
    resting = leak * (1 - np.exp(-time / TAU_MEM))
    if math.isinf(tau_syn):
        return resting + WEIGHT * (1 - np.exp(-time / TAU_MEM))
    if tau_syn == TAU_MEM:
        return resting + WEIGHT * time / TAU_MEM * np.exp(-time / TAU_MEM)
    decays = np.exp(-time / tau_syn) - np.exp(-time / TAU_MEM)
    return np.asarray(resting + WEIGHT * tau_syn / (tau_syn - TAU_MEM) * decays)


def slope(factors: list[int], errors: list[float]) -> float:
    """Order of convergence: the slope of log error over log dt."""
    return float(-np.polyfit(np.log(factors), np.log(errors), 1)[0])


@pytest.mark.parametrize("tau_syn", [TAU_SYN, TAU_MEM, math.inf])
@pytest.mark.parametrize("leak", [0.0, -0.4])
def test_the_membrane_converges_to_its_closed_form_with_slope_one(
    tau_syn: float, leak: float
) -> None:
    coarse = single_neuron(1e6, tau_syn, steps=20, leak=leak)
    factors, errors = [4, 8, 16, 32, 64], []
    for factor in factors:
        fine = refine(coarse, factor)
        v = norse_reference.run(fine, one_spike(fine), record_states=True).v["layer0"][:, 0, 0]
        time = np.arange(1, fine.steps + 1) * fine.dt
        errors.append(float(np.abs(v - closed_form(tau_syn, leak, time)).max()))
    assert 0.97 < slope(factors, errors) < 1.03
    assert errors[-1] < 0.01 * WEIGHT


@pytest.mark.parametrize("tau_syn", slow_but([TAU_SYN, TAU_MEM, math.inf], TAU_SYN))
def test_exact_integration_in_brian2_is_the_closed_form(tau_syn: float) -> None:
    description = single_neuron(1e6, tau_syn, steps=20, leak=0.3)
    trace = brian2_reference.run(
        description, one_spike(description), record_states=True, exact=True
    )
    time = np.arange(1, 21) * DT
    expected = closed_form(tau_syn, 0.3, time)
    np.testing.assert_allclose(trace.v["layer0"][:, 0, 0], expected, rtol=1e-12)


def test_the_first_spike_comes_at_its_time_and_the_rate_follows() -> None:
    """With a lasting current I: intervals of tau_mem ln(I / (I - v_th)), no later than a step."""
    v_th = 1.0
    interval = TAU_MEM * math.log(WEIGHT / (WEIGHT - v_th))
    coarse = single_neuron(v_th, math.inf, steps=30)
    lateness = []
    for factor in (1, 4, 16, 64):
        fine = refine(coarse, factor)
        spikes = norse_reference.run(fine, one_spike(fine)).spikes["layer0"][:, 0, 0]
        times = (np.flatnonzero(spikes) + 1) * fine.dt
        lateness.append(abs(float(np.diff(times).mean()) - interval))
        assert abs(times[0] - interval) < 1.5 * fine.dt
    assert lateness[-1] < 2e-3 * interval
    assert lateness == sorted(lateness, reverse=True)


def test_refined_inputs_keep_their_times() -> None:
    inputs = random_inputs(np.random.default_rng(1), 5, 2)
    fine = refine_inputs(inputs, 3)
    np.testing.assert_array_equal(fine[::3], inputs)
    assert fine.sum() == inputs.sum()


@pytest.mark.slow
def test_the_discrete_network_approaches_continuous_time() -> None:
    """Spike times with slope 1; the van Rossum distance of a shift is its square root."""
    description = calm_description()
    inputs = random_inputs(np.random.default_rng(4), description.steps, samples=3)
    factors = (1, 2, 4, 8)
    study = refinement_study(description, inputs, factors, finest=64)
    assert 0.85 < slope(list(factors), [p.first_spike_error for p in study]) < 1.15
    assert 0.4 < slope(list(factors), [p.van_rossum for p in study]) < 0.65
    assert [p.missed for p in study] == sorted((p.missed for p in study), reverse=True)
