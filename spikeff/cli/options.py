"""Arguments and options that several commands share, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run directory of `spikeff train`.")]
NetworkFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="File of `spikeff export`, or zoo:NAME.")
]
ConfigSource = Annotated[
    str, typer.Argument(metavar="PRESET|FILE|RUN", help="Preset, TOML file or run directory.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Directory of the data set's files.")
]
Samples = Annotated[
    int | None,
    typer.Option("--samples", metavar="N", help="First N samples only [default: all]."),
]
FirstSamples = Annotated[int, typer.Option("--samples", metavar="N", help="First N samples.")]
Split = Annotated[str, typer.Option("--split", help="test or train.")]
Epochs = Annotated[int | None, typer.Option("--epochs", help="Passes over the data.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all random numbers.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, or cuda:N.")]
Bits = Annotated[int, typer.Option("--bits", help="Bits of a signed weight, 1 to 9.")]
Chip = Annotated[str, typer.Option("--chip", help="loihi1 or loihi2: whose limits must hold.")]
Spikes = Annotated[
    Path | None,
    typer.Option("--spikes", metavar="FILE.npz", help="Spike trains instead of the data set."),
]
NetworkOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="Network file to write.")]
