import math

import pytest
import torch
from norse.torch.functional.lif import (
    LIFFeedForwardState,
    LIFParameters,
    lif_feed_forward_step,
)

from spikeff.errors import DescriptionError
from spikeff.nn.neurons import lif as dynamics
from spikeff.nn.neurons.lif import (
    LIFConstants,
    LIFState,
    filtered_backwards,
    lif_run,
    lif_run_with_surrogate,
    lif_step,
    lif_step_with_surrogate,
    synaptic_trace,
)

DT = 1e-3


def drives(seed, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(40, 16, 50, generator=generator, dtype=dtype) * 0.8


def norse_run(drive, constants):
    tau_syn_inv = 0.0 if math.isinf(constants.tau_syn) else 1.0 / constants.tau_syn
    p = LIFParameters(
        tau_syn_inv=tau_syn_inv,
        tau_mem_inv=1.0 / constants.tau_mem,
        v_leak=torch.zeros((), dtype=drive.dtype),
        v_th=torch.tensor(constants.v_th, dtype=drive.dtype),
        v_reset=torch.zeros((), dtype=drive.dtype),
    )
    state = LIFFeedForwardState(torch.zeros_like(drive[0]), torch.zeros_like(drive[0]))
    spikes = []
    for incoming in drive:
        z, state = lif_feed_forward_step(incoming, state, p, constants.dt)
        spikes.append(z)
    return torch.stack(spikes)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("tau_syn", "tau_mem"), [(math.inf, 0.002), (0.005, 0.01), (0.001, 0.001), (0.0033, 0.0071)]
)
def test_free_firing_is_norse_spike_for_spike(tau_syn, tau_mem, dtype, loops):
    constants = LIFConstants(tau_syn, tau_mem, 0.3, DT, None)
    drive = drives(1, dtype)
    ours = lif_run(drive, constants)
    assert ours.sum() > 1000
    assert torch.equal(ours, norse_run(drive, constants))


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_spike_limit_keeps_the_first_spikes_of_free_firing(limit, loops):
    drive = drives(2)
    free = lif_run(drive, LIFConstants(0.005, 0.01, 0.3, DT, None))
    limited = lif_run(drive, LIFConstants(0.005, 0.01, 0.3, DT, limit))
    assert free.sum(0).max() > limit
    assert torch.equal(limited, free * (free.cumsum(0) <= limit))


def test_membrane_follows_its_closed_form():
    """Constant drive into a lasting current: i(t) = (k+1) d, v a discrete convolution of it."""
    constants = LIFConstants(math.inf, 0.004, 1e9, DT, None)
    trace = synaptic_trace(torch.ones(30, 1, 1, dtype=torch.float64), constants)
    a = constants.dv
    k = torch.arange(1, 31, dtype=torch.float64)
    expected = k - (1 - a) / a * (1 - (1 - a) ** k)
    torch.testing.assert_close(trace[:, 0, 0], expected)


@pytest.mark.parametrize("limit", [1, 2])
def test_surrogate_peaks_at_threshold_and_ends_with_the_last_spike(limit, loops):
    constants = LIFConstants(math.inf, 0.002, 1.0, DT, limit)
    drive = drives(3)
    spikes, psi = lif_run_with_surrogate(drive, constants, 5.0)
    assert torch.equal(spikes, lif_run(drive, constants))
    assert psi.min() >= 0
    assert psi.max() <= 1
    spent = (spikes.cumsum(0) - spikes) >= limit
    assert spent.any()
    assert psi[spent].abs().max() == 0
    free = lif_run_with_surrogate(drive, LIFConstants(math.inf, 0.002, 1.0, DT, None), 5.0)[1]
    assert torch.equal(psi[~spent], free[~spent])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("limit", [1, 3, None])
@pytest.mark.parametrize("tau_syn", [math.inf, 0.0033])
def test_compiled_loops_give_torchs_bits(tau_syn, limit, dtype, monkeypatch):
    constants = LIFConstants(tau_syn, 0.0071, 0.3, DT, limit)
    drive = drives(4, dtype).repeat(1, 1, 30)  # more neurons than a block holds
    results = []
    for least in (2**62, 0):
        monkeypatch.setattr(dynamics, "COMPILED_FROM", least)
        spikes, psi = lif_run_with_surrogate(drive, constants, 5.0)
        results.append((spikes, psi, filtered_backwards(drive * psi, constants)))
    assert results[0][0].sum() > 1000
    for by_torch, compiled in zip(*results, strict=True):
        assert compiled.dtype == dtype
        assert torch.equal(by_torch, compiled)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("limit", [1, 3, None])
@pytest.mark.parametrize("tau_syn", [math.inf, 0.0033])
def test_step_by_step_gives_the_bits_of_the_whole_sample(tau_syn, limit, dtype, loops):
    constants = LIFConstants(tau_syn, 0.0071, 0.3, DT, limit)
    drive = drives(5, dtype)
    spikes, psi = lif_run_with_surrogate(drive, constants, 5.0)
    plain = with_psi = LIFState.at_rest(drive[0])
    for step, incoming in enumerate(drive):
        z, plain = lif_step(incoming, plain, constants)
        same, slope, with_psi = lif_step_with_surrogate(incoming, with_psi, constants, 5.0)
        assert torch.equal(z, spikes[step])
        assert torch.equal(same, spikes[step])
        assert torch.equal(slope, psi[step])
        assert all(torch.equal(a, b) for a, b in zip(plain, with_psi, strict=True))
    assert torch.equal(plain.fired, spikes.sum(0))
    assert spikes.sum() > 500


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_step_leaves_the_states_of_norses_step(dtype):
    constants = LIFConstants(0.0033, 0.0071, 0.3, DT, None)
    p = LIFParameters(
        tau_syn_inv=1.0 / constants.tau_syn,
        tau_mem_inv=1.0 / constants.tau_mem,
        v_leak=torch.zeros((), dtype=dtype),
        v_th=torch.tensor(constants.v_th, dtype=dtype),
        v_reset=torch.zeros((), dtype=dtype),
    )
    drive = drives(6, dtype)
    ours = LIFState.at_rest(drive[0])
    norses = LIFFeedForwardState(torch.zeros_like(drive[0]), torch.zeros_like(drive[0]))
    for incoming in drive:
        z, ours = lif_step(incoming, ours, constants)
        expected, norses = lif_feed_forward_step(incoming, norses, p, constants.dt)
        assert torch.equal(z, expected)
        assert torch.equal(ours.v, norses.v)
        assert torch.equal(ours.i, norses.i)


def test_a_step_does_not_change_what_it_is_given():
    constants = LIFConstants(0.0033, 0.0071, 0.3, DT, 2)
    incoming = drives(7)[0]
    state = LIFState.at_rest(incoming)
    lif_step_with_surrogate(incoming, state, constants, 5.0)
    assert all(not part.any() for part in state)
    assert torch.equal(incoming, drives(7)[0])


def test_constants_must_be_positive():
    with pytest.raises(DescriptionError, match="tau_mem = 0"):
        LIFConstants(1.0, 0.0, 1.0, DT, None)
    with pytest.raises(DescriptionError, match="spike_limit = 0"):
        LIFConstants(1.0, 1.0, 1.0, DT, 0)
