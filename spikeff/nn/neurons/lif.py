"""Current-based LIF neurons in torch, spike for spike Norse's ``lif_feed_forward_step``.

Source: Norse (Pehle and Pedersen 2021), ``norse/torch/functional/lif.py``. The update order is in
``spikeff.ir.network``. ``lif_step`` does one step and does not change the state it is given, as in
Norse; ``lif_run`` does all steps of a sample in place on one state. The same operations in the same
order give the same floats, in torch as in ``spikeff.nn.neurons.lif_kernels``, which are used on the
CPU for large arrays.

``drive`` is the input current throughout: the summed weights of the spikes that arrive in a step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from spikeff.ir.arrays import Array, require_positive
from spikeff.ir.numbers import settle_numbers
from spikeff.nn.neurons.lif_adjoint import AdjointState, adjoint_step
from spikeff.nn.neurons.neuron import Neuron

# Elements of a result from which compiled loops save more than their compilation takes.
COMPILED_FROM = 2**18
# Samples that the search for a gain runs at once.
GAIN_SAMPLES = 64


def compiling_pays(elements: int, device: torch.device) -> bool:
    """Whether compiled kernels are faster for a result of this many elements."""
    return device.type == "cpu" and elements >= COMPILED_FROM


@dataclass(frozen=True)
class LIFConstants(Neuron):
    """Constants of current-based LIF neurons.

    Attributes:
        tau_syn: Synaptic time constant in seconds; infinite for a non-leaky synaptic current.
        tau_mem: Membrane time constant in seconds.
        v_th: Threshold, in units of the current.
        dt: Seconds per step.
        spike_limit: Most spikes of a neuron per sample; None for no limit.

    Raises:
        DescriptionError: A constant is not above zero.
    """

    tau_syn: float
    tau_mem: float
    v_th: float
    dt: float
    spike_limit: int | None

    def __post_init__(self) -> None:
        settle_numbers("LIF constants", self)
        for name in ("tau_syn", "tau_mem", "v_th", "dt"):
            require_positive("LIF constants", name, getattr(self, name))
        if self.spike_limit is not None:
            require_positive("LIF constants", "spike_limit", self.spike_limit)

    @property
    def du(self) -> float:
        """Share of the synaptic current lost per step."""
        return 0.0 if math.isinf(self.tau_syn) else self.dt * (1.0 / self.tau_syn)

    @property
    def dv(self) -> float:
        """Share of the membrane potential lost per step."""
        return self.dt * (1.0 / self.tau_mem)

    def at_rest(self, like: Tensor) -> LIFState:
        """See :meth:`LIFState.at_rest`."""
        return LIFState.at_rest(like)

    def step(self, drive: Tensor, state: LIFState) -> tuple[Tensor, LIFState]:
        """See :func:`lif_step`."""
        return lif_step(drive, state, self)

    def step_with_surrogate(
        self, drive: Tensor, state: LIFState, slope: float
    ) -> tuple[Tensor, Tensor, LIFState]:
        """See :func:`lif_step_with_surrogate`."""
        return lif_step_with_surrogate(drive, state, self, slope)

    def run(self, drive: Tensor) -> Tensor:
        """See :func:`lif_run`."""
        return lif_run(drive, self)

    def run_with_surrogate(self, drive: Tensor, slope: float) -> tuple[Tensor, Tensor]:
        """See :func:`lif_run_with_surrogate`."""
        return lif_run_with_surrogate(drive, self, slope)

    def filter_error(self, error: Tensor) -> Tensor:
        """See :func:`filtered_backwards`."""
        return filtered_backwards(error, self)

    def adjoint(self, error: Tensor, spikes: Tensor) -> Tensor:
        """See :func:`adjoint_run`."""
        return adjoint_run(error, spikes, self)

    def adjoint_at_rest(self, like: Tensor) -> AdjointState:
        """See :meth:`Neuron.adjoint_at_rest`."""
        return AdjointState.at_rest(like)

    def adjoint_step(
        self, error: Tensor, spikes: Tensor, state: AdjointState
    ) -> tuple[Tensor, AdjointState]:
        """See :func:`spikeff.nn.neurons.lif_adjoint.adjoint_step`."""
        return adjoint_step(error, spikes, state, self)


class LIFState(NamedTuple):
    """State of a population between two steps; all three of one shape, as (samples, neurons).

    Attributes:
        v: Membrane potential, 0 after a spike.
        i: Synaptic current, in units of the weights.
        fired: Spikes of each neuron so far, for the spike limit.
    """

    v: Tensor
    i: Tensor
    fired: Tensor

    @classmethod
    def at_rest(cls, like: Tensor) -> LIFState:
        """The state in which every sample begins, of the shape, device and dtype of ``like``."""
        return cls(*(torch.zeros_like(like) for _ in cls._fields))


def lif_step(input: Tensor, state: LIFState, constants: LIFConstants) -> tuple[Tensor, LIFState]:
    """One step of a population: the recurrence of ``spikeff.ir.network``, once.

    Args:
        input: Summed weights of the spikes that arrive in this step, (samples, neurons).
        state: After the step before, :meth:`LIFState.at_rest` at first; it is not changed.
        constants: Of the neurons.

    Returns:
        Spikes of this step, 0.0 or 1.0, and the state after it. Run step by step, the results are
        bit for bit those of :func:`lif_run`.
    """
    spikes, _, left = _step(input, state, constants)
    return spikes, left


def lif_step_with_surrogate(
    input: Tensor, state: LIFState, constants: LIFConstants, slope: float
) -> tuple[Tensor, Tensor, LIFState]:
    """As :func:`lif_step`, with the surrogate derivative of every neuron beside its spike.

    Args:
        input: See :func:`lif_step`.
        state: See :func:`lif_step`.
        constants: Of the neurons.
        slope: Of the surrogate derivative; larger is narrower.

    Returns:
        Spikes; the surrogate derivative, 0 where a neuron has used up its spikes; the state after
        the step.
    """
    spikes, distance, left = _step(input, state, constants)
    psi = surrogate_(distance, slope)
    return spikes, psi.mul_(_may_fire(state, constants)), left


def _step(
    input: Tensor, state: LIFState, constants: LIFConstants
) -> tuple[Tensor, Tensor, LIFState]:
    """Spikes, v - v_th before the reset, and the state after the step."""
    current = state.i + input
    potential = state.v + (current - state.v).mul_(constants.dv)
    crossed = potential > constants.v_th
    spikes = crossed * _may_fire(state, constants)
    left = LIFState(
        potential.masked_fill(crossed, 0.0),
        current - current * constants.du if constants.du else current,
        state.fired + spikes,
    )
    return spikes, potential.sub_(constants.v_th), left


def _may_fire(state: LIFState, constants: LIFConstants) -> Tensor:
    """1.0 for each neuron that has spikes left, else 0.0."""
    limit = constants.spike_limit
    if limit is None:
        return torch.ones_like(state.fired)
    return (state.fired < limit).to(state.fired.dtype)


def surrogate_(distance: Tensor, slope: float) -> Tensor:
    """SuperSpike's surrogate derivative 1 / (1 + slope |v - v_th|)^2, in place on v - v_th.

    Source: Zenke and Ganguli, "SuperSpike", Neural Computation 30(6), 2018.
    """
    return distance.abs_().mul_(slope).add_(1.0).square_().reciprocal_()


def lif_run(drive: Tensor, constants: LIFConstants) -> Tensor:
    """Run a population over a whole sample from rest.

    Args:
        drive: Input current, the summed weights of the spikes that arrive at each step, (steps,
            samples, neurons).
        constants: Of the neurons.

    Returns:
        Spikes of the same shape, 0.0 or 1.0.
    """
    return _run(drive, constants, None, 0.0)


def lif_run_with_surrogate(
    drive: Tensor, constants: LIFConstants, slope: float
) -> tuple[Tensor, Tensor]:
    """As :func:`lif_run`, with the surrogate derivative of every neuron and step.

    Args:
        drive: See :func:`lif_run`.
        constants: Of the neurons.
        slope: Of the surrogate derivative; larger is narrower.

    Returns:
        Spikes and the surrogate derivative, which is 0 once a neuron has used up its spikes.
    """
    psi = torch.empty_like(drive)
    return _run(drive, constants, psi, slope), psi


def _run(drive: Tensor, constants: LIFConstants, psi: Tensor | None, slope: float) -> Tensor:
    spikes = torch.empty_like(drive)
    if drive.is_contiguous() and compiling_pays(drive.numel(), drive.device):
        _run_compiled(drive, constants, spikes, psi, slope)
        return spikes
    current, potential = torch.zeros_like(drive[0]), torch.zeros_like(drive[0])
    limit, may_fire = constants.spike_limit, torch.ones_like(current)
    left = None if limit is None else torch.full_like(current, limit)
    for step in range(len(drive)):
        current.add_(drive[step])
        potential.add_((current - potential).mul_(constants.dv))
        if constants.du:
            current.sub_(current * constants.du)
        torch.gt(potential, constants.v_th, out=spikes[step])
        if psi is not None:
            torch.sub(potential, constants.v_th, out=psi[step])
            surrogate_(psi[step], slope)
        potential.masked_fill_(potential > constants.v_th, 0.0)
        if left is not None:
            torch.clamp(left, max=1.0, out=may_fire)
            spikes[step].mul_(may_fire)
            if psi is not None:
                psi[step].mul_(may_fire)
            left.sub_(spikes[step])
    return spikes


def _run_compiled(
    drive: Tensor, constants: LIFConstants, spikes: Tensor, psi: Tensor | None, slope: float
) -> None:
    from spikeff.nn.neurons.lif_kernels import lif_steps

    limit = len(drive) if constants.spike_limit is None else constants.spike_limit
    numbers = (constants.du, constants.dv, constants.v_th, slope, limit)
    lif_steps(
        _flat(drive),
        _flat(spikes),
        None if psi is None else _flat(psi),
        *(_flat(drive).dtype.type(n) for n in numbers),
    )


def _flat(tensor: Tensor) -> Array:
    """(steps, neurons of all samples), sharing memory with ``tensor``."""
    array: Array = tensor.detach().flatten(1).numpy()
    return array


def gain_for(drive: Tensor, constants: Neuron, firing: float) -> float:
    """Factor on ``drive`` at which a share ``firing`` of neuron-steps spikes, by bisection."""
    low, high = 1e-3, 1e3
    parts = drive.split(GAIN_SAMPLES, 1)
    for _ in range(30):
        gain = (low * high) ** 0.5
        spikes = sum(constants.run(part * gain).sum().item() for part in parts)
        share = spikes / drive.numel()
        low, high = (gain, high) if share < firing else (low, gain)
    return float((low * high) ** 0.5)


def adjoint_run(error: Tensor, spikes: Tensor, constants: LIFConstants) -> Tensor:
    """Backward pass of a population, resets included: from the error at its membrane to its input.

    Args:
        error: (steps, samples, neurons), the derivative by the membrane potential before the reset
            through the spike of the same step (surrogate included).
        spikes: Of the population, of the same shape.
        constants: Of the neurons.

    Returns:
        The derivative by the input current of every step, of the same shape.
    """
    backward = torch.empty_like(error)
    current, potential = torch.zeros_like(error[0]), torch.zeros_like(error[0])
    for step in range(len(error) - 1, -1, -1):
        potential.mul_(1.0 - spikes[step]).mul_(1.0 - constants.dv).add_(error[step])
        if constants.du:
            current.sub_(current * constants.du)
        current.add_(potential * constants.dv)
        backward[step] = current
    return backward


def synaptic_trace(spikes: Tensor, constants: LIFConstants) -> Tensor:
    """Contribution of each input to the membrane potential, per unit weight.

    The presynaptic factor of the three-factor rule: input spikes, filtered by the synapse and the
    membrane; exact for a neuron that has not yet spiked.

    Args:
        spikes: (steps, samples, inputs).
        constants: Of the neurons.
    """
    trace = torch.empty_like(spikes)
    current, potential = torch.zeros_like(spikes[0]), torch.zeros_like(spikes[0])
    for step in range(len(spikes)):
        current.add_(spikes[step])
        potential.add_((current - potential).mul_(constants.dv))
        if constants.du:
            current.sub_(current * constants.du)
        trace[step] = potential
    return trace


def filtered_backwards(error: Tensor, constants: LIFConstants) -> Tensor:
    """:func:`synaptic_trace` of ``error`` (steps, samples, neurons), last step first."""
    if not (error.is_contiguous() and compiling_pays(error.numel(), error.device)):
        return synaptic_trace(error.flip(0), constants).flip(0)
    from spikeff.nn.neurons.lif_kernels import filter_backwards

    filtered = torch.empty_like(error)
    number = _flat(error).dtype.type
    filter_backwards(_flat(error), _flat(filtered), number(constants.du), number(constants.dv))
    return filtered
