"""The emulator in torch, on a GPU or on this processor: the same integers, bit for bit.

Spikes are 0 or 1, so that products are the weights themselves; ``hw_targets.emulator.synapses``
chooses a float32 or float64 that holds these and every sum of them exactly. The narrower types in
which torch may multiply float32 do not: TF32 keeps 11 bits of a weight, bfloat16 8, and weights of
parallel connections, added up, need more. Torch uses neither for float32 unless it is told to. The
states are float64 as in ``hw_targets.emulator.lif``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from hw_targets.emulator import run as emulator
from hw_targets.emulator.input_drive import Trains, distinct_trains, weights_and_spikes
from hw_targets.emulator.lif import INT32_MAX, FixedPointLIF
from hw_targets.emulator.stage import Stage, in_chunks
from hw_targets.emulator.synapses import Synapses
from hw_targets.target import Recorded, Saturation, TargetRun
from lava_export.chips.limits import STATE_MAX
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import TargetUnavailableError
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace

CHUNK_BYTES = 256 * 2**20

Arriving = Callable[[int], Tensor]


def missing(device: str) -> str | None:
    """None where torch can run on ``device``, else what is missing."""
    if torch.device(device).type == "cuda" and not torch.cuda.is_available():
        return "torch finds no CUDA device; target 'emulator' runs on this processor"
    return None


def device_of(name: str) -> torch.device:
    """The device ``name``; raises TargetUnavailableError where torch cannot run on it."""
    reason = missing(name)
    if reason is not None:
        raise TargetUnavailableError(f"device {name!r} cannot run here: {reason}.")
    return torch.device(name)


def run(
    network: IntegerNetwork,
    inputs: Array,
    record_states: Recorded = False,
    device: str = "cuda",
) -> TargetRun:
    """As :func:`hw_targets.emulator.run.run`, on a torch device.

    Raises:
        TargetUnavailableError: Torch cannot run on ``device``.
    """
    place = device_of(device)

    def run_samples(
        stages: list[Stage],
        network: IntegerNetwork,
        spikes: dict[str, Array],
        trace: SpikeTrace,
        biases: dict[str, Array],
    ) -> list[dict[str, Saturation]]:
        chunks = in_chunks(inputs.shape[1], _chunk_samples(network))
        return [_run_chunk(stages, network, c, spikes, trace, biases, place) for c in chunks]

    return emulator.run(network, inputs, record_states, run_samples)


def _chunk_samples(network: IntegerNetwork) -> int:
    """Samples whose input, drive and spikes of all steps stay within ``CHUNK_BYTES``."""
    return max(1, CHUNK_BYTES // (8 * network.period * sum(network.sizes.values())))


def _run_chunk(
    stages: list[Stage],
    network: IntegerNetwork,
    chunk: slice,
    spikes: dict[str, Array],
    trace: SpikeTrace,
    written: dict[str, Array],
    on: torch.device,
) -> dict[str, Saturation]:
    """Run the samples ``chunk``, writing into ``spikes`` and ``trace``."""
    shape = chunk.stop - chunk.start
    emitted = {
        s.name: torch.zeros(network.period, shape, s.size, dtype=torch.bool, device=on)
        for s in stages
    }
    emitted[BLANK] = torch.from_numpy(spikes[BLANK][:, chunk]).to(on)
    trains = distinct_trains(spikes[INPUT][:, chunk], network.input.pixels)
    arriving = [
        [_arriving(s, trains, spikes, chunk, emitted, on) for s in t.synapses] for t in stages
    ]
    states = [torch.zeros(2, shape, s.size, dtype=torch.float64, device=on) for s in stages]
    biases = [
        torch.from_numpy(written[s.name][chunk] if s.name in written else s.neurons.bias).to(on)
        for s in stages
    ]
    saturation = {s.name: Saturation() for s in stages}
    for step in range(network.period):
        for stage, (u, v), inputs, bias in zip(stages, states, arriving, biases, strict=True):
            u.mul_(stage.neurons.keep_u).trunc_()
            for synapse, of_step in zip(stage.synapses, inputs, strict=True):
                if step >= synapse.delay:
                    u += of_step(step - synapse.delay)
            wrapped = _fold(stage.neurons, u)
            clipped = _fire(stage.neurons, u, v, bias, emitted[stage.name][step])
            saturation[stage.name].add(wrapped, clipped)
            if stage.name in trace.u:
                trace.u[stage.name][step, chunk] = u.cpu().numpy()
                trace.v[stage.name][step, chunk] = v.cpu().numpy()
    for stage in stages:
        spikes[stage.name][:, chunk] = emitted[stage.name].cpu().numpy()
    return saturation


def _arriving(
    synapse: Synapses,
    trains: list[Trains],
    spikes: dict[str, Array],
    chunk: slice,
    emitted: dict[str, Tensor],
    device: torch.device,
) -> Arriving:
    """What gives the input of a step, (samples, target)."""
    if synapse.source == INPUT and synapse.dense is not None:
        drives = [_drive(synapse, t, device) for t in trains]
        return lambda step: sum((d(step) for d in drives[1:]), start=drives[0](step))
    if synapse.source == INPUT:
        source = torch.from_numpy(np.ascontiguousarray(spikes[INPUT][:, chunk])).to(device)
    else:
        source = emitted[synapse.source]
    if synapse.diagonal is not None:
        diagonal = torch.from_numpy(synapse.diagonal).to(device)
        return lambda step: source[step] * diagonal
    if synapse.sparse is not None:
        listed = _listed(synapse.sparse).to(device)
        return lambda step: (listed @ source[step].T.to(listed.dtype)).T
    weights = torch.from_numpy(synapse.dense).to(device)
    if synapse.channels is None:
        return lambda step: source[step].to(weights.dtype) @ weights
    channels = torch.from_numpy(synapse.channels).to(device)
    return lambda step: source[step][:, channels].to(weights.dtype) @ weights


def _listed(stored: csr_matrix) -> Tensor:
    """Few synapses of many, (source, target), as a sparse tensor (target, source)."""
    by_target = stored.T.tocoo()
    places = torch.from_numpy(np.stack([by_target.row, by_target.col]).astype(np.int64))
    values = torch.from_numpy(by_target.data)
    return torch.sparse_coo_tensor(
        places, values, by_target.shape, check_invariants=True
    ).coalesce()


def _drive(synapse: Synapses, trains: Trains, device: torch.device) -> Arriving:
    """The input's drive of all steps, once per distinct train."""
    weights, spikes = weights_and_spikes(synapse, trains)
    on_device = torch.from_numpy(np.ascontiguousarray(weights)).to(device)
    drive = (
        torch.from_numpy(np.ascontiguousarray(spikes)).to(device).to(on_device.dtype) @ on_device
    )
    if trains.owner is None:
        return lambda step: drive[step]
    owner = torch.from_numpy(trains.owner).to(device)
    return lambda step: drive[step][owner]


def _fold(neurons: FixedPointLIF, u: Tensor) -> int:
    if neurons.overflows:
        u.add_(INT32_MAX).remainder_(2 * INT32_MAX).sub_(INT32_MAX)
    if not neurons.folds:
        return 0
    high, low = u > STATE_MAX, u <= -STATE_MAX
    u.sub_(high.to(u.dtype), alpha=2 * STATE_MAX).add_(low.to(u.dtype), alpha=2 * STATE_MAX)
    return int(high.sum() + low.sum())


def _fire(neurons: FixedPointLIF, u: Tensor, v: Tensor, bias: Tensor, spikes: Tensor) -> int:
    clipped = 0
    v.mul_(neurons.keep_v).trunc_().add_(u).add_(bias)
    if neurons.clips:
        clipped = int((v.abs() >= STATE_MAX).sum())
        v.clamp_(1 - STATE_MAX, STATE_MAX - 1)
    torch.gt(v, neurons.threshold, out=spikes)
    v.masked_fill_(spikes, 0.0)
    return clipped
