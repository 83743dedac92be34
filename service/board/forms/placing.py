"""Where on a form a mistake is shown: at the input that it is about. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup

from service.board.forms.fields import Field
from service.board.forms.guarded import places_of
from service.board.forms.sent import Untaken, inside
from service.board.forms.typed import Typed
from service.board.forms.words import FormWords

_SAID: Final[Mapping[str, str]] = {
    "is required": "error.required",
    "must be one line of text that is not blank": "error.line",
}
"""What the API says of many fields, with a sentence of ours for it in each language."""
_SAID_SO: Final = (
    ("is one of ", "error.choice"),
    ("invalid enum value", "error.choice"),
    ("invalid UUID", "error.choice"),
    ("expected `str` of length >= 1", "error.required"),
)
_LONGEST: Final = re.compile(r"expected `str` of length <= (\d+)")


_QUOTED: Final = re.compile(r"`([a-z_]+)`")


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, at an input of the form or, with an empty place, with the whole."""

    place: str
    label: Markup
    words: Markup


SPARE: Final = 2
"""Rows of several that are offered blank."""


def rows(typed: Typed, path: str) -> range:
    """The rows of several that a form has: those with something in them, and some that wait for more."""
    return range(max(typed.rows(path), default=-1) + 1 + SPARE)


def places(fields: Sequence[Field], typed: Typed, path: str = "") -> Iterator[tuple[str, Field]]:
    """Every input of a form, with its field, groups and their rows before what is inside."""
    for one in fields:
        place = inside(path, one.name)
        yield place, one
        match one.kind:
            case "groups":
                for row in rows(typed, place):
                    yield f"{place}[{row}]", one
                    yield from places(one.inner, typed, f"{place}[{row}]")
            case "group" | "map":
                yield from places(one.inner, typed, place)
            case _:
                pass


def mistakes(w: FormWords, fields: Sequence[Field], typed: Typed, wrong: Sequence[Untaken]) -> tuple[Mistake, ...]:
    """Each mistake in the reader's words, at the nearest input around the place that it names."""
    there = dict(places(fields, typed))
    found = []
    for one in wrong:
        place = one.path
        while place and place not in there:
            place = _outside(place)
        label = w.label(there[place]) if place else Markup("")
        found.append(Mistake(place=place, label=label, words=_words(w, one, place)))
    return tuple(found)


def refused(body: Any, names: Collection[str] = ()) -> tuple[Untaken, ...]:
    """What the API found wrong with a body, place by place; where it names none its `detail`, at the field of `names`
    that it is about."""
    errors = body.get("errors") or ()
    found = tuple(Untaken(one["path"], words=one["message"]) for one in errors)
    return found or (Untaken(_about(body, names), words=body["detail"]),)


def _about(body: Any, names: Collection[str]) -> str:
    """The field that a refusal names, or that its guard judges; empty for none."""
    asked = (*_QUOTED.findall(body["detail"]), *places_of(body.get("guard") or ""))
    return next((one for one in asked if one in names), "")


def _words(w: FormWords, one: Untaken, place: str) -> Markup:
    if one.key or one.said:
        return one.said or w(one.key)
    words = said(w, one.words)
    rest = "" if _key(one.words) else one.path[len(place) :].strip(".")
    return Markup("{}: {}").format(w.named(f"`{rest}`"), words) if rest and place else words


def said(w: FormWords, message: str) -> Markup:
    """What the API says of a field or a filter, in the reader's words."""
    longest = _LONGEST.fullmatch(message)
    if longest is not None:
        return w("error.longest", count=int(longest[1]))
    key = _key(message)
    return w(key) if key else w.told(message)


def _key(message: str) -> str:
    return _SAID.get(message) or next((key for begins, key in _SAID_SO if message.startswith(begins)), "")


def _outside(path: str) -> str:
    """The place around a place: `contacts[0]` of `contacts[0].email`, `contacts` of that."""
    return path[: max(path.rfind("."), path.rfind("["), 0)]
