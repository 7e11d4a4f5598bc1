"""Links whose text is a file, good where files are looked at, bear the page's title on the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

LINK = re.compile(r"\[([\w./-]+\.md)\]\(([^)#\s]+\.md)(#[^)]*)?\)")
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


def with_titles(markdown: str, place: str, text_of: Callable[[str], str | None]) -> str:
    """The page at ``place`` with such links renamed; ``text_of`` gives a page's Markdown."""

    def renamed(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), link[2]))
        heading = HEADING.search(text_of(target) or "")
        return f"[{heading[1]}]({link[2]}{link[3] or ''})" if heading else link[0]

    return LINK.sub(renamed, markdown)
