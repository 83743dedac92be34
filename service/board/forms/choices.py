"""What an id is chosen from, by name: lists of the API, and what the subject itself has."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.connection import Request
from markupsafe import Markup, escape

from db.queries import sql
from service.board.forms import calling
from service.board.forms.deeds import route_at
from service.board.forms.words import FormWords
from service.board.happened import happened
from service.board.names import names_of
from service.board.words import board_words
from service.http.lists import LARGEST_LIMIT
from workflows.breach.words import kind_text
from workflows.intake.checks import MANY
from workflows.terms.names import PLAIN
from workflows.time import local_day, parse_instant
from workflows.words import Language

_MOST_CUSTOMERS: Final = 5
"""Of those that one choice is about, by name."""
_MOST_PARTS: Final = 10
_MOST_LETTERS: Final = 20
"""About one subject."""
"""Parts of a timeline that are read for one form."""


class Choice(msgspec.Struct, frozen=True):
    """Something that may be chosen; the label is escaped by whoever shows it, unless it is markup."""

    value: str
    label: str


class Choices(msgspec.Struct, frozen=True):
    """What may be chosen: what was found, whether there is more, and whether it can be searched for."""

    found: tuple[Choice, ...]
    more: bool = False
    searched: bool = False
    free: bool = False
    """Something else may be written as well."""
    among: bool = False
    """Mostly it is one of these: they are chosen from a list, and another is written beside it."""


class Around(msgspec.Struct, frozen=True):
    """What choices are made from: the request, the subject as it is shown (empty where none is), and the reader."""

    request: Request[Any, Any, Any]
    list: str
    subject: Mapping[str, Any]
    zone: str
    words: FormWords

    @property
    def lang(self) -> Language:
        return self.words.lang


Label = Callable[[Around, Mapping[str, Any]], Markup]
Inside = Callable[[Around], Awaitable[Choices]]


async def options(around: Around, of: str, q: str, chosen: Iterable[str]) -> Choices:
    """What may be chosen for a field: those that fit `q`, and those that are chosen already."""
    if (inside := _INSIDE.get(of)) is not None:
        return await inside(around)
    label = _LISTS[of]
    list, fixed = _PARTS.get(of, (of, {}))
    searched = list in _SEARCHED
    items, more = await calling.several(around.request, list, **fixed, **({"q": q} if searched else {}))
    found = {str(item["id"]): Choice(str(item["id"]), label(around, item)) for item in items}
    for value in [one for one in chosen if one not in found][:MANY]:
        if (item := await calling.by_text(around.request, list, value)) is not None:
            found[value] = Choice(value, label(around, item))
    return Choices(tuple(found.values()), more, searched)


def agreement_name(around: Around, item: Mapping[str, Any]) -> Markup:
    """An agreement by its customer and its contract."""
    reference = (item.get("main_contract") or {}).get("reference", "")
    return around.words("option.agreement", customer=item["customer_name"], reference=reference)


def change_name(around: Around, item: Mapping[str, Any]) -> Markup:
    """A change by its kind, whom it is about and its day."""
    kind = around.words(f"choice.kind.{item['kind']}")
    name = item.get("subprocessor_name") or item.get("to_version") or ""
    if not name:
        return kind
    if item.get("effective_on") is None:
        return around.words("option.change", kind=kind, name=name)
    day = around.words.day(date.fromisoformat(item["effective_on"]))
    return around.words("option.change_on", kind=kind, name=name, day=day.striptags())


def _notice_name(around: Around, item: Mapping[str, Any]) -> Markup:
    name = item.get("subprocessor_name")
    parts = (item["customer_name"], *([name] if name else []), around.words.state("notice", item["state"]))
    return Markup(", ").join(parts)


_LISTS: Final[Mapping[str, Label]] = {
    "agreements": agreement_name,
    "changes": change_name,
    "drafts": change_name,
    "customers": lambda _, item: escape(item["name"]),
    "notices": _notice_name,
    "subprocessors": lambda _, item: escape(item["name"]),
    "users": lambda _, item: escape(item["name"]),
    "terms": lambda around, item: around.words("option.terms", title=item["title"], id=item["id"]),
}
_SEARCHED: Final = frozenset({"agreements", "changes", "customers", "notices", "subprocessors"})


_PARTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {"drafts": ("changes", {"state": "draft"})}
"""Parts of a list: its name, and what it is asked for."""


async def _contacts(around: Around) -> Choices:
    """The contacts of the customer whose notice it is."""
    agreement = around.subject.get("agreement_id")
    customer = around.subject.get("customer_id")
    if customer is None and agreement is not None:
        customer = (await calling.one(around.request, "agreements", UUID(agreement)))["customer_id"]
    if customer is None:
        return Choices(())
    found = await calling.one(around.request, "customers", UUID(customer))
    return Choices(tuple(Choice(one["id"], _contact(around, one)) for one in found["contacts"]))


def _contact(around: Around, one: Mapping[str, Any]) -> Markup:
    how = ", ".join(str(one[part]) for part in ("email", "phone") if one.get(part))
    return around.words("option.contact", name=one["name"], how=how) if how else escape(one["name"])


async def _items(around: Around) -> Choices:
    """What of the plan still waits."""
    return Choices(
        tuple(Choice(one["id"], item_name(around, one)) for one in around.subject.get("plan", ()) if not one["done_at"])
    )


def item_name(around: Around, item: Mapping[str, Any]) -> str:
    """An item of a deletion plan in the reader's language."""
    lang = around.lang
    own = item.get(f"text_{lang}") or item.get("text_in", {}).get(lang)
    return str(own or item["text"])


async def _entries(around: Around) -> Choices:
    """What is on record of the subject, the latest first."""
    timeline = route_at(f"/{around.list}/{{id:uuid}}/timeline")
    asked: dict[str, Any] = {"limit": LARGEST_LIMIT}
    own: list[Mapping[str, Any]] = []
    for _ in range(_MOST_PARTS):
        found = await calling.inner(around.request, timeline, asked, id=UUID(str(around.subject["id"])))
        own += [one for one in found["items"] if one["what"] == "event" and one["subject"] == around.subject["id"]]
        if found["next"] is None:
            break
        asked["cursor"] = found["next"]
    return Choices(tuple(Choice(one["id"], _entry(around, one)) for one in reversed(own)))


async def _versions(around: Around) -> Choices:
    """The latest version of each text; an earlier one may be written as well."""
    items, _ = await calling.several(around.request, "terms")
    own = around.subject.get("terms")
    return Choices(
        tuple(Choice(one["version"], _LISTS["terms"](around, one)) for one in items if own in (None, one["id"])),
        free=True,
    )


async def _people(around: Around) -> Choices:
    """Who signs in; somebody else may be named as well."""
    items, _ = await calling.several(around.request, "users", state="active")
    return Choices(tuple(Choice(one["name"], f"{one['name']}, {one['email']}") for one in items), free=True, among=True)


def _entry(around: Around, one: Mapping[str, Any]) -> Markup:
    at = parse_instant(one["at"])
    day = around.words.day(local_day(at, around.zone)).striptags()  # type: ignore[arg-type]  # an instant, as it is written
    what = happened(board_words(around.lang), around.words, one["type"], one["state"])
    return around.words("option.entry", day=day, what=what)


async def _findings(around: Around) -> Choices:
    return Choices(tuple(Choice(one["id"], one["text"]) for one in around.subject.get("findings", ())))


async def _cases(around: Around) -> Choices:
    """The agreements that a breach touches."""
    return Choices(
        tuple(
            Choice(one["agreement_id"], f"{one['customer']} ({one['terms']})")
            for one in around.subject.get("cases", ())
        )
    )


async def _case_contacts(around: Around) -> Choices:
    """The contacts whom a breach's agreements want to be told, each with its customer."""
    return Choices(
        tuple(
            Choice(one["id"], f"{_contact(around, one)} – {case['customer']}")
            for case in around.subject.get("cases", ())
            for one in case["contacts"]
        )
    )


async def _letters(around: Around) -> Choices:
    """Letters about the subject, or about a customer's part of it, the latest first."""
    cases = {UUID(case["id"]): case["customer"] for case in around.subject.get("cases", ())}
    about = list(cases) or [UUID(around.subject["id"])]
    async with calling.FormCall(around.request).reading() as unit:
        rows = await unit.connection.fetch(sql("letters_about"), unit.processors, about, _MOST_LETTERS)
    return Choices(tuple(Choice(str(row["id"]), _letter(around, row, cases)) for row in rows))


def _letter(around: Around, one: Any, cases: Mapping[UUID, str]) -> str:
    day = around.words.day(local_day(one["made_at"], around.zone)).striptags()
    number = " ".join(one["number"][at : at + 4].upper() for at in range(0, 16, 4))
    said = str(around.words("option.letter", day=day, number=number))
    return f"{said} – {cases[one['subject_id']]}" if one["subject_id"] in cases else said


async def _called(around: Around) -> Choices:
    """Whom a breach's agreements want to be told; anybody else may be named as well."""
    people: dict[tuple[str, str], Choice] = {}
    for case in around.subject.get("cases", ()):
        for one in case["contacts"]:
            label = around.words("option.called", contact=_contact(around, one), customer=case["customer"])
            people.setdefault((one["name"], case["customer"]), Choice(one["name"], label))
    return Choices(tuple(people.values()), free=True, among=True)


async def _breach_kinds(around: Around) -> Choices:
    """The kinds that the agreements of a breach name, in the reader's language and with whose they are, and none."""
    cases = [case for case in around.subject.get("cases", ()) if not case["dropped_why"]]
    async with calling.FormCall(around.request).reading() as unit:
        names = await names_of(unit, [UUID(case["agreement_id"]) for case in cases])
        versions = dict.fromkeys(one.terms_version_id for one in names.values() if one.terms_version_id is not None)
        terms = await unit.engine.terms(unit.connection, list(versions))
    # Two texts may have one id for what is not the same: by id, then by what they say of it, the customers.
    found: dict[str, dict[str, dict[str, None]]] = {}
    for case in cases:
        version = names[UUID(case["agreement_id"])].terms_version_id
        if version is None or (rules := terms[version].breach) is None:
            continue
        for kind in rules.kinds:
            text = str(kind_text(terms[version], kind, around.lang))
            found.setdefault(kind.id, {}).setdefault(text, {})[case["customer"]] = None
    kinds = (Choice(id, "; ".join(_whose(*each) for each in texts.items())) for id, texts in found.items())
    return Choices((*kinds, Choice(PLAIN, str(around.words("option.breach_of_none")))))


def _whose(text: str, customers: Iterable[str]) -> str:
    """A kind with the customers whose agreements have it, as many as one reads."""
    listed = [*customers]
    more = ", …" if len(listed) > _MOST_CUSTOMERS else ""
    return f"{text} ({', '.join(listed[:_MOST_CUSTOMERS])}{more})"


_INSIDE: Final[Mapping[str, Inside]] = {
    "breach_kinds": _breach_kinds,
    "called": _called,
    "case_contacts": _case_contacts,
    "cases": _cases,
    "contacts": _contacts,
    "entries": _entries,
    "findings": _findings,
    "items": _items,
    "letters": _letters,
    "people": _people,
    "versions": _versions,
}
SOURCES: Final = frozenset({*_LISTS, *_INSIDE})
