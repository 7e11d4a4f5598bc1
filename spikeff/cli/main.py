"""The console script ``spikeff``. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from spikeff.cli import (
    capacity,
    catalogues,
    compiler,
    data,
    demo,
    distil,
    energy,
    evaluate,
    failures,
    interrupts,
    netx,
    output,
    run,
    sample,
    streams,
    train,
    tune,
)
from spikeff.cli.examples import epilog
from spikeff.cli.plugin_option import with_plugins
from spikeff.plugins import load_plugins

PROG = "spikeff"
HELP_OPTIONS = {"help_option_names": ["--help", "-h"]}
# In the order of `spikeff --help`.
COMMANDS: dict[str, Callable[..., None]] = {
    "train": train.train,
    "distil": distil.distil,
    "eval": evaluate.evaluate,
    "sample": sample.sample,
    "check": run.check,
    "export": compiler.export,
    "run": run.run,
    "capacity": capacity.capacity,
    "energy": energy.energy,
    "report": energy.report,
    "bundle": compiler.bundle,
    "to-nir": compiler.to_nir,
    "from-nir": compiler.from_nir,
    "from-netx": netx.from_netx,
    "data": data.data,
    "tune": tune.tune,
    "targets": catalogues.targets,
    "zoo": catalogues.zoo,
    "tables": catalogues.tables,
    "presets": catalogues.presets,
    "demo": demo.demo,
}
CONFIG_COMMANDS: dict[str, Callable[..., None]] = {
    "show": catalogues.show_config,
    "space": catalogues.show_space,
}

app = typer.Typer(pretty_exceptions_enable=False, context_settings=HELP_OPTIONS)
config_app = typer.Typer(context_settings=HELP_OPTIONS)
app.add_typer(config_app, name="config")
for name, command in COMMANDS.items():
    app.command(name, epilog=epilog(name))(with_plugins(command))
for name, command in CONFIG_COMMANDS.items():
    config_app.command(name, epilog=epilog(f"config {name}"))(with_plugins(command))


def _print_version(wanted: bool) -> None:
    if wanted:
        from spikeff import __version__

        print(f"{PROG} {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
]


@app.callback(invoke_without_command=True)
def about(context: typer.Context, version: Version = False) -> None:
    """Train spiking networks by Forward-Forward learning, check and compile them to Loihi."""
    _help_where_alone(context)


@config_app.callback(invoke_without_command=True)
def about_configurations(context: typer.Context) -> None:
    """Print the configuration of a training, or what a search varies."""
    _help_where_alone(context)


def _help_where_alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


def main() -> None:
    """Entry point: our own errors become one clear message and exit code 1, no traceback."""
    interrupts.listen()
    streams.replace_closed()
    output.print_any_character()
    try:
        load_plugins()
        code = app(prog_name=PROG, standalone_mode=False)
        if code == failures.INTERRUPTED:
            raise KeyboardInterrupt
        streams.flush_output()
    except KeyboardInterrupt:
        failures.end_interrupted()
    except Exception as error:
        if interrupts.received():
            failures.end_interrupted()
        failures.end(error)
