"""What a person has to see beside a form: whom a change reaches, what a notice allows, what is to be deleted, whom to
call. By the kind of thing that stands there, so that a new action on it sees it too."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from service.answers.own_texts import flag_texts
from service.board.forms import calling
from service.board.forms.choices import Around, item_name
from service.board.forms.deeds import UPDATE, route_at
from service.board.forms.offers import link_to
from service.board.names import Name, names_of, say_name
from service.board.render import root
from service.board.warnings import say_warnings
from workflows.agreement.table import AGREEMENT
from workflows.time import parse_instant
from workflows.words import Spoken

_WHO: Final = "who"
"""By which a link to the form of a call says whom it is to."""
SHOWN: Final = 25
"""Rows of a list beside a form; the numbers are over all."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what is beside a form: lines, or a table with its head."""

    title: Markup
    lines: tuple[Markup, ...] = ()
    head: tuple[Markup, ...] = ()
    rows: tuple[tuple[Markup, ...], ...] = ()


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands beside a form, and what the form takes from it without anybody typing it."""

    panels: tuple[Panel, ...] = ()
    filled: Mapping[str, str] = {}


Reader = Callable[[Around], Awaitable[Surroundings]]


async def beside(around: Around, action: str) -> Surroundings:
    """What stands beside the form of an action on this subject."""
    reader = _BESIDE.get((around.list, action)) or _BESIDE.get((around.list, ""))
    return await reader(around) if reader is not None and around.subject else Surroundings()


async def _preview(around: Around) -> Surroundings:
    """Who would be told of a change; its digest is what `notify` names."""
    route = route_at(f"/{around.list}/{{id:uuid}}/preview")
    found = await calling.inner(around.request, route, {"limit": SHOWN}, id=UUID(around.subject["id"]))
    changes = found.get("changes") or [found]
    rows = [row for one in changes for part in ("agreements", "left_out", "contacts_missing") for row in one[part]]
    async with calling.FormCall(around.request).reading() as unit:
        names = await names_of(unit, list(dict.fromkeys(UUID(row["agreement_id"]) for row in rows)))
        versions = {one.terms_version_id for one in names.values()}
        texts = await unit.engine.terms(unit.connection, [one for one in versions if one is not None])
    own = flag_texts(texts.values(), around.words.lang)
    panels = [panel for one in changes for panel in _reach(around, one, names, own)]
    if "mails" in found:
        line = around.words("beside.mails_count", count=found["mails"])
        panels.insert(0, Panel(title=around.words("beside.preview"), lines=(line,)))
    return Surroundings(panels=tuple(panels), filled={"preview": found["digest"]})


def _agreement(around: Around, row: Mapping[str, Any], names: Mapping[UUID, Name]) -> Markup:
    """An agreement by its customer and contract, as a link: one customer may have several."""
    name = names.get(UUID(row["agreement_id"]))
    said = say_name(around.words, name) if name is not None else escape(row["customer"])
    if name is not None and _over(name):
        said += Markup(" ({})").format(around.words.state(name.kind, name.state))
    return Markup('<a href="{}board/agreements/{}">{}</a>').format(root(around.request), row["agreement_id"], said)


def _over(name: Name) -> bool:
    """Whether an agreement has ended, with its data still there."""
    return "ending" in AGREEMENT.states[name.state].tags


def _begins(around: Around, row: Mapping[str, Any], names: Mapping[UUID, Name]) -> Markup:
    """From when it may begin for an agreement; of one that has ended, that this is while its data are there."""
    w, name = around.words, names.get(UUID(row["agreement_id"]))
    said = w(f"beside.waits.{row['waits_for']}") if row["waits_for"] else _at(around, row["earliest_go_live"])
    return w("beside.over", said=said) if name is not None and _over(name) else said


def _reach(
    around: Around, one: Mapping[str, Any], names: Mapping[UUID, Name], own: Mapping[str, Spoken]
) -> list[Panel]:
    w = around.words
    counts = one["counts"]
    said = [w("beside.told", count=counts["agreements"])]
    if counts["left_out"]:
        said.append(w("beside.left_out_count", count=counts["left_out"]))
    if counts["contacts_missing"]:
        said.append(w("beside.no_contact_count", count=counts["contacts_missing"]))
    earliest = one["earliest_go_live"]
    said.append(w("beside.earliest", at=_at(around, earliest)) if earliest else w("beside.earliest_unknown"))
    if one["earliest_go_live_why"]:
        said.append(w.told(one["earliest_go_live_why"]))
    said += say_warnings(w, one["warnings"], own)
    if one["warnings"] and counts["agreements"]:
        said.append(_no_block(around))
    if one["next"] is not None:
        said.append(w("beside.more"))
    head = tuple(w(f"beside.{name}") for name in ("customer", "rule", "closes", "begins"))
    rows = tuple(
        (
            _agreement(around, row, names),
            w(f"rule.{row['rule']}"),
            _closes(around, row),
            _begins(around, row, names),
        )
        for row in one["agreements"]
    )
    panels = [Panel(title=w("beside.preview"), lines=tuple(said), head=head if rows else (), rows=rows)]
    for name, key in (("left_out", "beside.left_out"), ("contacts_missing", "beside.no_contact")):
        if one[name]:
            why = tuple((_agreement(around, row, names), w.told(row["why"])) for row in one[name])
            panels.append(Panel(title=w(key), head=(w("beside.customer"), w("beside.why")), rows=why))
    return panels


def _no_block(around: Around) -> Markup:
    """That a warning stops nothing, and where it is mended first."""
    said, sub = around.words("beside.no_block"), around.subject.get("subprocessor_id")
    if sub is None:
        return said
    href = link_to(around.request, "subprocessors", sub, UPDATE)
    return Markup('{} <a href="{}">{}</a>').format(said, href, around.words.action("subprocessors", UPDATE))


def _closes(around: Around, row: Mapping[str, Any]) -> Markup:
    """Until when a customer may answer: by the rule that decides, by its other rights, and by a promise of our own."""
    w, ends = around.words, row["closes_at"]
    parts = [_last(around, ends, "beside.no_end")]
    if ends is None and row["proceeds_at"] is not None:
        parts = [w("beside.own_period", until=_last(around, row["proceeds_at"], "beside.unknown"))]
    for one in row["rights"]:
        if one["closes_at"] is not None and one["closes_at"] != ends:
            until = _last(around, one["closes_at"], "beside.unknown")
            parts.append(w("beside.also", right=_right(around, one["rule"]), until=until))
    return Markup("<br>").join(parts)


async def _notice(around: Around) -> Surroundings:
    """What the customer may do, and what it has answered."""
    w, notice = around.words, around.subject
    head = tuple(w(f"beside.{name}") for name in ("right", "clause", "closes"))
    rows = tuple(
        (_right(around, one["rule"]), escape(one["clause"]), _last(around, one["closes_at"], "beside.no_end"))
        for one in notice["rights"]
    )
    answers = tuple(_answer(around, one) for one in notice["answers"]) or (w("beside.answers.none"),)
    panels = [Panel(title=w("beside.answers"), lines=answers)]
    return Surroundings(panels=(*([Panel(title=w("beside.rights"), head=head, rows=rows)] if rows else []), *panels))


def _right(around: Around, rule: str) -> Markup:
    key = f"rule.{rule.rpartition('.')[2]}"
    return around.words(key) if around.words.has(key) else escape(rule)


def _answer(around: Around, one: Mapping[str, Any]) -> Markup:
    w = around.words
    said = {"answer": w(f"choice.as.{one['answer']}"), "by": one["by"], "at": _at(around, one["received_at"])}
    return w("beside.answer_grounds", grounds=one["grounds"], **said) if one["grounds"] else w("beside.answer", **said)


async def _plan(around: Around) -> Surroundings:
    """What has to go, held by whom, by when; each item that waits leads to its own form."""
    w, plan = around.words, around.subject.get("plan") or ()
    if not plan:
        return Surroundings()
    holders = await _holders(around, [one["holder"] for one in plan])
    open_to = "confirm" in around.subject.get("actions", ())
    rows = []
    for one in plan:
        name = escape(item_name(around, one))
        ready = one.get("approved_at") or one["kind"] == "return" or around.list != "agreements"
        if open_to and ready and not one["done_at"]:
            href = link_to(around.request, around.list, around.subject["id"], "confirm", task_id=one["id"])
            name = Markup('<a href="{}">{}</a>').format(href, name)
        due = _last(around, one["due_at"], "beside.unknown")
        state = w(f"beside.item.{one['state']}") if "state" in one else Markup("")
        rows.append((name, holders[one["holder"]], due, state))
    head = tuple(w(f"beside.{name}") for name in ("item", "holder", "due", "stands"))
    return Surroundings(panels=(Panel(title=w("beside.plan"), head=head, rows=tuple(rows)),))


async def _holders(around: Around, holders: Sequence[str]) -> dict[str, Markup]:
    """Who holds data, by name."""
    found: dict[str, Markup] = {}
    for holder in dict.fromkeys(holders):
        key = f"beside.holder.{holder}"
        if around.words.has(key):
            found[holder] = around.words(key)
            continue
        known = await calling.by_text(around.request, "subprocessors", holder)
        found[holder] = escape(known["name"] if known is not None else holder)
    return found


async def _calls(around: Around) -> Surroundings:
    """Whom each agreement wants to be told, by when, and who has been; each person leads to the form of a call."""
    w, breach = around.words, around.subject
    rows = []
    for case in breach["cases"]:
        people = [_person(around, case, one) for one in case["contacts"]]
        stands = w.state("breach_case", case["state"])
        if case["informed_at"]:
            stands = w("beside.informed", at=_at(around, case["informed_at"]))
        last = _last(around, case["due_at"], "beside.unknown")
        rows.append((escape(case["customer"]), Markup("<br>").join(people), last, stands))
    head = tuple(w(f"beside.{name}") for name in ("customer", "call", "until", "stands"))
    panels = (Panel(title=w("beside.cases"), head=head, rows=tuple(rows)),)
    who = around.request.query_params.get(_WHO) if around.request.method == "GET" else None
    contacts = (one for case in breach["cases"] for one in case["contacts"])
    called = next((one["name"] for one in contacts if who and one["id"] == who), None)
    return Surroundings(panels=panels, filled={"contact": called} if called else {})


def _person(around: Around, case: Mapping[str, Any], one: Mapping[str, Any]) -> Markup:
    phone = one.get("phone")
    said = escape(f"{one['name']}, {phone}" if phone else one["name"])
    if "record-call" not in case["actions"]:
        return said
    filled = {"agreement_id": case["agreement_id"], _WHO: one["id"]}  # nobody's name stands in an address
    href = link_to(around.request, "breaches", around.subject["id"], "record-call", **filled)
    return Markup('<a href="{}">{}</a>').format(href, said)


def _instant(text: str) -> datetime:
    found = parse_instant(text)
    assert isinstance(found, datetime)
    return found


def _at(around: Around, text: str | None) -> Markup:
    return around.words.at(_instant(text), around.zone) if text else around.words("beside.unknown")


def _last(around: Around, text: str | None, otherwise: str) -> Markup:
    return around.words.last(_instant(text), around.zone) if text else around.words(otherwise)


_BESIDE: Final[Mapping[tuple[str, str], Reader]] = {
    ("changes", "notify"): _preview,
    ("announcements", "notify"): _preview,
    ("notices", ""): _notice,
    ("agreements", "approve-plan"): _plan,
    ("agreements", "confirm"): _plan,
    ("agreements", "hold"): _plan,
    ("agreements", "override"): _plan,
    ("agreements", "release"): _plan,
    ("changes", "confirm"): _plan,
    ("breaches", ""): _calls,
}
"""By list and action; an empty action stands for all that have nothing of their own."""
