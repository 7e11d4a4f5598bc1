"""The console script ``spikeff``. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import failures, interrupts
from spikeff.plugins import load_plugins

app = typer.Typer(
    help="Spiking Forward-Forward learning by agreement in time, from training to Loihi integers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

config_commands = typer.Typer(help="Configurations of trainings.", no_args_is_help=True)
app.add_typer(config_commands, name="config")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Directory of the data set's files.")
]
Samples = Annotated[
    int | None,
    typer.Option("--samples", metavar="N", help="First N samples only [default: all]."),
]
Split = Annotated[str, typer.Option("--split", help="test or train.")]
Epochs = Annotated[int | None, typer.Option("--epochs", help="Passes over the data.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all random numbers.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, or cuda:N.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run directory of `spikeff train`.")]
NetworkFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="File of `spikeff export`, or zoo:NAME.")
]
Bits = Annotated[int, typer.Option("--bits", help="Bits of a signed weight, 1 to 9.")]
Chip = Annotated[str, typer.Option("--chip", help="loihi1 or loihi2: whose limits must hold.")]

Spikes = Annotated[
    Path | None,
    typer.Option("--spikes", metavar="FILE.npz", help="Spike trains instead of the data set."),
]

PROG = "spikeff"
DEMO_OUT = Path("runs/demo")  # the one run directory that a demo may replace


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run directory to write.")],
    preset: Annotated[str | None, typer.Option("--preset", help="See `spikeff presets`.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="TOML configuration.")
    ] = None,
    data: Data = None,
    epochs: Epochs = None,
    seed: Seed = None,
    device: Device = "cpu",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run that RUN holds.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also log to RUN/tensorboard.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a network; one checkpoint per epoch."""
    from spikeff.cli import commands

    how = (epochs, seed, device, resume, overwrite, tensorboard)
    commands.train(out, preset, config, data, *how, as_json)


@app.command("eval")
def evaluate(
    run: Run,
    data: Data = None,
    samples: Samples = None,
    split: Split = "test",
    jitter: Annotated[
        int, typer.Option("--jitter", metavar="STEPS", help="Move input spikes by up to so many.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of shuffle and jitter.")] = 0,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Accuracy by every reading, and whether time is what is read."""
    from spikeff.cli import commands

    commands.evaluate(run, data, samples, split, jitter, seed, device, as_json)


@app.command()
def check(
    run: Run,
    samples: Annotated[int, typer.Option("--samples", metavar="N", help="First N samples.")] = 32,
    data: Data = None,
    split: Split = "test",
    bits: Bits = 8,
    as_json: Json = False,
) -> None:
    """Norse, Brian2, Lava and the emulator on the same spikes; exit code 1 where they differ."""
    from spikeff.cli import commands

    commands.check(run, samples, data, split, bits, as_json)


@app.command()
def export(
    run: Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Network file to write.")],
    bits: Bits = 8,
    data: Data = None,
    chip: Chip = "loihi1",
    readout: Annotated[
        str, typer.Option("--readout", help="host, or chip: answers by neurons of its own.")
    ] = "host",
    as_json: Json = False,
) -> None:
    """Quantise a run to Loihi's integers, calibrated on its training data, and fit it to a chip."""
    from spikeff.cli import compiler

    compiler.export(run, out, bits, data, chip, readout, as_json)


@app.command("run")
def run_file(
    file: NetworkFile,
    target: Annotated[str, typer.Option("--target", help="See `spikeff targets`.")] = "emulator",
    samples: Samples = None,
    data: Data = None,
    split: Split = "test",
    spikes: Spikes = None,
    as_json: Json = False,
) -> None:
    """Run integers on a target."""
    from spikeff.cli import commands

    commands.run(file, target, samples, data, split, spikes, as_json)


@app.command()
def energy(
    file: NetworkFile,
    samples: Samples = None,
    data: Data = None,
    split: Split = "test",
    tables: Annotated[
        list[str] | None,
        typer.Option(
            "--table", help="Cost table, by name or FILE.toml; may be repeated [default: loihi1]."
        ),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option("--compare", help="ann: an ANN of the same size on the same data."),
    ] = None,
    sanafe: Annotated[
        Path | None,
        typer.Option(
            "--sanafe", metavar="DIR", help="Write SANA-FE's files to DIR and run it beside."
        ),
    ] = None,
    spikes: Spikes = None,
    as_json: Json = False,
) -> None:
    """Joules and seconds per inference, estimated from the emulator's counts."""
    from spikeff.cli import energy as command

    command.energy(file, samples, data, split, tables or [], compare or [], sanafe, spikes, as_json)


@app.command()
def report(
    run: Run,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Page [default: RUN/report.html].")
    ] = None,
    data: Data = None,
    samples: Samples = None,
    check_samples: Annotated[
        int, typer.Option("--check", metavar="N", help="First N samples through every simulator.")
    ] = 4,
    bits: Bits = 8,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", help="Cost table; may be repeated [default: all bundled]."),
    ] = None,
    as_json: Json = False,
) -> None:
    """One HTML page about a run, from accuracy to energy, that needs no network."""
    from spikeff.cli import energy as command

    command.report(run, out, data, samples, check_samples, bits, tables or [], as_json)


@app.command()
def bundle(
    file: NetworkFile,
    out: Annotated[Path, typer.Option("--out", metavar="JOB.zip", help="Archive to write.")],
    samples: Annotated[int, typer.Option("--samples", metavar="N", help="First N samples.")] = 10,
    data: Data = None,
    split: Split = "test",
    spikes: Spikes = None,
    as_json: Json = False,
) -> None:
    """A job for a Loihi 2 board that runs without spikeff and compares itself spike for spike."""
    from spikeff.cli import compiler

    compiler.bundle(file, out, samples, data, split, spikes, as_json)


@app.command("to-nir")
def to_nir(
    source: Annotated[Path, typer.Argument(metavar="RUN|FILE", help="Run or exported network.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.nir", help="NIR file to write.")],
    as_json: Json = False,
) -> None:
    """A run's floats or a network's integers as a NIR graph, with what NIR cannot say graded."""
    from spikeff.cli import compiler

    compiler.to_nir(source, out, as_json)


@app.command("from-nir")
def from_nir(
    file: Annotated[Path, typer.Argument(metavar="FILE.nir", help="NIR 1.x, made anywhere.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Network file to write.")],
    bits: Bits = 8,
    dt: Annotated[float | None, typer.Option("--dt", help="Seconds per step.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="Steps per sample.")] = None,
    spikes: Spikes = None,
    chip: Chip = "loihi1",
    unit_jumps: Annotated[
        bool, typer.Option("--unit-jumps", help="CubaLIF adds whole weights, as Norse means it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Quantise a network from NIR to Loihi's integers; --spikes FILE.npz calibrates it."""
    from spikeff.cli import compiler

    compiler.from_nir(file, out, bits, dt, steps, spikes, chip, unit_jumps, as_json)


@app.command()
def data(
    name: Annotated[
        str,
        typer.Argument(
            help="mnist, fashion-mnist or kmnist; or events: n-mnist, shd or dvs-gesture."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Directory for --data.")],
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Directory of the recordings.")
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch recordings that are missing.")
    ] = False,
    steps: Annotated[int | None, typer.Option("--steps", help="Steps to bin events to.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Window that is binned, from the start.")
    ] = None,
    pool: Annotated[
        int, typer.Option("--pool", metavar="N", help="N x N pixels of the sensor as one channel.")
    ] = 1,
    samples: Samples = None,
    as_json: Json = False,
) -> None:
    """Fetch images in IDX files, checked by their sums; or bin event recordings to spike trains."""
    from spikeff.cli import data as command

    command.data(name, out, source, download, steps, seconds, pool, samples, as_json)


@app.command()
def tune(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Directory of the search.")],
    preset: Annotated[
        str | None, typer.Option("--preset", help="Searched around; see `spikeff presets`.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Searched around.")
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(
            "--space", metavar="FILE.toml", help="What to vary [default: `spikeff config space`]."
        ),
    ] = None,
    trials: Annotated[int, typer.Option("--trials", help="Trials in all.")] = 30,
    data: Data = None,
    epochs: Epochs = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", metavar="N", help="First N training samples [default: all]."),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option("--validation", help="Share of them that judges [default: 0.2]."),
    ] = None,
    bits: Annotated[
        int | None, typer.Option("--bits", help="Bits of a signed weight [default: 8].")
    ] = None,
    chip: Annotated[
        str | None, typer.Option("--chip", help="Whose limits must hold [default: loihi1].")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of what is tried and held out [default: 0].")
    ] = None,
    device: Device = "cpu",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the search in DIR.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the search that DIR holds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Search for accuracy and few synaptic operations together; the Pareto front."""
    from spikeff.cli import tune as command

    settings = (preset, config, space, data, trials, epochs, samples, validation)
    command.tune(out, *settings, bits, chip, seed, device, resume, overwrite, as_json)


@app.command()
def targets(as_json: Json = False) -> None:
    """What networks can run on here, and for what cannot, why."""
    from spikeff.cli import commands

    commands.targets(as_json)


@app.command()
def zoo(as_json: Json = False) -> None:
    """Trained networks that come with the package; each runs as zoo:NAME."""
    from spikeff.cli import commands

    commands.zoo(as_json)


@app.command()
def presets(as_json: Json = False) -> None:
    """The presets of `spikeff train`."""
    from spikeff.cli import commands

    commands.presets(as_json)


@config_commands.command("show")
def show_config(
    source: Annotated[
        str, typer.Argument(metavar="PRESET|FILE|RUN", help="Preset, TOML file or run directory.")
    ],
    as_json: Json = False,
) -> None:
    """The whole configuration as TOML, every default filled in; `train --config` reads it back."""
    from spikeff.cli import config

    config.show(source, as_json)


@config_commands.command("space")
def show_space(
    source: Annotated[
        str, typer.Argument(metavar="PRESET|FILE|RUN", help="Preset, TOML file or run directory.")
    ],
    as_json: Json = False,
) -> None:
    """What `spikeff tune` searches around a configuration, as TOML; `--space` reads it back."""
    from spikeff.cli import config

    config.space(source, as_json)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run directory.")] = DEMO_OUT,
    preset: Annotated[str, typer.Option("--preset", help="See `spikeff presets`.")] = "digits",
    data: Data = None,
    epochs: Epochs = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """The whole main job: train, evaluate, check, export, run on emulator and Lava, energy."""
    from spikeff.cli import demo as whole

    whole.demo(out, preset, data, epochs, seed, out == DEMO_OUT, as_json)


def main() -> None:
    """Entry point: errors of ours become one clear message and exit code 1, no traceback."""
    interrupts.listen()
    try:
        load_plugins()
        code = app(prog_name=PROG, standalone_mode=False)
        if code == failures.INTERRUPTED:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        failures.end_interrupted()
    except Exception as error:
        if interrupts.pressed():
            failures.end_interrupted()
        failures.end(error)
