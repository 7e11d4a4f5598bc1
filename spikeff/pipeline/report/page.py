"""One self-contained HTML page: the plotting library, the data and the text in one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from plotly.offline import get_plotlyjs

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem;
color:#1f2933}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid
#cbd2d9}table{border-collapse:collapse;font-size:.85rem;margin:.8rem 0;display:block;
overflow-x:auto}td,th{border:1px solid #cbd2d9;padding:.25rem .5rem;text-align:left;
vertical-align:top}th{background:#f5f7fa}td.n{text-align:right;font-variant-numeric:tabular-nums;
white-space:nowrap}p.note{color:#52606d;font-size:.9rem}pre{background:#f5f7fa;padding:.6rem;
overflow-x:auto}summary{cursor:pointer}
"""
CONFIG = {"displaylogo": False, "responsive": True, "scrollZoom": True}


@dataclass(frozen=True)
class Section:
    """A heading, a note, figures by identifier, and HTML after them."""

    title: str
    note: str
    figures: tuple[tuple[str, Any], ...] = ()
    body: str = ""


def page(title: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f"<script>{get_plotlyjs()}</script></head><body><h1>{escape(title)}</h1>",
    ]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        parts.append(f'<p class="note">{escape(section.note)}</p>')
        for name, figure in section.figures:
            parts.append(
                figure.to_html(
                    full_html=False,
                    include_plotlyjs=False,
                    div_id=name,
                    config=CONFIG,
                    default_width="100%",
                    default_height=f"{figure.layout.height}px",
                )
            )
        parts.append(section.body)
    parts.append("</body></html>")
    return "\n".join(parts)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """An HTML table; numbers are aligned to the right."""
    head = "".join(f"<th>{escape(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(_cell(x) for x in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def folded(title: str, body: str) -> str:
    """HTML that opens on a click."""
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def preformatted(text: str) -> str:
    """Text as it is."""
    return f"<pre>{escape(text)}</pre>"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td class="n">{value:,.6g}</td>'
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
