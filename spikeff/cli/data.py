"""``spikeff data``: fetch an IDX data set, or bin event recordings."""

from __future__ import annotations

from pathlib import Path

from spikeff.cli import output
from spikeff.cli.output import percent, print_json, print_table


def data(
    name: str,
    out: Path,
    source: Path | None,
    download: bool,
    steps: int | None,
    seconds: float | None,
    pool: int,
    samples: int | None,
    as_json: bool,
) -> None:
    """``spikeff data``."""
    from spikeff.pipeline.data import fetch_data

    with output.progress_bar() as report:
        result = fetch_data(name, out, source, download, steps, seconds, pool, samples, report)
    if as_json:
        print_json(result)
        return
    rows = [("files written", "\n".join(result.files) or "none: all were there")]
    if result.kept is not None:
        rows += [
            ("recordings, train and test", ", ".join(map(str, result.samples))),
            ("channels", str(result.channels)),
            ("events within the window", percent(result.kept)),
        ]
    rows.append(("in a configuration", f'dataset = "{result.dataset}", --data {result.directory}'))
    print_table(f"{name}: {result.directory}", rows)
