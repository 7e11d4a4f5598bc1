"""The pipeline as a picture, docs/images/pipeline.svg: `python -m docs_site.pipeline_picture`.

Commands and targets are looked up in the code; a name that is not there is an error.
"""

from __future__ import annotations

from pathlib import Path

import typer

from docs_site.svg import Arrow, Box, drawing
from hw_targets.registry import TARGETS
from spikeff.cli.main import app
from spikeff.ir.io.sealed import write_bytes_whole

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "pipeline.svg"
SAME_INTEGERS = "emulator = Lava = Brian2"
FILE, SIDE = "#fdf3dc", "#e6f4ea"


def pipeline() -> str:
    """Draw the way from a data set to joules."""
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]

    def step(x: float, y: float, width: float, command: str, *lines: str, colour: str) -> Box:
        if command not in commands:
            raise KeyError(f"spikeff has no command {command!r}")
        return Box(x, y, width, (command, *lines), colour)

    main = Box.colour
    train = step(80, 130, 130, "train", "local rule,", "agreement", colour=main)
    run = Box(260, 130, 130, ("run directory", "float weights,", "history"), FILE)
    evaluate = step(260, 36, 190, "eval", "accuracy; is it time?", colour=SIDE)
    check = step(180, 232, 220, "check", "Norse = Brian2 = Lava,", SAME_INTEGERS, colour=SIDE)
    report = step(420, 232, 170, "report", "one page about it all", colour=SIDE)
    export = step(440, 130, 120, "export", "1 to 9 bits,", "fits the chip", colour=main)
    file = Box(620, 130, 130, ("network file", "integers,", "scales"), FILE)
    back = step(480, 36, 130, "from-nir", "networks from", "elsewhere", colour=SIDE)
    nir = step(640, 36, 130, "to-nir", "other libraries", colour=SIDE)
    energy = step(810, 36, 160, "energy", "joules and seconds,", "bounds, sources", colour=SIDE)
    targets = step(810, 130, 150, "run", *TARGETS, colour=main)
    bundle = step(640, 232, 180, "bundle", "job for a Loihi 2 board", colour=SIDE)
    boxes = (train, run, evaluate, check, export, file, targets, energy, bundle, nir, report, back)
    pairs = (
        (train, run),
        (run, evaluate),
        (run, check),
        (run, export),
        (export, file),
        (file, targets),
        (file, energy),
        (file, bundle),
        (file, nir),
        (run, report),
        (back, file),
    )
    title = "spikeff train, check, export, run and energy, and the files between them"
    return drawing(900, 275, boxes, [Arrow(a, b) for a, b in pairs], title)


if __name__ == "__main__":
    write_bytes_whole(PICTURE, pipeline().encode())
