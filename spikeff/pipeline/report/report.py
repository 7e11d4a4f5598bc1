"""Step 7: one HTML page about a network, from its accuracy to its energy; it opens offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff import __version__
from spikeff.errors import ConfigError
from spikeff.extras import require_extra
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.numbers import plain_numbers, whole_number
from spikeff.pipeline import Report, silent
from spikeff.pipeline.energy.estimate import ANN
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import Saved, saved
from spikeff.zoo import PREFIX

if TYPE_CHECKING:
    from spikeff.pipeline.report.page import Section

PAGE = "report.html"
MOST_SAMPLES = 10**6
TABLES = (
    "loihi1",
    "loihi1-fitted",
    "loihi1-boards",
    "loihi2-scenario",
    "truenorth",
    "spinnaker2",
    "digital45",
)


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
    spikes: Path | str | None = None,
) -> ReportResult:
    """Write the report of a network to ``out``, whole or not at all.

    Args:
        run: Run directory, of which the last checkpoint is taken; a network file or "zoo:NAME",
            without what only a run has: training, floats and receptive fields.
        out: The page; None writes ``report.html`` into the run directory.
        data: Directory of the data set's files; those of the training where it is None.
        samples: Samples of the test split; None takes all.
        check_samples: Samples that go through every simulator, at most those that there are.
        spikes: .npz file of labelled spike trains to use instead of the test split.

    Raises:
        ConfigError: ``out`` is missing, and there is no run directory to write into.
        TargetUnavailableError: Plotly is not installed.
    """
    require_extra("plotly")
    whole_number("check_samples", check_samples, 1, MOST_SAMPLES)
    from spikeff.pipeline.report.collect import Request, collect
    from spikeff.pipeline.report.overview import summary
    from spikeff.pipeline.report.page import page
    from spikeff.pipeline.report.sections import sections

    source = saved(run)
    path = _page_of(source, out)
    given = Path(spikes) if spikes is not None else None
    directory = data_directory(run, data) if given is None else None
    require_output(path, source.path, given, directory)
    content = collect(
        Request(
            source,
            directory,
            given,
            samples,
            check_samples,
            bits,
            tuple(tables),
            tuple(compare),
            tuple(command),
        ),
        progress,
    )
    parts = sections(content)
    made = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, spikeff {__version__}"
    name = source.name if source.name.startswith(PREFIX) else source.path.name
    title = f"{name}: spikeff report"
    payload = page(title, made, summary(content), parts).encode()
    write_bytes_whole(path, payload)
    return ReportResult(str(path), len(payload), len(content.split), _figures(parts))


def _page_of(source: Saved, out: Path | str | None) -> Path:
    if out is not None:
        return Path(out)
    if source.is_run and source.path.is_dir():
        return source.path / PAGE
    raise ConfigError(f"{source.name} is a file: name the page with --out, such as --out {PAGE}.")


def _figures(sections: Sequence[Section]) -> tuple[str, ...]:
    return tuple(name for section in sections for name, _ in section.figures)
