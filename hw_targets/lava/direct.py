"""Lava's own process models in this very process, without its runtime: many small networks, fast.

Lava's ``PyProcessBuilder`` makes every model (``PyLifResetModelBitAcc``, ``PyDenseModelBitAcc``
and so on) with Lava's own ports, so each line of arithmetic that runs is Lava's. Two things are
ours: the channels, which are queues here instead of shared memory, and who runs when.

Models form a Kahn network (Kahn 1974): they meet only at blocking reads of queues, so what each
computes does not depend on the order in which they run. A model whose read would block is left
and later run again from the start of its step, what it has sent already being dropped; before
their read, Lava's synapses change nothing but their weight format, and that once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hw_targets.target import TargetRun
from lava_export.integers.network import IntegerNetwork
from lava_export.lava import compat as lava_compat
from lava_export.lava.graph import FIXED, FLOATING, LavaGraph, float_graph, integer_graph
from spikeff.errors import SpikeffError
from spikeff.ir.arrays import Array
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import SpikeTrace


class _WouldBlockError(Exception):
    """A model reads a channel that is empty."""


@dataclass(eq=False)
class Channel:
    """One end-to-end queue; messages are copied into the sender's type, as in shared memory.

    Attributes:
        name: Name of the port that receives.
        source: Lava's name of the port that sends.
        sender: Its plain name.
    """

    name: str
    dtype: Any
    source: str = ""
    sender: str = ""
    messages: deque[Array] = field(default_factory=deque)
    taken: int = 0
    sent: int = 0
    known: int = 0

    def send(self, message: Array) -> None:
        """Queue ``message``, unless an earlier attempt at this step has sent it."""
        self.sent += 1
        if self.sent > self.known:
            self.known = self.sent
            self.messages.append(np.array(message, dtype=self.dtype))

    def recv(self) -> Array:
        """The next message; stays queued until the step succeeds."""
        if self.taken >= len(self.messages):
            raise _WouldBlockError
        self.taken += 1
        return self.messages[self.taken - 1]


@dataclass(eq=False)
class Actor:
    """A process model with the channels at its ports."""

    model: Any
    incoming: list[Channel]
    outgoing: list[Channel]

    def step(self, now: int) -> bool:
        """Run time step ``now`` to its end; False where an input is still missing."""
        sent = [c.sent for c in self.outgoing]
        self.model.time_step = now
        try:
            self.model.run_spk()
        except _WouldBlockError:
            for channel, before in zip(self.outgoing, sent, strict=True):
                channel.sent = before
            for channel in self.incoming:
                channel.taken = 0
            return False
        for channel in self.incoming:
            for _ in range(channel.taken):
                channel.messages.popleft()
            channel.taken = 0
        return True


def run_integer(network: IntegerNetwork, inputs: Array) -> TargetRun:
    """Run ``inputs`` in Lava's fixed-point models.

    Args:
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``period`` steps in local time with spikes, u and v, as that of
        ``hw_targets.lava.cpu.run_integer``.
    """
    require_input_spikes(network, inputs)
    return _run("lava-direct", lambda: integer_graph(network, inputs))


def run_float(description: NetworkDescription, inputs: Array) -> TargetRun:
    """Run ``inputs`` in Lava's floating-point models.

    Args:
        description: Blanked where it needs to be, as for ``hw_targets.lava.cpu.run_float``.
        inputs: bool (steps, samples, input size).
    """
    require_input_spikes(description, inputs)
    return _run("lava-float-direct", lambda: float_graph(description, inputs))


def _run(simulator: str, make_graph: Callable[[], LavaGraph]) -> TargetRun:
    from hw_targets.lava.cpu import forget

    with lava_compat.untouched_root_logger():
        graph = make_graph()
        try:
            return _simulate(simulator, graph)
        finally:
            forget(list(graph.processes))


def _simulate(simulator: str, graph: LavaGraph) -> TargetRun:
    actors = _actors(graph)
    watched = {name: actors[id(p)].model for name, p in graph.populations.items()}
    records: dict[str, list[list[Array]]] = {name: [[], [], []] for name in watched}
    start = time.perf_counter()
    for now in range(1, graph.timing.total + 1):
        for name, mantissas in graph.due(now).items():
            watched[name].bias_mant = mantissas
        _step(list(actors.values()), now)
        for name, model in watched.items():
            spikes, u, v = records[name]
            spikes.append(actors[id(graph.populations[name])].outgoing[0].messages.popleft())
            u.append(model.u.copy())
            v.append(model.v.copy())
    seconds = time.perf_counter() - start
    trace = SpikeTrace(simulator, {})
    for name, (spikes, u, v) in records.items():
        trace.spikes[name] = graph.timing.local(np.array(spikes), name) != 0
        trace.u[name] = graph.timing.local(np.array(u), name)
        units = 1 if graph.tag == FIXED else graph.units_of_v[name]
        trace.v[name] = graph.timing.local(np.array(v), name) * units
    return TargetRun(trace, seconds)


def _step(actors: list[Actor], now: int) -> None:
    waiting = actors
    while waiting:
        blocked = [actor for actor in waiting if not actor.step(now)]
        if len(blocked) == len(waiting):
            names = [type(actor.model).__name__ for actor in blocked]
            raise SpikeffError(f"Lava's models wait for each other at step {now}: {names}.")
        waiting = blocked


def _actors(graph: LavaGraph) -> dict[int, Actor]:
    """Models by the id of their process; neurons' first outgoing channel is the record."""
    from lava.magma.core.process.ports.ports import create_port_id

    models = _models(graph.tag)
    outgoing: dict[int, list[Channel]] = {id(p): [] for p in graph.processes}
    incoming: dict[int, list[Channel]] = {id(p): [] for p in graph.processes}
    for neurons in graph.populations.values():
        dtype = models[type(neurons)].s_out.d_type
        outgoing[id(neurons)].append(Channel("s_out", dtype, sender="s_out"))
    for process in graph.processes:
        for port in process.out_ports:
            dtype = getattr(models[type(process)], port.name).d_type
            for target in port.get_dst_ports():
                source = create_port_id(process.id, port.name)
                channel = Channel(target.name, dtype, source, port.name)
                outgoing[id(process)].append(channel)
                incoming[id(target.process)].append(channel)
    return {
        id(p): make_actor(p, models[type(p)], incoming[id(p)], outgoing[id(p)])
        for p in graph.processes
    }


def make_actor(process: Any, model: Any, incoming: list[Channel], outgoing: list[Channel]) -> Actor:
    """Build Lava's ``model`` of ``process`` with the channels at its ports."""
    from lava.magma.compiler.builders.py_builder import PyProcessBuilder
    from lava.magma.compiler.utils import PortInitializer, VarInitializer

    builder = PyProcessBuilder(model, process.id, process.proc_params)
    for channel in incoming:
        builder.add_csp_port_mapping(channel.source, channel)
    builder.set_variables([VarInitializer(v.name, v.shape, v.init, v.id) for v in process.vars])
    ends = ((process.in_ports, incoming), (process.out_ports, outgoing))
    for ports, channels in ends:
        for port in ports:
            dtype = getattr(model, port.name).d_type
            kind = type(port).__name__
            turns = port.get_incoming_transform_funcs() if channels is incoming else {}
            start = PortInitializer(port.name, port.shape, dtype, kind, 0, turns)
            builder.set_py_ports([start])
            builder.csp_ports[port.name] = [
                c for c in channels if port.name == (c.name if channels is incoming else c.sender)
            ]
    return Actor(builder.build(), incoming, outgoing)


def _models(tag: str) -> dict[type, Any]:
    """The models that ``Loihi2SimCfg(select_tag=tag)`` selects."""
    from lava.proc.conv import models as conv
    from lava.proc.dense import models as dense
    from lava.proc.lif import models as lif
    from lava.proc.sparse import models as sparse

    from lava_export.lava.stream import models as stream

    chosen = {
        FIXED: (
            conv.PyConvModelFixed,
            dense.PyDelayDenseModelBitAcc,
            dense.PyDenseModelBitAcc,
            stream.SpikeStreamModelFixed,
            lif.PyLifResetModelBitAcc,
            sparse.PyDelaySparseModelBitAcc,
            sparse.PySparseModelBitAcc,
        ),
        FLOATING: (
            conv.PyConvModelFloat,
            dense.PyDelayDenseModelFloat,
            dense.PyDenseModelFloat,
            stream.SpikeStreamModelFloat,
            lif.PyLifResetModelFloat,
            sparse.PyDelaySparseModelFloat,
            sparse.PySparseModelFloat,
        ),
    }
    return {model.implements_process: model for model in chosen[tag]}
