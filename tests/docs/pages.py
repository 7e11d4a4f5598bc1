"""Pages of documentation as what a reader would do with them: blocks of code in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(p for p in (ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^(\s*)```(\w*)(.*)$")
TITLE = re.compile(r'title="([^"]+)"')
PROGRAMS = ("spikeff ", "python ", "make ", "mkdocs ")


@dataclass(frozen=True)
class Block:
    """One fenced block. title : the file that it is the content of, or ""."""

    page: str
    line: int
    language: str
    title: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Lines of a shell block, continued lines joined, comments and blanks left out."""
        joined = self.text.replace("\\\n", " ")
        lines = (re.sub(r"\s+#.*$", "", line).strip() for line in joined.splitlines())
        return [line for line in lines if line and not line.startswith("#")]


def name_of(path: Path) -> str:
    """A page by its path in the repository."""
    return path.relative_to(ROOT).as_posix()


def split(path: Path) -> tuple[list[Block], str]:
    """The fenced blocks of a page, and the text around them."""
    found: list[Block] = []
    around: list[str] = []
    opened: tuple[int, str, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        fence = FENCE.match(line)
        if opened is None and fence:
            title = TITLE.search(fence[3])
            opened = (number, fence[1], fence[2], title[1] if title else "")
            inside = []
        elif opened is not None and line.strip() == "```":
            start, indent, language, title = opened
            text = "\n".join(part.removeprefix(indent) for part in inside) + "\n"
            found.append(Block(name_of(path), start, language, title, text))
            opened = None
        elif opened is not None:
            inside.append(line)
        else:
            around.append(line)
    assert opened is None, f"{name_of(path)}: a block is not closed"
    return found, "\n".join(around)


def mentioned(path: Path) -> list[str]:
    """Commands in running text, between single backticks."""
    _, text = split(path)
    spans = (" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text))
    return [span for span in spans if span.startswith(PROGRAMS)]
