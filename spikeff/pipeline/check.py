"""Step 3: the same spike trains through every simulator, compared spike for spike."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spikeff.checkpoint import load_for_inference
from spikeff.datasets import load_split
from spikeff.describe import describe
from spikeff.pipeline import Report, silent
from spikeff.pipeline.presentations import presentations
from spikeff.trace import Comparison, compare_traces


@dataclass(frozen=True)
class CheckReport:
    """pairs : what was compared. delays : steps by which a population lags where synapses cost one.

    In float Norse is the reference; in integers emulator and Lava also agree in u and v.
    """

    samples: int
    presentations: int
    steps: int
    delays: dict[str, int]
    pairs: tuple[Comparison, ...]

    @property
    def equal(self) -> bool:
        """True where every pair agrees in all that was compared."""
        return all(pair.equal for pair in self.pairs)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, pairs by name."""
        pairs = {f"{pair.left}/{pair.right}": asdict(pair) for pair in self.pairs}
        return asdict(self) | {"pairs": pairs, "equal": self.equal}


def check(
    run: Path | str,
    samples: int = 32,
    data: Path | str | None = None,
    split: str = "test",
    bits: int = 8,
    report: Report = silent,
) -> CheckReport:
    """Present the first ``samples`` images of ``split`` (with every label) to every simulator.

    Norse, Brian2 and Lava in float, from the NetworkDescription; after quantisation to ``bits``
    the emulator and Lava in fixed point, u, v and spikes, the samples in one stream.
    """
    from hw_targets import lava_cpu
    from hw_targets.target import get_target
    from lava_export.quantize import quantize
    from lava_export.streaming import with_blanking
    from spikeff import brian2_reference, norse_reference

    description = describe(load_for_inference(Path(run)))
    directory = Path(data) if data is not None else None
    images = load_split(description.dataset, split, directory).head(samples)
    inputs = presentations(images, description.input, description.labels, description.steps)
    integers = quantize(description, bits)
    report("Norse", 0, 5)
    norse = norse_reference.run(description, inputs)
    report("Brian2", 1, 5)
    brian2 = brian2_reference.run(description, inputs)
    report("Lava, float", 2, 5)
    lava_float = lava_cpu.run_float(with_blanking(description), inputs).trace
    report("Lava, fixed point", 3, 5)
    lava_fixed = get_target("lava").run(integers, inputs, record_states=True).trace
    report("emulator", 4, 5)
    emulator = get_target("emulator").run(integers, inputs, record_states=True).trace
    report("compared", 5, 5)
    return CheckReport(
        samples=len(images),
        presentations=inputs.shape[1],
        steps=description.steps,
        delays={p.name: p.depth + 1 for p in description.populations},
        pairs=(
            compare_traces(norse, brian2),
            compare_traces(norse, lava_float.window(description.steps)),
            compare_traces(emulator, lava_fixed),
        ),
    )
