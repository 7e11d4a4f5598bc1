"""What an experiment writes beside its page: pictures, and the table of the zoo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tomli_w

from benchmarks.experiments import agreement_pictures, one_ruler, pictures
from benchmarks.experiments.page import Records
from benchmarks.experiments.sweep import Sweep
from spikeff.errors import UnknownNameError

BITS = 8


def zoo(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """zoo.toml: origin and figures of each network, by name."""
    tables = {}
    for case in (case for case in sweep.cases if case.name in records):
        found, config = records[case.name]["0"], case.config(0)
        scores, chip = found["eval"], found["emulator"]
        data = "" if config.data.dataset == "digits" else " --data DIR"
        tables[case.name] = {
            "dataset": config.data.dataset,
            "summary": case.settings["summary"],
            "commands": [
                f"spikeff train --preset {case.name} --seed {config.seed}{data} --out RUN",
                f"spikeff export RUN --bits {BITS}{data} --out {case.name}.safetensors",
            ],
            "seed": config.seed,
            "bits": BITS,
            "test_samples": scores["samples"],
            "float_accuracy": scores["accuracy"],
            "accuracy": chip["accuracy"],
            "shuffled_accuracy": scores["shuffled_accuracy"],
            "coincidence_ratio": scores["coincidence_ratio"],
            "synops": chip["synops_per_sample"],
        }
    return tomli_w.dumps(tables, multiline_strings=True).encode()


KINDS: dict[str, Callable[[dict[str, Any], Sweep, Records], bytes]] = {
    "frontier": agreement_pictures.frontier,
    "growth": pictures.growth,
    "line": pictures.line,
    "map": agreement_pictures.accuracy_map,
    "one ruler": one_ruler.one_ruler,
    "own samples": pictures.own_samples,
    "zoo": zoo,
}


def made(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """A file as its table says; raises UnknownNameError."""
    if wanted["kind"] not in KINDS:
        raise UnknownNameError("kind of file", wanted["kind"], KINDS)
    return KINDS[wanted["kind"]](wanted, sweep, records)
