"""One run exported with the host's readout and with the chip's, both run."""

from __future__ import annotations

from typing import Any

import spikeff
from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.pipeline import trained
from benchmarks.experiments.sweep import Case
from spikeff.cli.output import jsonable
from spikeff.errors import LimitError


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``samples`` of the test split, ``energy`` and ``lava``; see ``pipeline``.

    ``chip`` and ``period`` are those of the export with the chip's readout.
    """
    run, _ = trained(case, seed, where)
    own = {name: case.settings[name] for name in ("chip", "period") if name in case.settings}
    found = {}
    for readout in ("host", "chip"):
        file, wanted = run.parent / f"{readout}.safetensors", case.settings
        try:
            options = own if readout == "chip" else {}
            exported = spikeff.export(run, file, readout=readout, data=where.data, **options)
        except LimitError as error:
            found[readout] = {"refused": str(error)}
            continue
        ran = spikeff.run(file, samples=wanted.get("samples"), data=where.data)
        lava = spikeff.run(file, "lava", wanted["lava"], where.data)
        energy = spikeff.energy(file, wanted["energy"], where.data).main
        found[readout] = jsonable(ran) | {
            "neurons": sum(p.neurons for p in exported.populations),
            "cores": sum(p.cores for p in exported.populations),
            "period": exported.period,
            "joules": energy.dynamic_joules.mean,
            "identical_to_lava": lava.identical_to_emulator,
        }
    return found
