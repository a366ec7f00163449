"""The few marks that pictures are made of, as SVG that stands alone or within a page.

It knows nothing of sessions. Colours come from `templates/picture.css`, so that a picture is
readable on light and on dark ground; text stays text.
"""

import textwrap
from collections.abc import Iterable
from html import escape
from pathlib import Path

STYLE = Path(__file__).parents[1] / "templates" / "picture.css"
SANS, BOLD, MONO = 6.6, 7.6, 6.7
_ATTRIBUTES = {"cls": "class", "anchor": "text-anchor"}


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """Return one element; `_` in a name of an attribute stands for `-`."""
    told = "".join(
        f' {_ATTRIBUTES.get(key, key.replace("_", "-"))}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def text(x: float, y: float, content: str, /, **attributes: object) -> str:
    """Return a line of text."""
    return element("text", escape(content, quote=False), x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, colour: str, /, **attributes: object) -> str:
    """Return a straight line."""
    return element(
        "line", x1=x1, y1=y1, x2=x2, y2=y2, style=f"stroke:var(--p-{colour})", **attributes
    )


def box(
    x: float, y: float, width: float, height: float, colour: str, /, **attributes: object
) -> str:
    """Return a filled rectangle."""
    return element(
        "rect", x=x, y=y, width=width, height=height, style=f"fill:var(--p-{colour})", **attributes
    )


def titled(content: str, title: str) -> str:
    """Return marks with a title that browsers and screen readers tell."""
    return f"<g><title>{escape(title, quote=False)}</title>{content}</g>"


def wrapped(content: str, width: float, *, per: float = SANS, most: int = 4) -> list[str]:
    """Return a text in lines that fit a width in pixels, the last one cut where there are more."""
    room = max(12, int(width / per))
    return textwrap.wrap(content, room, max_lines=most, placeholder=" ...") or [""]


def picture(
    title: str, width: float, height: float, marks: Iterable[str], *, styled: bool = False
) -> str:
    """Return a whole picture; `styled` brings the style sheet along, for a file of its own."""
    style = element("style", STYLE.read_text(encoding="utf-8")) if styled else ""
    said = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'aria-label="{said}"><title>{escape(title, quote=False)}</title>{style}'
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>' + "\n".join(marks) + "</svg>"
    )


def _number(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
