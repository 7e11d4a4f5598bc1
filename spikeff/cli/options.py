"""Arguments and options that several commands share, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from spikeff.errors import ConfigError

# That of spikeff.ir.numbers, without numpy.
MAX_SEED = 2**63 - 1
SplitName = Literal["test", "train", "validation"]
WEIGHT_BITS = (1, 9)  # least and most of a signed weight on Loihi

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run directory of `spikeff train`.")]
NetworkFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="File of `spikeff export`, or zoo:NAME.")
]
AnyNetwork = Annotated[
    Path,
    typer.Argument(metavar="RUN|FILE", help="Run directory, network file, or zoo:NAME."),
]
ConfigSource = Annotated[
    str, typer.Argument(metavar="PRESET|FILE|RUN", help="Preset, TOML file or run directory.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        "-d",
        metavar="DIR",
        help="Directory of the data set's files; a run remembers its own.",
        show_default=False,
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        "--samples", "-n", metavar="N", min=1, help="Only the first N samples.", show_default="all"
    ),
]
FirstSamples = Annotated[
    int, typer.Option("--samples", "-n", metavar="N", min=1, help="Only the first N samples.")
]
Split = Annotated[SplitName, typer.Option("--split", help="Part of the data set.")]
Epochs = Annotated[
    int | None, typer.Option("--epochs", help="Passes over the data.", show_default="as configured")
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="Seed of all random numbers.", show_default="as configured"),
]
Device = Annotated[
    str, typer.Option("--device", metavar="DEVICE", help="cpu, cuda, or cuda:N for the Nth GPU.")
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Ray cluster whose processes share the work; 'local' starts one here.",
        show_default="this process",
    ),
]
Bits = Annotated[
    int,
    typer.Option("--bits", min=WEIGHT_BITS[0], max=WEIGHT_BITS[1], help="Bits of a signed weight."),
]
BitsOfRun = Annotated[
    int | None,
    typer.Option(
        "--bits",
        min=WEIGHT_BITS[0],
        max=WEIGHT_BITS[1],
        help="Bits of a signed weight, for a run.",
        show_default="8",
    ),
]
Chip = Annotated[
    str | None,
    typer.Option(
        "--chip",
        metavar="CHIP",
        help="Chip that it must fit: loihi1 or loihi2.",
        show_default="the board's, else loihi1",
    ),
]
ChipOfFile = Annotated[
    str | None,
    typer.Option(
        "--chip", metavar="CHIP", help="loihi1 or loihi2.", show_default="the file's, else loihi1"
    ),
]
Board = Annotated[
    str | None,
    typer.Option(
        "--board",
        metavar="NAME",
        help="Several chips: kapoho-bay, nahuku-8, nahuku-32, oheo-gulch, kapoho-point or "
        "hala-point.",
        show_default="one chip",
    ),
]
Spikes = Annotated[
    Path | None,
    typer.Option("--spikes", metavar="FILE.npz", help="Spike trains in place of the data set."),
]
Tables = Annotated[
    list[str] | None,
    typer.Option(
        "--table",
        "-t",
        metavar="NAME|FILE.toml",
        help="Cost table, see `spikeff tables`; repeatable.",
        show_default="loihi1",
    ),
]
NetworkOut = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="Network file to write.")
]
AnswersOut = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FILE.npz|FILE.csv", help="Write every sample's answer and scores."
    ),
]
PerClass = Annotated[
    bool, typer.Option("--per-class", help="Also print the accuracy of every class.")
]


def _device(flag: str, what: str) -> Any:
    return typer.Option(flag, metavar="SHARE", help=what, show_default="0")


Mismatch = Annotated[
    float | None,
    _device("--mismatch", "Of a device: spread of gains and thresholds, 0 to 0.4."),
]
Dead = Annotated[
    float | None, _device("--dead", "Of a device: share of synapses and neurons that do nothing.")
]
Noise = Annotated[
    float | None, _device("--noise", "Of a device: disturbance of v per step, in thresholds.")
]
Drift = Annotated[
    float | None,
    _device("--drift", "Of a device: how far it has drifted, 0 to 1; in training, by its end."),
]


def device_fields(
    target: str,
    seed: int,
    mismatch: float | None,
    dead: float | None,
    noise: float | None,
    drift: float | None,
) -> dict[str, Any] | None:
    """What was said of a device; None where nothing was, and the target has none."""
    said = {"mismatch": mismatch, "dead": dead, "noise": noise, "drift": drift}
    given = {name: value for name, value in said.items() if value is not None}
    return {"seed": seed, **given} if given or target == "device" else None


def require_none(given: dict[str, Any], what: str) -> None:
    """Raise ConfigError where options are given that ``what`` does not know."""
    said = [name for name, value in given.items() if value is not None]
    if said:
        raise ConfigError(f"{', '.join(said)}: not with {what}; leave out the one or the other.")
