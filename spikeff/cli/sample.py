"""``spikeff sample``: what a network makes by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli.grid import print_grid
from spikeff.cli.options import Data, Json, Run
from spikeff.cli.output import print_json

if TYPE_CHECKING:
    from spikeff.pipeline.sample import OwnSample, SampleResult


def sample(
    run: Run,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.png", help="Picture of the images to write."),
    ] = None,
    data: Data = None,
    samples: Annotated[
        int,
        typer.Option(
            "--samples", "-n", metavar="N", min=1, help="Samples of each start and label."
        ),
    ] = 8,
    roll_out: Annotated[
        int, typer.Option("--roll-out", metavar="STEPS", min=1, help="Steps of a roll-out.")
    ] = 1,
    characters: Annotated[
        int, typer.Option("--characters", metavar="N", min=1, help="Length of text.")
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all that is drawn.")] = 0,
    as_json: Json = False,
) -> None:
    """Samples of a network's own: images from data, noise and labels, or text."""
    from spikeff.pipeline.sample import sample as step

    result = step(
        run,
        data=data,
        samples=samples,
        roll_out=roll_out,
        characters=characters,
        seed=seed,
        out=out,
    )
    if as_json:
        print_json(result)
        return
    if result.samples and result.samples[0].text:
        print_grid(
            f"text that {run} continues",
            ("real text", "written by the network"),
            [(each.began, each.text) for each in result.samples],
        )
        return
    print_grid(
        f"images that {run} makes" + (f": {result.picture}" if result.picture else ""),
        ("start", "images", "what the readout sees in them"),
        list(_rows(result)),
    )


def _rows(result: SampleResult) -> Iterator[tuple[str, str, str]]:
    groups: dict[str, list[OwnSample]] = {}
    for each in result.samples:
        groups.setdefault(each.group, []).append(each)
    for name, made in groups.items():
        seen = Counter(each.answer for each in made).most_common()
        yield name, str(len(made)), ", ".join(f"{answer} ({n})" for answer, n in seen)
