"""What a map is asked for: what the terms leave blank, and what agreements want to know of a breach."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from service.board.forms import calling
from service.board.forms.choices import Around
from service.board.forms.deeds import route_at
from service.board.forms.fields import Field, Kind, with_keys
from service.board.forms.questions import own_fields, question_fields, questions_of
from service.board.forms.typed import Typed
from workflows.errors import NotFound
from workflows.terms.model import Field as Blank
from workflows.terms.model import Terms
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import quoted

_KINDS: Final[Mapping[str, Kind]] = {"duration": "period", "text": "text", "date": "date", "places": "text"}


async def known_fields(around: Around, fields: Sequence[Field], typed: Typed) -> tuple[Field, ...]:
    """The fields of a form, each map with the names that it may hold, as far as they are known yet."""
    facts = await _facts(around, typed) if _has(fields, "facts") else ()
    questions = await questions_of(around) if _has(fields, "contents") else ()
    asked = question_fields(around, questions)
    return own_fields(around, with_keys(fields, lambda field: facts if field.name == "facts" else asked), questions)


async def _facts(around: Around, typed: Typed) -> tuple[Field, ...]:
    """What the terms leave blank: those that were chosen, else those of the agreement."""
    subject = around.subject
    adopting = (subject.get("adopting") or {}).get("text") or {}
    terms = typed.one("terms") or subject.get("terms", "")
    version = (
        typed.one("to_version") or typed.one("terms_version") or adopting.get("version") or subject.get("terms_version")
    )
    if not terms:
        return ()
    try:
        asked = {"version": version} if version else {}
        found = await calling.inner(around.request, route_at("/terms/{id:str}"), asked, id=terms)
    except NotFound:
        return ()
    stored = msgspec.convert(found["document"], Terms)
    return tuple(_fact(around, stored, one) for one in stored.fields)


def _fact(around: Around, terms: Terms, one: Blank) -> Field:
    """A blank, as the file calls it: in another language than the reader's as a quotation that says which."""
    label = quoted(*own_or_other(terms, one, "text", around.lang), around.lang)
    return Field(
        name=one.name,
        shape="facts",
        kind=_KINDS[one.kind],
        label=label,
        help=one.clause,
        lang=label.lang,
    )


def _has(fields: Sequence[Field], name: str) -> bool:
    return any(one.name == name or _has(one.inner, name) for one in fields)
