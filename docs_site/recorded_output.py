"""What a page's commands really print: `python -m docs_site.recorded_output docs/tutorial.md`.

Runs the page as a reader would, block after block, in a new folder, and puts what each shell block
prints into the ```text block behind it; a comment `first=N last=M` before it keeps so many lines.
Pictures that a run leaves are copied to where the page shows them, see ``PICTURES``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from spikeff.ir.io.sealed import write_bytes_whole

BLOCK = re.compile(r"(?:^<!-- (.*) -->\n)?^```(\w+)([^\n]*)\n([^`]*?)^```$", re.MULTILINE)
WIDTH = "110"  # columns
PICTURES = {"runs/digits/training.png": "docs/images/training.png"}
# Set up and activate what this program already runs in. So is what needs a DIR of the reader's own.
SKIPPED = ("make ", ". ")


def recorded(text: str, folder: Path) -> str:
    """The page with its outputs as they are now."""
    parts, end, printed = [], 0, ""
    for block in BLOCK.finditer(text):
        kept, language, options, body = block.groups("")
        parts.append(text[end : block.start()])
        end = block.end()
        title = re.search(r'title="([^"]+)"', options)
        if title:
            (folder / title[1]).write_text(body)
        elif language == "sh":
            printed = "".join(_run(line, folder) for line in body.splitlines())
        elif language == "python":
            printed = _printed([sys.executable, "-c", body], folder)
        elif language == "text":
            body = _shortened(printed, kept)
        comment = f"<!-- {kept} -->\n" if kept else ""
        parts.append(f"{comment}```{language}{options}\n{body}```")
    return "".join([*parts, text[end:]])


def _run(line: str, folder: Path) -> str:
    skipped = line.startswith(SKIPPED) or "DIR" in line.split()
    return "" if skipped else _printed(["bash", "-c", line], folder)


def _printed(command: list[str], folder: Path) -> str:
    """Both streams of a command that must end well."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"COLUMNS": WIDTH, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} ends with {done.returncode}:\n{done.stdout}")
    return done.stdout


def _shortened(text: str, kept: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    first, last = (_number(name, kept) for name in ("first", "last"))
    if (first or last) and first + last < len(lines):
        lines = [*lines[:first], "...", *lines[len(lines) - last :]]
    return "\n".join(lines) + "\n"


def _number(name: str, kept: str) -> int:
    found = re.search(rf"{name}=(\d+)", kept)
    return int(found[1]) if found else 0


def main(page: Annotated[Path, typer.Argument(help="Markdown page to record.")]) -> None:
    """Run a page and write it anew, whole or not at all."""
    with tempfile.TemporaryDirectory() as folder:
        text = recorded(page.read_text("utf-8"), Path(folder))
        for source, place in PICTURES.items():
            if (Path(folder) / source).exists():
                shutil.copyfile(Path(folder) / source, place)
    write_bytes_whole(page, text.encode())


if __name__ == "__main__":
    typer.run(main)
