"""What a page's commands really print: `python -m docs_site.recorded_output docs/tutorial.md`.

Runs the page as a reader would, block after block, in a new folder, and puts what each shell block
prints into the ```text block behind it; a comment `first=N last=M` before it keeps so many lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from spikeff.ir.io.whole_file import write_bytes_whole

BLOCK = re.compile(
    r"(<!-- (?:first=(\d+))? ?(?:last=(\d+))? -->\n)?^```(\w+)([^\n]*)\n([^`]*?)^```$", re.MULTILINE
)
WIDTH = "110"  # columns
PICTURES = {"runs/digits/training.png": "docs/images/training.png"}
# Set up and activate what this program already runs in; or in need of a DIR of the reader's own.
SKIPPED = re.compile(r"^(make |\. ).*|.* DIR\b.*", re.MULTILINE)


def recorded(text: str, folder: Path) -> str:
    """The page with its outputs as they are now."""
    printed = ""

    def again(block: re.Match[str]) -> str:
        nonlocal printed
        comment, first, last, language, options, body = block.groups("")
        title = re.search(r'title="([^"]+)"', options)
        if title:
            (folder / title[1]).write_text(body)
        elif language == "sh":
            printed = _printed(["bash", "-ec", SKIPPED.sub("", body)], folder)
        elif language == "python":
            printed = _printed([sys.executable, "-c", body], folder)
        elif language == "text":
            body = _shortened(printed.strip().splitlines(), int(first or 0), int(last or 0))
        return f"{comment}```{language}{options}\n{body}```"

    return BLOCK.sub(again, text)


def _printed(command: list[str], folder: Path) -> str:
    """Both streams of a command that must end well."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    env = os.environ | {"COLUMNS": WIDTH, "PATH": path}
    done = subprocess.run(command, cwd=folder, env=env, check=False, **merged)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ends with {done.returncode}:\n{done.stdout}")
    return str(done.stdout)


def _shortened(lines: list[str], first: int, last: int) -> str:
    lines = [line.rstrip() for line in lines]
    if (first or last) and first + last < len(lines):
        lines = [*lines[:first], "...", *lines[len(lines) - last :]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        text = recorded(page.read_text("utf-8"), Path(directory))
        for source, place in PICTURES.items():
            shutil.copyfile(Path(directory) / source, place)
    write_bytes_whole(page, text.encode())
