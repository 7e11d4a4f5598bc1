"""``spikeff config show``: a whole configuration as TOML on stdout."""

from __future__ import annotations

import sys

from spikeff.cli.output import print_json


def show(source: str, as_json: bool) -> None:
    """``spikeff config show``."""
    from spikeff.config import config_text
    from spikeff.pipeline.train import resolve_config

    config = resolve_config(source)
    if as_json:
        print_json({"config": config.model_dump()})
    else:
        sys.stdout.write(config_text(config))
