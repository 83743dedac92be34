"""What a page's form posts: read tolerantly, so that nothing a browser or a script sends is a fault of ours."""

import asyncio
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar.connection import Request
from litestar.exceptions import HTTPException
from markupsafe import Markup

from service.beside import AT_ONCE
from service.http import origins
from service.http.services import parts_of
from service.pages.words import Words
from workflows.errors import Refused
from workflows.unicode import normalise

LARGEST_FORM: Final = 256 * 1024
"""Bytes of a whole form: the longest reasons, each character of them percent-encoded, still fit."""
LONGEST_GROUNDS: Final = 10_000
_MOST_FIELDS: Final = 20
_KEPT_CONTROLS: Final = "\n\t"
_WINDOWS: Final = {0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0x100)}
"""What Python makes of a byte that is no UTF-8, and the letter that it is in Windows-1252."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a form was not taken: the status, the words, and the field they are about."""

    status: int
    message: Markup
    field: str


class Form(msgspec.Struct, frozen=True):
    """Fields by name, each once; the first of several counts as none at all where they differ."""

    fields: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The fields of a posted form. Raises HTTPException 415 or 400 for anything else, 413 for too much."""
    fields: dict[str, str] = {}
    for name, clean in await read_pairs(request, _MOST_FIELDS):
        fields[name] = clean if fields.get(name, clean) == clean else ""
    return Form(fields)


async def read_pairs(request: Request[Any, Any, Any], most: int) -> list[tuple[str, str]]:
    """The names and clean texts of a posted form, in their order; raises as `read_form`."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise HTTPException(status_code=415)
    raw = await request.body()
    try:
        return _pairs(raw, most) if len(raw) <= AT_ONCE else await asyncio.to_thread(_pairs, raw, most)
    except ValueError:
        raise HTTPException(status_code=400) from None


def _pairs(raw: bytes, most: int) -> list[tuple[str, str]]:
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=most)
    return [(name, clean(_typed(value.encode("latin-1")))) for name, value in pairs]


def _typed(raw: bytes) -> str:
    """Text as it was typed: UTF-8, as the page says; what is none is Windows-1252, as old programs send it.

    So an answer with odd bytes is taken, and reads as it was written.
    """
    return raw.decode("utf-8", "surrogateescape").translate(_WINDOWS)


def from_elsewhere(request: Request[Any, Any, Any]) -> bool:
    """Whether the browser itself says that another site made it post this."""
    return origins.from_elsewhere(request.scope, parts_of(request).settings)


def refused(error: Refused, w: Words) -> Trouble:
    """What the page says where a guard refused, in the customer's words."""
    field, status, key = _GUARDS.get(error.guard, ("answer", 409, "error.not_now"))
    return Trouble(status=status, message=w(key), field=field)


def clean(text: str) -> str:
    """Text as it can be stored and shown: composed, line ends of one kind, no control characters, no odd halves."""
    text = normalise("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(one for one in text if one.isprintable() or one in _KEPT_CONTROLS or ord(one) >= 0xA0)


_GUARDS: Final = {
    "reasons_given": ("grounds", 422, "error.reasons"),
    "may_object": ("answer", 409, "error.no_right"),
    "may_consent": ("answer", 409, "error.no_right"),
    "may_terminate": ("answer", 409, "error.no_right"),
    "choice_timely": ("choice", 409, "error.choice_late"),
    "choice_given": ("choice", 409, "error.choice_moot"),
    "erasure_open": ("choice", 409, "error.choice_moot"),
    "none_waits": ("person-email", 409, "error.person_waits"),
    "address_free": ("person-email", 422, "error.person_taken"),
}
