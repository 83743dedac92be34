"""What every page of the board has at hand: who reads it and when, ways to read, and ways to say what was read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response
from litestar.connection import Request
from markupsafe import Markup, escape

from service.answers.own_texts import own_texts
from service.board.forms.names import PERIODS
from service.board.forms.words import FormWords, form_words
from service.board.house import House, house_of
from service.board.names import Name, names_of, say_name
from service.board.render import root, show, words_for
from service.http.auth import Role
from service.http.lists import Filter, read_query
from service.http.request_context import ReadUnit, RequestContext
from workflows.terms.clauses import as_found
from workflows.terms.counting import week_of
from workflows.terms.model import Terms
from workflows.terms.names import RETENTION
from workflows.time import parse_period
from workflows.words import Language, Spoken
from workflows.words.references import without_references

READS: Final[Role] = "auditor"
"""The role for which no list asks what may be done."""


PAGE_FORM: Final = re.compile(r"page form [\w-]{20,}")
"""Evidence that a form on a customer's page is: its number stands in it."""
GOING: Final = ("end.", RETENTION)
"""How rules begin by which data go."""


class PageCall(RequestContext):
    """A request of a page: what is asked of a list is the page's to say."""

    def __init__(self, request: Request[Any, Any, Any], asked: Mapping[str, Any]) -> None:
        super().__init__(request)
        self._asked = asked

    @property
    def asked(self) -> Mapping[str, Any]:
        return self._asked


class PageDesk:
    """One page for one reader."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        house = house_of(request)
        assert house is not None, "the door lets in nobody without a processor"
        self.request = request
        self.house: House = house
        self.w = words_for(request)
        self.f: FormWords = form_words(self.w.lang)
        self.root = root(request)

    @property
    def lang(self) -> Language:
        return self.w.lang

    @property
    def now(self) -> datetime:
        """The instant it is, UTC."""
        return self.house.now

    def call(self, **asked: Any) -> PageCall:
        """A way to read; `asked` is what a list is asked for."""
        return PageCall(self.request, {name: value for name, value in asked.items() if value is not None})

    def query(self, known: Mapping[str, Filter]) -> dict[str, Any]:
        """What the address asks for, of what is known here; what a mail program or another page added is passed over.

        Raises BadInput.
        """
        given = [(name, value) for name, value in self.request.query_params.multi_items() if name in known and value]
        return read_query(urlencode(given).encode(), known)

    def shown(self, template: str, status: int = 200, **values: Any) -> Response[str]:
        """The page."""
        return show(self.request, template, status, desk=self, **values)

    async def names(self, unit: ReadUnit, ids: Sequence[UUID | None]) -> dict[UUID, Name]:
        """What subjects are called, by id."""
        return await names_of(unit, [one for one in dict.fromkeys(ids) if one is not None])

    async def clauses(self, unit: ReadUnit, found: Sequence[tuple[str, UUID | None]]) -> list[str]:
        """Clauses in words, each of the version of terms beside it; without one as it is written."""
        terms = await unit.engine.terms(unit.connection, [version for _, version in found if version is not None])
        return [
            as_found(terms[version], clause, self.lang) if clause and version is not None else clause
            for clause, version in found
        ]

    def steps(self, terms: Terms | None, rule: str, steps: Iterable[str]) -> tuple[Markup, ...]:
        """How a rule of these terms was counted, in the reader's language."""
        if terms is None:
            return tuple(map(self.f.told, steps))
        own = own_texts(terms, rule, self.lang)
        return tuple(self.f.told(one, week_of(terms), own) for one in steps)

    def href(self, path: str, **query: str) -> str:
        """The address of a page below /board."""
        return f"{self.root}board/{path}" + (f"?{urlencode(query)}" if query else "")

    def link(self, path: str, text: object, **query: str) -> Markup:
        """A link to a page below /board."""
        return Markup('<a href="{}">{}</a>').format(self.href(path, **query), text)

    def named(self, name: Name | None) -> Markup:
        """A subject by its name, as a link to its page; nothing for none."""
        if name is None:
            return Markup()
        text = self.called(name)
        return self.link(name.path, text) if name.path else text

    def by(self, names: Mapping[UUID, Name], id: UUID | None) -> Markup:
        """The same of one of several names; nothing for none."""
        return self.named(names.get(id)) if id is not None else Markup()

    def called(self, name: Name) -> Markup:
        """A subject by its name alone."""
        return say_name(self.f, name)

    def state(self, kind: str, state: str) -> Markup:
        return self.f.state(kind, state)

    def choice(self, name: str, value: object) -> Markup:
        """A word of a fixed list, as a form offers it."""
        keys = (f"value.{name}.{value}", f"choice.{name}.{value}", f"choice.{value}")
        for key in keys:
            if self.w.has(key):
                return self.w(key)
            if self.f.has(key):
                return self.f(key)
        return escape(str(value).replace("_", " "))

    def label(self, name: str) -> Markup:
        """What a fact is called."""
        if self.w.has(f"fact.{name}"):
            return self.w(f"fact.{name}")
        return self.f(f"field.{name}") if self.f.has(f"field.{name}") else escape(name.replace("_", " "))

    def at(self, instant: datetime | None, of: Name | None = None) -> Markup:
        """An instant by the processor's clocks, or by those of the agreement `of` a subject."""
        return self.w.at(instant, self.zone_of(of)) if instant is not None else Markup()

    def day_of(self, instant: datetime | None, of: Name | None = None) -> Markup:
        return self.w.day_of(instant, self.zone_of(of)) if instant is not None else Markup()

    def last(self, instant: datetime | None, zone: str | None = None) -> Markup:
        """The last moment of a period that ends then."""
        return self.w.last(instant, zone or self.house.timezone) if instant is not None else Markup()

    def last_of(self, instant: datetime | None, name: Name | None) -> Markup:
        """The same of what a subject has to be done by: in the zone of its agreement, whose days these are."""
        return self.last(instant, self.zone_of(name))

    def zone_of(self, name: Name | None) -> str:
        """The zone of a subject's agreement; of what has none, the processor's own."""
        return (name.zone if name is not None else "") or self.house.timezone

    def due(self, instant: datetime, rule: str, boundary: str, zone: str) -> Markup:
        """When something is due, by the clocks of a zone: the last moment, or the first, which says what it is."""
        if boundary != "from":
            return self.w.last(instant, zone)
        return self.w("board.may_go" if rule.startswith(GOING) else "board.from", when=self.w.at(instant, zone))

    def late_by(self, due: datetime) -> Markup:
        """How long ago an instant was, in the largest unit that says something."""
        gone = self.now - due
        hours = int(gone.total_seconds() // 3600)
        if hours >= 48:
            return self.w("late.days", count=gone.days)
        return self.w("late.hours", count=hours) if hours else self.w("late.minutes")

    def left(self, due: datetime) -> Markup:
        """How long it is until an instant."""
        gone = due - self.now
        hours = int(gone.total_seconds() // 3600)
        if hours >= 48:
            return self.w("left.days", count=gone.days)
        if hours:
            return self.w("left.hours", count=hours)
        return self.w("left.minutes", count=int(gone.total_seconds() // 60))

    def wording(self, text: Any) -> Markup:
        """A text that was given once, or in each language."""
        if isinstance(text, dict):
            return escape(text.get(self.lang) or next(iter(text.values()), ""))
        return escape(text or "")

    def evidence(self, text: str) -> Markup:
        """What proves something; of a form on a page of ours, that it was one."""
        return self.w("say.page_form") if PAGE_FORM.fullmatch(text) else escape(text)

    def wrote(self, text: Spoken) -> Markup:
        """What whoever wrote the terms wrote, marked with its language where that is another than the reader's."""
        said = escape(without_references(text))
        if text.lang == self.lang:
            return said
        return Markup('<span lang="{}" class="typed">{}</span>').format(text.lang, said)

    def wordings(self, texts: Any) -> Markup:
        """Several of them."""
        found = texts.get(self.lang) or next(iter(texts.values()), ()) if isinstance(texts, dict) else texts
        return Markup(", ").join(self.wording(one) for one in found)

    def yes(self, value: bool | None) -> Markup:
        if value is None:
            return self.w("say.not_stated")
        return self.w("say.yes" if value else "say.no")

    def said(self, name: str, value: Any) -> Markup:
        """A fact of any kind; nothing where there is none."""
        match value:
            case None | "" | () | []:
                return Markup()
            case bool():
                return self.yes(value)
            case datetime():
                return self.at(value)
            case date():
                return self.w.day(value)
            case int():
                return escape(self.w.number(value))
            case str() if name == "evidence":
                return self.evidence(value)
            case str() if name in _PLACES:
                return escape(self.w.place(value))
            case str() if name in PERIODS:
                length = parse_period(value)
                return self.w(f"length.{length.unit}", count=length.count)
            case str() if name in _WORDS:
                return self.choice(name, value)
            case tuple() | list() if name in _PLACES:
                return Markup(", ").join(escape(self.w.place(one)) for one in value)
            case tuple() | list():
                return Markup(", ").join(self.said(name, one) for one in value)
            case dict():
                return self.wording(value)
            case msgspec.Struct():
                return Markup()
            case _:
                return escape(value)


_PLACES: Final = frozenset({"country", "countries", "from_country"})
_WORDS: Final = frozenset(
    {
        "kind",
        "received_from",
        "raised_by",
        "outcome",
        "rule",
        "party",
        "role",
        "language",
        "channel",
        "received_how",
        "form",
        "answer",
        "cost",
        "basis",
    }
)
