"""A network through the whole pipeline: trained, evaluated, exported, run and priced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tomli_w

import spikeff
from benchmarks.experiments.measures import Where
from benchmarks.experiments.sweep import Case
from spikeff.cli.output import jsonable
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.pipeline.train import train
from spikeff.settings.tables import nested
from spikeff.training.run_folder import checkpoint_path


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``samples`` of the test split, of ``energy``, ``lava``, ``check``, ``jittered``;
    ``jitters`` in steps; ``tables`` of costs.
    """
    data, wanted = where.data, case.settings
    samples = wanted.get("samples")
    run, train = trained(case, seed, where)
    file = run.parent / "network.safetensors"
    exported = spikeff.export(run, file, data=data)
    found = {
        "train": train,
        "eval": jsonable(spikeff.eval(run, data, samples)),
        "jitter": {
            str(j): spikeff.eval(run, data, wanted["jittered"], jitter=j).accuracy
            for j in wanted.get("jitters", ())
        },
        "neurons": sum(p.neurons for p in exported.populations),
        "cores": sum(p.cores for p in exported.populations),
        "bytes": exported.bytes,
        "emulator": jsonable(spikeff.run(file, samples=samples, data=data)),
    }
    if wanted.get("lava"):
        lava = spikeff.run(file, "lava", wanted["lava"], data)
        found["identical_to_lava"] = lava.identical_to_emulator
    if wanted.get("check"):
        pairs = spikeff.check(run, wanted["check"], data).pairs
        found["mismatches"] = sum(p.mismatches + (p.state_mismatches or 0) for p in pairs)
    if wanted.get("energy"):
        tables = wanted.get("tables", ["loihi1"])
        most = min(wanted["energy"], found["emulator"]["samples"])  # no more than the split holds
        priced = spikeff.energy(file, most, data, tables=tables).readings[0].tables
        found["joules"] = {t.table: t.dynamic_joules.mean for t in priced}
        found["joules_low"] = {t.table: t.dynamic_joules.low for t in priced}
        found["joules_high"] = {t.table: t.dynamic_joules.high for t in priced}
    return found


def trained(case: Case, seed: int, where: Where) -> tuple[Path, dict[str, Any]]:
    """Train a run, go on with it, or find it whole; with the seconds of all calls together."""
    folder = where.out / "runs" / f"{case.name.replace(' | ', '-')}-{seed}"
    config, run, clock = folder / "config.toml", folder / "run", folder / "seconds.json"
    write_bytes_whole(config, tomli_w.dumps(nested(case.fields)).encode())
    begun = checkpoint_path(run).exists()
    before = json.loads(clock.read_text()) if begun and clock.exists() else 0.0
    result = train(run, config=config, seed=seed, data=where.data, resume=begun)
    write_bytes_whole(clock, json.dumps(before + result.seconds).encode())
    return run, {"epochs": result.epochs, "seconds": before + result.seconds}
