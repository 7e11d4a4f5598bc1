"""What there is: ``spikeff targets``, ``zoo``, ``tables``, ``presets`` and ``config``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spikeff.cli.grid import print_grid
from spikeff.cli.options import ConfigSource, Json
from spikeff.cli.output import listed, percent, print_json
from spikeff.pipeline.units import engineering

if TYPE_CHECKING:
    from hw_targets.cost.anchors import Priced
    from hw_targets.cost.systems import System
    from spikeff.training.config.schema import TrainConfig

# Presets of which nobody knows what they reach.
UNTRIED = (
    "fashion-topdown",
    "spoken-digits",
)


def targets(as_json: Json = False) -> None:
    """List what networks can run on here, and what is missing for the rest."""
    from spikeff.pipeline.run.targets import targets as step

    states = step()
    if as_json:
        print_json({"targets": states})
        return
    rows = [(s.name, "yes" if s.available else "no", s.missing or "") for s in states]
    print_grid("targets", ("target", "available", "missing"), rows)


def zoo(as_json: Json = False) -> None:
    """List the trained networks that come with spikeff; each is used as zoo:NAME."""
    from spikeff.zoo import PREFIX
    from spikeff.zoo import zoo as known

    entries = known()
    if as_json:
        print_json({"zoo": list(entries.values())})
        return
    rows = [
        (
            PREFIX + e.name,
            e.summary,
            percent(e.accuracy),
            percent(e.shuffled_accuracy),
            listed(e.coincidence_ratio),
            f"{e.synops:,.0f}",
        )
        for e in entries.values()
    ]
    header = ("name", "what", "accuracy", "shuffled", "ratio", "synaptic operations / sample")
    title = "trained networks, 8 bits, full test split; commands that made them: spikeff zoo --json"
    print_grid(title, header, rows)


def tables(as_json: Json = False) -> None:
    """List the cost tables of `spikeff energy`, and systems that others measured, with sources."""
    from spikeff.pipeline.energy.tables import cost_tables, measured_systems, validated

    known, measured = cost_tables(), measured_systems()
    if as_json:
        print_json({"tables": known, "systems": measured, "validation": validated()})
        return
    rows = [(t.name, str(t.year), t.node, t.kind, ", ".join(t.covers), t.source) for t in known]
    print_grid("cost tables", ("table", "year", "node", "kind", "prices", "source"), rows)
    header = ("system", "network", "figure", "counts", "year", "node", "kind", "source")
    print_grid(
        "systems that others measured: one network on one piece of hardware each",
        header,
        [_system_row(each) for each in measured],
    )
    print_grid(
        "validation: networks measured on silicon, priced by our tables (docs/validation.md)",
        ("network", "table", "priced", "measured", "measured / priced"),
        [_validation_row(each) for each in validated()],
    )


def _validation_row(priced: Priced) -> tuple[str, ...]:
    low, high = priced.ratios
    return (
        f"{priced.anchor.system.title}, {priced.anchor.system.network}",
        priced.table,
        f"{engineering(priced.low, 'J')} to {engineering(priced.high, 'J')}",
        engineering(priced.measured, "J"),
        f"{low:.2f} to {high:.2f}",
    )


def _system_row(system: System) -> tuple[str, ...]:
    joules = system.microjoules
    if joules is not None:
        figure = f"{engineering(joules * 1e-6, 'J')} per {system.per}"
    else:
        figure = engineering((system.milliwatts or 0) * 1e-3, "W")
    return (
        f"{system.title} ({system.name})",
        system.network,
        figure,
        system.counts,
        str(system.year),
        system.node,
        system.kind,
        f"{system.source}; {system.where}",
    )


def presets(as_json: Json = False) -> None:
    """List the presets of `spikeff train`."""
    from spikeff.training.config.files import presets as known
    from spikeff.training.config.schema import make_config

    tables = known()
    if as_json:
        print_json({"presets": tables})
        return
    header = ("preset", "data", "encoder", "layers", "goodness", "objective", "spikes", "epochs")
    rows = [_preset_row(name, make_config(table, name)) for name, table in tables.items()]
    print_grid(f"presets (never trained to the end yet: {', '.join(UNTRIED)})", header, rows)


def _preset_row(name: str, config: TrainConfig) -> tuple[str, ...]:
    """Name and settings; of the first layer, where all have the same."""
    layer, schedule = config.layers[0], config.schedule
    return (
        name,
        config.data.dataset,
        config.data.encoder.kind,
        "-".join(str(each.neurons) for each in config.layers),
        layer.goodness.kind if layer.goodness is not None else "",
        config.objective.kind,
        "free" if layer.spike_limit is None else str(layer.spike_limit),
        str(schedule.epochs),
    )


def show_config(source: ConfigSource, as_json: Json = False) -> None:
    """Print a whole configuration as TOML, defaults filled in; `train --config` reads it."""
    from spikeff.training.config.files import config_text, sections_of
    from spikeff.training.resolve import resolve_config

    config = resolve_config(source)
    if as_json:
        print_json({"config": sections_of(config)})
    else:
        sys.stdout.write(config_text(config))


def show_space(source: ConfigSource, as_json: Json = False) -> None:
    """Print what `spikeff tune` varies around a configuration, as TOML; `--space` reads it."""
    from spikeff.pipeline.search.space import default_space, space_table, space_text
    from spikeff.training.resolve import resolve_config

    space = default_space(resolve_config(source))
    if as_json:
        print_json({"space": space_table(space)})
    else:
        sys.stdout.write(space_text(space))
