"""Boxes and arrows as SVG: no fonts, scripts or styles from outside, readable on any ground."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

LINE = 17  # pixels between lines of text
FONT = "font-family='Helvetica, Arial, sans-serif'"
INK = "#24292f"


@dataclass(frozen=True)
class Box:
    """A box around (x, y) in pixels; the first of its lines stands out."""

    x: float
    y: float
    width: float
    lines: tuple[str, ...]
    colour: str = "#e8eefc"

    @property
    def height(self) -> float:
        """Pixels, from the number of lines."""
        return LINE * len(self.lines) + 14

    def border(self, towards: Box) -> tuple[float, float]:
        """The point of the border on the way to the middle of another box."""
        dx, dy = towards.x - self.x, towards.y - self.y
        if not dx and not dy:
            return self.x, self.y
        scale = min(
            self.width / 2 / abs(dx) if dx else float("inf"),
            self.height / 2 / abs(dy) if dy else float("inf"),
        )
        return self.x + dx * scale, self.y + dy * scale


@dataclass(frozen=True)
class Arrow:
    """From one box to another; ``label`` stands beside its middle."""

    start: Box
    end: Box
    label: str = ""


def drawing(
    width: float, height: float, boxes: Iterable[Box], arrows: Iterable[Arrow], title: str
) -> str:
    """The whole file; ``title`` is what a reader who cannot see it is told."""
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}' "
        f"width='{width:g}' height='{height:g}' role='img'>",
        f"<title>{escape(title)}</title>",
        "<defs><marker id='tip' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' "
        f"markerHeight='7' orient='auto'><path d='M0 0 10 5 0 10z' fill='{INK}'/></marker></defs>",
        "<rect width='100%' height='100%' rx='8' fill='#ffffff'/>",
        *(_arrow(arrow) for arrow in arrows),
        *(_box(box) for box in boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _arrow(arrow: Arrow) -> str:
    x1, y1 = arrow.start.border(arrow.end)
    x2, y2 = arrow.end.border(arrow.start)
    line = (
        f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{INK}' "
        "stroke-width='1.2' marker-end='url(#tip)'/>"
    )
    if not arrow.label:
        return line
    return line + _text((x1 + x2) / 2 + 4, (y1 + y2) / 2 + 4, arrow.label, 11, "start")


def _box(box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    shape = (
        f"<rect x='{left:.1f}' y='{top:.1f}' width='{box.width:g}' height='{box.height:g}' rx='6' "
        f"fill='{box.colour}' stroke='{INK}' stroke-width='1'/>"
    )
    first, *others = box.lines
    text = [_text(box.x, top + LINE + 2, first, 14, "middle", " font-weight='bold'")]
    for row, line in enumerate(others, start=2):
        text.append(_text(box.x, top + LINE * row + 2, line, 12, "middle"))
    return shape + "".join(text)


def _text(x: float, y: float, text: str, size: int, anchor: str, more: str = "") -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' {FONT} font-size='{size}' text-anchor='{anchor}' "
        f"fill='{INK}'{more}>{escape(text)}</text>"
    )
