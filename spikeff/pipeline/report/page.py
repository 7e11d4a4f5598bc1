"""One self-contained HTML page: the plotting library, the data and the text in one file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from plotly.offline import get_plotlyjs

STYLE = """
:root{color-scheme:light dark;--text:#1f2933;--faint:#5c6773;--line:#d5dae0;--panel:#f4f6f8;
--page:#fff;--link:#0060a8}
@media(prefers-color-scheme:dark){:root{--text:#dfe4ea;--faint:#a3adb8;--line:#3a444f;
--panel:#1c232b;--page:#12171d;--link:#6cb6f0}}
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem;
color:var(--text);background:var(--page)}a{color:var(--link)}
h1{font-size:1.6rem;margin-bottom:0}h2{font-size:1.2rem;margin-top:2.5rem;
border-bottom:1px solid var(--line)}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;margin:.8rem 0}
td,th{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:var(--panel)}td.n{text-align:right;font-variant-numeric:tabular-nums;
white-space:nowrap}td{min-width:3.5rem}td.long{min-width:18rem}p.note,p.date{color:var(--faint);font-size:.9rem}
pre{background:var(--panel);padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}summary{cursor:pointer}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1rem;background:var(--panel);
padding:1rem;border-radius:6px}dt{font-weight:600}dd{margin:0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;font-size:.9rem}
@media(max-width:600px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}
@media print{nav{display:none}}
"""
# No zoom by the wheel: it would hold the page while one scrolls.
NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=%|\S{0,2}[JsW]\b)")
LONG_TEXT = 60  # characters, from which a cell keeps a width that can be read
CONFIG = {"displaylogo": False, "responsive": True, "scrollZoom": False}


@dataclass(frozen=True)
class Section:
    """A heading, a note, figures by identifier, and HTML after them."""

    title: str
    note: str
    figures: tuple[tuple[str, Any], ...] = ()
    body: str = ""

    @property
    def anchor(self) -> str:
        """The title as an identifier within the page, unlike those of figures."""
        return "section-" + re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def page(
    title: str, date: str, summary: Sequence[tuple[str, str]], sections: Sequence[Section]
) -> str:
    """The whole page.

    Args:
        date: When it was made, and by what.
        summary: What is said before all sections: a word and a sentence each.
    """
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f"<script>{get_plotlyjs()}</script></head><body><h1>{escape(title)}</h1>",
        f'<p class="date">{escape(date)}</p>',
        _summary(summary),
        _contents(sections),
        *(part for section in sections for part in _section(section)),
        "</body></html>",
    ]
    return "\n".join(parts)


def _summary(lines: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(word)}</dt><dd>{escape(text)}</dd>" for word, text in lines)
    return f"<dl>{rows}</dl>"


def _contents(sections: Sequence[Section]) -> str:
    links = "".join(f'<li><a href="#{s.anchor}">{escape(s.title)}</a></li>' for s in sections)
    return f"<nav><ul>{links}</ul></nav>"


def _section(section: Section) -> list[str]:
    figures = [
        figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            div_id=name,
            config=CONFIG,
            default_width="100%",
            default_height=f"{figure.layout.height}px",
        )
        for name, figure in section.figures
    ]
    return [
        f'<h2 id="{section.anchor}">{escape(section.title)}</h2>',
        f'<p class="note">{escape(section.note)}</p>',
        *figures,
        section.body,
    ]


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """An HTML table; numbers are aligned to the right."""
    head = "".join(f"<th>{escape(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(_cell(x) for x in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def folded(title: str, body: str) -> str:
    """HTML that opens on a click."""
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def preformatted(text: str) -> str:
    """Text as it is."""
    return f"<pre>{escape(text)}</pre>"


def _cell(value: object) -> str:
    if isinstance(value, float):
        # Six digits, and all of those in front of the point where these are more.
        figure = f"{value:,.0f}" if 10**6 <= abs(value) < 10**15 else f"{value:,.6g}"
        return f'<td class="n">{figure}</td>'
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    text = NUMBER_AND_UNIT.sub("\u00a0", str(value))
    return f"<td{' class=long' if len(text) > LONG_TEXT else ''}>{escape(text)}</td>"
