"""The learning engine beside Lava's LearningDense: `python -m benchmarks.speed.learning`.

Both take the same messages, those of Forward-Forward learning on digits, in turns in one process.
Writes learning_engine.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.turns import in_turns, paired, seconds_of
from hw_targets.lava.learning import LavaLearning
from hw_targets.learning.device import Device
from hw_targets.learning.engine import LearningEngine
from hw_targets.learning.forward_forward import ChipLearner
from lava_export.plastic import forward_forward
from spikeff.data.encoders import encode
from spikeff.data.registry import load_split
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import SHARED, Plasticity
from spikeff.pipeline.on_chip.network import plastic_network
from spikeff.training.config.schema import TrainConfig
from spikeff.training.resolve import wanted_fields, whole_config

PRESET = "digits-onchip"
SHARED_RULE = replace(forward_forward.RULE, rounding=SHARED, weight_step=1)
STDP = Plasticity(
    dw="2^-2 * x1 * y0 - 2^-2 * y1 * x0",
    x1_impulse=20.0,
    x1_tau=8.0,
    y1_impulse=20.0,
    y1_tau=8.0,
)


@dataclass(frozen=True)
class Case:
    """Messages of a connection and its rule.

    Attributes:
        messages: Before, after and sent of every step, of one device.
    """

    rule: Plasticity
    weights: Array
    messages: list[tuple[Array, Array, Array | None]]


def forward_forward_case(samples: int) -> Case:
    """Forward-Forward learning of the first digits, a positive and a negative each."""
    settings: TrainConfig = whole_config(wanted_fields(PRESET, None, None, 0))
    split = load_split("digits", "train", None).head(samples)
    network = plastic_network(settings, split)
    program = forward_forward.program(network, 8.0, 10.0, settings.learning.learning_rate)
    learner = ChipLearner(network, program, [Device()], [0])
    step, messages = learner.engine.step, []

    def recorded(before: Array, after: Array, sent: Array | None = None) -> None:
        messages.append((before[0].copy(), after[0].copy(), None if sent is None else sent[0]))
        step(before, after, sent)

    learner.engine.step = recorded  # type: ignore[method-assign]
    spikes = encode("latency", split.images, network.steps, network.input.threshold)
    for k, label in enumerate(split.labels):
        learner.learn(spikes[:, k], np.array([label]), positive=True)
        learner.learn(spikes[:, k], np.array([(label + 1) % 10]), positive=False)
    return Case(SHARED_RULE, network.connections[0].weights, messages)


def stdp_case(steps: int, targets: int = 500, sources: int = 784) -> Case:
    """Pairwise plasticity of random spikes, 2 % of sources and targets in every step."""
    rng = np.random.default_rng(0)
    weights = rng.integers(-60, 60, (targets, sources)) * 2
    messages = [
        (rng.random(sources) < 0.02, rng.random(targets) < 0.02, None) for _ in range(steps)
    ]
    return Case(STDP, weights, messages)


def measured(case: Case, turns: int) -> dict[str, Any]:
    """Seconds per step of both, and how many times as long Lava takes; refuses unequal weights."""
    lava = LavaLearning(case.rule, case.weights, 3, delays=forward_forward.DELAY_ZERO)
    ours = LearningEngine(
        case.rule, case.weights[None], seeds=[3], delays=forward_forward.DELAY_ZERO
    )
    sides = {
        "lava": lambda: seconds_of(lambda: [lava.step(*m) for m in case.messages]),
        "engine": lambda: seconds_of(
            lambda: [
                ours.step(b[None], a[None], None if s is None else s[None])
                for b, a, s in case.messages
            ]
        ),
    }
    seconds = in_turns(sides, turns, warm_up=1)
    np.testing.assert_array_equal(ours.weights[0], lava.model.weights)
    steps = len(case.messages)
    return {
        "steps": steps,
        "shape": list(case.weights.shape),
        "lava_us": 1e6 * median(seconds["lava"]) / steps,
        "engine_us": 1e6 * median(seconds["engine"]) / steps,
        "ratio": paired(seconds, "lava", "engine"),
    }


def page(kept: dict[str, Any]) -> list[str]:
    """The table, from what the file of figures holds."""
    rows = [
        (
            name,
            f"{found['shape'][0]} x {found['shape'][1]}",
            f"{found['lava_us']:,.0f}",
            f"{found['engine_us']:,.0f}",
            f"{found['ratio']:.0f}",
        )
        for name, found in kept["cases"].items()
    ]
    return [
        "# The learning engine beside Lava's LearningDense",
        "",
        *paragraph(
            stamp(kept["about"]),
            "Both take the same messages in turns in one process and end with the same weights; "
            "one device, shared rounding. Lava's model is driven without its runtime, which would "
            "make it slower.",
        ),
        "",
        *table(("rule", "synapses", "Lava, us a step", "engine, us a step", "ratio"), rows),
    ]


def main(
    turns: Annotated[int, typer.Option(help="Runs of each; figures are medians.")] = 3,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Measure both rules and write both files."""
    cases = {"Forward-Forward": forward_forward_case(6), "pairwise": stdp_case(60)}
    found = {name: measured(case, turns) for name, case in cases.items()}
    kept = {"about": about("python -m benchmarks.speed.learning"), "cases": found}
    write(out, "learning_engine", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
