"""Step 7: one HTML page that shows a run, from its accuracy to its energy; needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spikeff.extras import require_extra
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.numbers import plain_numbers, whole_number
from spikeff.pipeline import Report, silent
from spikeff.pipeline.energy.estimate import ANN
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.samples import data_directory

PAGE = "report.html"
MOST_SAMPLES = 10**6
TABLES = ("loihi1", "loihi1-fitted", "loihi2-scenario", "truenorth", "spinnaker2", "digital45")


@dataclass(frozen=True)
class ReportResult:
    """Where the page is, and what is on it."""

    page: str
    bytes: int
    samples: int
    figures: tuple[str, ...]


@plain_numbers
def report(
    run: Path | str,
    out: Path | str | None = None,
    data: Path | str | None = None,
    samples: int | None = None,
    check_samples: int = 4,
    bits: int = 8,
    tables: Sequence[str] = TABLES,
    compare: Sequence[str] = (ANN,),
    command: Sequence[str] = (),
    progress: Report = silent,
) -> ReportResult:
    """Write the report of the last checkpoint of ``run`` to ``out``, whole or not at all.

    Args:
        out: The page; None writes ``report.html`` into the run directory.
        samples: Samples of the test split; None takes all.
        check_samples: Samples that go through every simulator, at most those that there are.

    Raises:
        TargetUnavailableError: Plotly is not installed.
    """
    require_extra("plotly")
    whole_number("check_samples", check_samples, 1, MOST_SAMPLES)
    from spikeff.pipeline.report.collect import collect
    from spikeff.pipeline.report.page import page
    from spikeff.pipeline.report.sections import sections

    run = Path(run)
    path = Path(out) if out is not None else run / PAGE
    directory = data_directory(run, data)
    require_output(path, run, directory)
    content = collect(
        run, directory, samples, check_samples, bits, tables, compare, tuple(command), progress
    )
    parts = sections(content)
    payload = page(f"spikeff report: {run.name}, {content.energy.dataset}", parts).encode()
    write_bytes_whole(path, payload)
    figures = tuple(name for section in parts for name, _ in section.figures)
    return ReportResult(str(path), len(payload), len(content.split), figures)
