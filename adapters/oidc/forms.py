"""The forms of a page as somebody with a keyboard would fill them; no script is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

_TYPED = frozenset({"", "text", "email", "tel"})
_PRESSED = frozenset({"submit", "image"})
_LEFT_OUT = frozenset({"button", "reset", "file", *_PRESSED})
_TICKED = frozenset({"checkbox", "radio"})


@dataclass(frozen=True, slots=True)
class Form:
    """One form: where it goes, what stands in it, and which fields wait for input.

    `pressed` is what its first button adds.
    """

    method: str
    action: str
    fields: tuple[tuple[str, str], ...]
    password: str | None = None
    username: str | None = None
    pressed: tuple[tuple[str, str], ...] = ()

    def filled(self, typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return what is sent when these fields are typed and the first button is pressed."""
        kept = [(name, value) for name, value in self.fields if name not in typed]
        return (*kept, *typed.items(), *self.pressed)


def forms_of(page: str, address: str, *, selector: str | None = None) -> list[Form]:
    """Return the forms of a page, or of those only that a CSS selector names."""
    if "<form" not in page.lower():
        return []
    tree = LexborHTMLParser(page)
    return [_form(node, tree, address) for node in tree.css(selector or "form")]


def _parts(node: LexborNode, tree: LexborHTMLParser) -> list[LexborNode]:
    """Return the controls of a form, those elsewhere on the page that name it included."""
    inside = node.css("input, select, textarea, button")
    name = node.attributes.get("id")
    named = tree.css("[form]") if name else []
    return [*inside, *(part for part in named if part.attributes.get("form") == name)]


def _form(node: LexborNode, tree: LexborHTMLParser, address: str) -> Form:
    fields: list[tuple[str, str]] = []
    password: str | None = None
    username: str | None = None
    pressed: tuple[tuple[str, str], ...] | None = None
    for part in _parts(node, tree):
        said = {key: value or "" for key, value in part.attributes.items()}
        name = said.get("name", "")
        kind = said.get("type", "submit" if part.tag == "button" else "").lower()
        if kind in _PRESSED and pressed is None:
            pressed = ((name, said.get("value", "")),) if name else ()
        if not name or kind in _LEFT_OUT or part.tag == "button":
            continue
        if kind in _TICKED and "checked" not in part.attributes:
            continue
        if kind == "password":
            password = password or name
        elif kind in _TYPED and part.tag == "input" and password is None:
            username = username or name
        fields.append((name, _value(part, said)))
    said_action = node.attributes.get("action") or ""
    return Form(
        method=(node.attributes.get("method") or "get").upper(),
        action=urljoin(address, said_action),
        fields=tuple(fields),
        password=password,
        username=username,
        pressed=pressed or (),
    )


def _value(part: LexborNode, said: Mapping[str, str]) -> str:
    if part.tag == "select":
        chosen = part.css_first("option[selected]") or part.css_first("option")
        return (chosen.attributes.get("value") or chosen.text()) if chosen else ""
    if part.tag == "textarea":
        return part.text()
    return said.get("value", "on" if said.get("type") in _TICKED else "")
