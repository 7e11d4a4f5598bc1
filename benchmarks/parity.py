"""Random integer networks through every integer simulator: `python -m benchmarks.parity`.

Every network runs on the emulator and in Lava's fixed-point process models, driven in this
process (``hw_targets.lava.direct``); a share of them in Lava with its runtime too, and in the
Brian2 integer model. Writes docs/results/parity.json and docs/results/parity.md, and ends with
exit code 1 where one value differs.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random
from typing import Annotated, Any

import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from hw_targets.lava import direct as lava_direct
from hw_targets.target import TargetRun
from spikeff.errors import LimitError
from spikeff.ir.trace import Comparison, SpikeTrace, compare_traces
from spikeff.references import brian2_integers
from tests.networks import Case, random_case

WITNESSES = ("lava-direct", "lava", "brian2-integers")


class Tally:
    """Sums over networks, per witness and over all."""

    def __init__(self) -> None:
        self.by_witness = {name: Counter[str]() for name in WITNESSES}
        self.kinds = Counter[str]()
        self.first: list[str] = []

    def compare(self, seed: int, ours: SpikeTrace, theirs: SpikeTrace) -> None:
        """Add a comparison of every spike, u and v."""
        result: Comparison = compare_traces(ours, theirs)
        row = self.by_witness[theirs.simulator]
        row["networks"] += 1
        row["spikes"] += result.spikes
        row["values"] += 3 * sum(z.size for z in ours.spikes.values())
        row["differing spikes"] += result.mismatches
        row["differing u and v"] += result.state_mismatches or 0
        if not result.equal:
            self.first.append(f"seed {seed}, {theirs.simulator}: {result.first_divergence}")

    def describe(self, case: Case, run: TargetRun) -> None:
        """Count what the network holds and what its run reached."""
        wraps = any(s.u_wraps for s in run.saturation.values())
        clips = any(s.v_clips for s in run.saturation.values())
        delays = any(c.delay for c in case.network.connections)
        self.kinds["u wrapped"] += wraps
        self.kinds["v was clipped"] += clips
        self.kinds["with delays"] += delays
        self.kinds["with loops"] += _has_loop(case)
        self.kinds["with spikes"] += any(z.any() for z in run.trace.spikes.values())
        self.kinds["several samples in a row"] += case.inputs.shape[1] > 1
        self.kinds["neither wrap, clip nor delay"] += not (wraps or clips or delays)


def _has_loop(case: Case) -> bool:
    order = {p.name: k for k, p in enumerate(case.network.populations)}
    return any(order.get(c.source, -1) >= order[c.target] for c in case.network.connections)


def measure(networks: int, runtime: int, brian2: int, seed: int) -> Tally:
    """Compare ``networks`` networks, the first ``runtime`` and ``brian2`` with those as well."""
    tally = Tally()
    while tally.by_witness["lava-direct"]["networks"] < networks:
        done = tally.by_witness["lava-direct"]["networks"]
        case = random_case(Random(seed))
        seed += 1
        try:
            run = emulator.run(case.network, case.inputs, record_states=True)
        except LimitError:
            tally.kinds["refused by name"] += 1
            continue
        tally.describe(case, run)
        others = [lava_direct.run_integer(case.network, case.inputs).trace]
        if done < runtime:
            others.append(lava_cpu.run_integer(case.network, case.inputs, True).trace)
        if done < brian2:
            others.append(brian2_integers.run(case.network, case.inputs))
        for other in others:
            tally.compare(seed - 1, run.trace, other)
        if done % 100 == 0:
            print(f"{done} of {networks}", file=sys.stderr, flush=True)
    return tally


def page(kept: dict[str, Any]) -> list[str]:
    """Both tables, from what the file of figures holds."""
    columns = ("networks", "values", "spikes", "differing spikes", "differing u and v")
    found, kinds = kept["comparisons"], kept["networks"]
    rows = [(name, *(f"{row.get(c, 0):,}" for c in columns)) for name, row in found.items()]
    return [
        "# Random integer networks: every spike, u and v",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"It took {kept['seconds'] / 60:.0f} minutes. A network per seed, drawn by "
            "`tests/networks/random_integers.py`. Values are u, v and spike of every neuron, step "
            "and sample, compared for equality.",
        ),
        "",
        *table(("emulator against", *columns), rows),
        "",
        "`lava-direct` drives Lava's own process models in one process; `lava` is Lava with its",
        "runtime; `brian2-integers` is written from the published equations.",
        "",
        *table(("networks", "number"), [(k, f"{n:,}") for k, n in sorted(kinds.items())]),
        "",
        "Refused networks are not among those compared: a spike would have reached the next sample",
        "over a delay, or the first sample from before it, and the emulator says so by name.",
        "",
        *(f"- {first}" for first in kept["first"]),
    ]


def main(
    networks: Annotated[int, typer.Option(help="Networks to compare.")] = 10_000,
    runtime: Annotated[int, typer.Option(help="Of these, with Lava's runtime too.")] = 300,
    brian2: Annotated[int, typer.Option(help="Of these, in Brian2 too.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the first network.")] = 0,
) -> None:
    """Compare and write both files."""
    start = time.perf_counter()
    tally = measure(networks, runtime, brian2, seed)
    seconds = time.perf_counter() - start
    command = (
        f"python -m benchmarks.parity --networks {networks} --runtime {runtime} "
        f"--brian2 {brian2} --seed {seed}"
    )
    figures = {"comparisons": tally.by_witness, "networks": tally.kinds, "first": tally.first}
    kept = {"about": about(command), "seconds": seconds} | figures
    write(RESULTS, "parity", page(kept), kept)
    if tally.first:
        sys.exit(f"{len(tally.first)} networks differ; the first: {tally.first[0]}")


if __name__ == "__main__":
    typer.run(main)
