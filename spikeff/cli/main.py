"""The console script ``spikeff``. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

from collections.abc import Callable

import typer

from spikeff.cli import catalogues, compiler, data, demo, energy, failures, interrupts, run, train
from spikeff.cli.plugin_option import with_plugins
from spikeff.plugins import load_plugins

PROG = "spikeff"
# In the order of `spikeff --help`.
COMMANDS: dict[str, Callable[..., None]] = {
    "train": train.train,
    "eval": train.evaluate,
    "check": run.check,
    "export": compiler.export,
    "run": run.run,
    "energy": energy.energy,
    "report": energy.report,
    "bundle": compiler.bundle,
    "to-nir": compiler.to_nir,
    "from-nir": compiler.from_nir,
    "data": data.data,
    "tune": train.tune,
    "targets": catalogues.targets,
    "zoo": catalogues.zoo,
    "presets": catalogues.presets,
    "demo": demo.demo,
}
CONFIG_COMMANDS: dict[str, Callable[..., None]] = {
    "show": catalogues.show_config,
    "space": catalogues.show_space,
}

app = typer.Typer(
    help="Spiking Forward-Forward learning by agreement in time, from training to Loihi integers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_app = typer.Typer(help="Configurations of trainings.", no_args_is_help=True)
app.add_typer(config_app, name="config")
for name, command in COMMANDS.items():
    app.command(name)(with_plugins(command))
for name, command in CONFIG_COMMANDS.items():
    config_app.command(name)(with_plugins(command))


def main() -> None:
    """Entry point: our own errors become one clear message and exit code 1, no traceback."""
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
