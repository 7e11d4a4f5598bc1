"""A graph that learns, run in Lava's own models in this very process.

Lava's plastic synapses draw random numbers before they wait for what their target sends, so a step
of theirs cannot be begun twice as in ``hw_targets.lava.direct``: here every model has a thread, and
waits. They meet only at queues, so what each computes does not depend on who runs when.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hw_targets.lava.cpu import forget
from hw_targets.lava.direct import Channel, make_actor
from lava_export.lava import compat as lava_compat
from lava_export.lava.forward_forward.graph import LearningGraph
from lava_export.plastic.forward_forward import PERIOD
from spikeff.ir.arrays import Array

PATIENCE = 60.0  # seconds that a model waits for another, which may have failed


@dataclass(eq=False)
class _Waiting(Channel):
    """A queue whose reader waits."""

    queued: queue.Queue[Array] = field(default_factory=queue.Queue)

    def send(self, message: Array) -> None:
        """Queue a copy."""
        self.queued.put(np.array(message, dtype=self.dtype))

    def recv(self) -> Array:
        """The next message."""
        return self.queued.get(timeout=PATIENCE)


def run_learning(graph: LearningGraph) -> Array:
    """Run ``graph`` to its end.

    Returns:
        Weights after every sample, int (samples, targets, sources).
    """
    with lava_compat.untouched_root_logger():
        synapses, *others = _models(graph)
        weights: list[Array] = []

        def after(now: int) -> None:
            if synapses.lrn_guard():
                synapses.run_lrn()
            if now % PERIOD == 0:
                weights.append(synapses.weights.copy())

        with ThreadPoolExecutor(len(others) + 1) as pool:
            runs = [pool.submit(_run, model, graph.steps) for model in others]
            runs.append(pool.submit(_run, synapses, graph.steps, after))
            for run in runs:
                run.result()
    return np.array(weights)


def _run(model: Any, steps: int, after: Callable[[int], None] = lambda now: None) -> None:
    for now in range(1, steps + 1):
        model.time_step = now
        model.run_spk()
        after(now)


def _models(graph: LearningGraph) -> list[Any]:
    """The models of synapses, neurons and stream, connected."""
    from lava.proc.dense.models import PyLearningDenseModelBitApproximate

    from lava_export.lava.forward_forward.models import ForwardForwardNeuronsModel
    from lava_export.lava.stream.models import SpikeStreamModelFixed

    models = {
        graph.synapses: PyLearningDenseModelBitApproximate,
        graph.neurons: ForwardForwardNeuronsModel,
        graph.stream: SpikeStreamModelFixed,
    }
    channels = [each for process in models for each in _channels(process, models[process])]
    made = [
        make_actor(
            process,
            model,
            [c for _, target, c in channels if target is process],
            [c for source, _, c in channels if source is process],
        ).model
        for process, model in models.items()
    ]
    forget(list(models))
    return made


def _channels(process: Any, model: Any) -> list[tuple[Any, Any, Channel]]:
    """Queues from ``process``, each with both its ends."""
    from lava.magma.core.process.ports.ports import create_port_id

    found: list[tuple[Any, Any, Channel]] = []
    for port in process.out_ports:
        dtype, source = getattr(model, port.name).d_type, create_port_id(process.id, port.name)
        for target in port.get_dst_ports():
            queued = _Waiting(target.name, dtype, source, port.name)
            found.append((process, target.process, queued))
    return found
