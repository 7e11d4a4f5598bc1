"""Where a command may write: never over what it reads, and never over a part of a run."""

from __future__ import annotations

import os
from pathlib import Path

from spikeff.errors import FileFormatError, OutputError
from spikeff.ir.io.sealed import kind_of_file
from spikeff.ir.io.whole_file import require_place
from spikeff.training.run_folder import OWN, checkpoint_path
from spikeff.training.stored import KIND

OURS = (".safetensors", ".nir", ".html", ".zip")  # what commands write; data sets have others


def require_output(out: Path | str, *inputs: Path | str | None) -> None:
    """Refuse ``out`` before any work where writing it would cost something else.

    Args:
        out: The file to write.
        inputs: What the command reads: files, run directories and folders of data.

    Raises:
        OutputError: ``out`` is one of the inputs, lies among the files of a data set, is part of a
            run, or exists and is no regular file.
    """
    out = Path(out)
    require_place(out)
    _require_no_part_of_a_run(out)
    for each in inputs:
        if each is not None and out.exists():
            _require_other(out, Path(each))


def _require_no_part_of_a_run(out: Path) -> None:
    place = require_place(out)
    in_run = place.name in OWN and checkpoint_path(place.parent).exists()
    if in_run or _is_checkpoint(place):
        raise OutputError(f"{out} belongs to a run, which would be lost; choose another --out.")


def _is_checkpoint(path: Path) -> bool:
    try:
        return path.is_file() and kind_of_file(path) == KIND
    except FileFormatError:
        return False


def _require_other(out: Path, read: Path) -> None:
    if read.is_dir() and not checkpoint_path(read).exists():
        if read.resolve() in out.resolve().parents and out.suffix not in OURS:
            raise OutputError(
                f"{out} is a file in {read}, from which data are read; choose another --out."
            )
    elif read.exists() and os.path.samefile(out, read):
        raise OutputError(f"{out} is read by this command and would be lost; choose another --out.")
