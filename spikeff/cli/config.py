"""``spikeff config``: a whole configuration, or what is searched around it, as TOML on stdout."""

from __future__ import annotations

import sys

from spikeff.cli.output import print_json


def show(source: str, as_json: bool) -> None:
    """``spikeff config show``."""
    from spikeff.training.config.files import config_text, sections_of
    from spikeff.training.resolve import resolve_config

    config = resolve_config(source)
    if as_json:
        print_json({"config": sections_of(config)})
    else:
        sys.stdout.write(config_text(config))


def space(source: str, as_json: bool) -> None:
    """``spikeff config space``."""
    from spikeff.pipeline.search.space import default_space, space_table, space_text
    from spikeff.training.resolve import resolve_config

    found = default_space(resolve_config(source))
    if as_json:
        print_json({"space": space_table(found)})
    else:
        sys.stdout.write(space_text(found))
