"""README, CONTRIBUTING and CHANGELOG as pages of the site, so that nothing is said twice."""

from __future__ import annotations

from pathlib import Path

PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "CITATION.cff": "CITATION.cff",
}


def pages(root: Path) -> dict[str, str]:
    """The files with their links as they are from within docs/."""
    return {place: _relinked((root / name).read_text("utf-8")) for name, place in PAGES.items()}


def _relinked(text: str) -> str:
    for name, place in PAGES.items():
        text = text.replace(f"]({name})", f"]({place})")
    return text.replace("](docs/", "](").replace("](notebooks)", "](notebooks/index.md)")
