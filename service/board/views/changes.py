"""A change's page: what it is, how far it has come over its customers, and before that whom it would reach."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from service.answers.own_texts import flag_texts
from service.board.bound import unbound
from service.board.desk import PageDesk
from service.board.names import Name
from service.board.texts import MOST, laid_beside
from service.board.view import Block, BoardFact, BoardPage, Line, View, fact, facts, some
from service.board.views.agreements import deadlines, notices, timeline
from service.board.warnings import say_warnings
from service.http.preview_pages import PAGED, previewed
from service.http.request_context import ReadUnit
from service.http.routes.announcements import ANNOUNCEMENTS, AnnouncementShown
from service.http.routes.changes import CHANGES, ChangeShown
from service.http.routes.terms import VERSIONS
from workflows.change.table import CHANGE
from workflows.notice.table import NOTICE
from workflows.reach.previewed import LeftOut, Preview
from workflows.terms.model import Terms

SHOWN: Final = 50
_TOLD_TOGETHER: Final = 200
"""Up to so many notices what happened to each stands on the change's page."""


async def _build(desk: PageDesk, unit: ReadUnit, one: ChangeShown, row: Any) -> View:
    names = await desk.names(unit, [one.id, one.subprocessor_id, one.replaces_id, one.announcement_id])
    blocks: list[Block] = []
    over = CHANGE.states[one.state].final
    stopped = Markup() if over else await unbound(desk, unit, one.kind, one.subprocessor_id)
    if CHANGE.states[one.state].tags & {"editable"}:
        blocks += await _preview(desk, unit, one)
    else:
        own = await deadlines(desk, unit, subject=one)
        # The periods that customers have stand with their notices.
        none = desk.w("part.deadlines_none_own") if one.progress["running"] else own.none
        blocks += [_progress(desk, one, unbound=bool(stopped)), msgspec.structs.replace(own, none=none)]
        blocks.append(await notices(desk, unit, "part.told", change_id=one.id))
    blocks += await _differences(desk, unit, one)
    blocks.append(await _timeline(desk, unit, one))
    return View(
        title=desk.called(names[one.id]),
        facts=(
            *facts(desk, one, "kind"),
            *some(
                fact(desk, "subprocessor_id", desk.by(names, one.subprocessor_id)),
                fact(desk, "replaces_id", desk.by(names, one.replaces_id)),
                fact(desk, "announcement_id", desk.by(names, one.announcement_id)),
                fact(desk, "reason", desk.wording(one.reason)),
            ),
            *facts(
                desk,
                one,
                "country",
                "from_country",
                "to_version",
                "services",
                "effective_on",
                "announced_at",
                "active_at",
                "ends_on",
            ),
            *some(
                *([] if over else [_go_live(desk, one)]),
                fact(desk, "withdrawn_why", desk.wording(one.withdrawn_why)),
            ),
        ),
        blocks=tuple(blocks),
        stopped=stopped,
        links=(desk.link(f"changes/{one.id}/evidence.zip", desk.w("link.evidence")),) if one.announced_at else (),
    )


async def _timeline(desk: PageDesk, unit: ReadUnit, one: ChangeShown) -> Block:
    """What happened, to its notices as well while somebody can read it all: of thousands it takes seconds to put it in
    order, and the change's own course would be lost among it."""
    count = one.progress["total"]
    if count <= _TOLD_TOGETHER:
        return await timeline(desk, unit, one.id, "changes")
    alone = desk.w("part.timeline_alone", count=count, number=desk.w.number(count))
    rest = desk.link("notices", desk.w("part.timeline_notices"), change_id=str(one.id))
    intro = Markup("{} {}").format(alone, rest)
    return await timeline(desk, unit, one.id, "changes", notices=False, intro=intro)


async def _differences(desk: PageDesk, unit: ReadUnit, one: ChangeShown) -> list[Block]:
    """What a new text says otherwise than the version before it; nothing where there is none before it."""
    if one.terms is None or not one.to_version:
        return []
    rows, _ = await desk.call(limit=MOST).rows(unit, VERSIONS, one.terms)
    new = next((row for row in rows if row["version"] == one.to_version), None)
    old = next((row for row in rows if new is not None and row["id"] < new["id"]), None)
    if new is None or old is None:
        return []
    known = await unit.engine.terms(unit.connection, [old["id"], new["id"]])
    return [laid_beside(desk, known[old["id"]], known[new["id"]])]


def _progress(desk: PageDesk, one: ChangeShown, *, unbound: bool) -> Block:
    """How many notices stand where; the states are the table's."""
    counts = one.progress
    rows = [
        (
            desk.link("notices", desk.state("notice", state), change_id=str(one.id), state=state),
            desk.w.number(counts[state]),
        )
        for state in NOTICE.states
        if counts[state]
    ]
    return Block(
        id="progress",
        title=desk.w("part.progress"),
        intro=_telling(desk, one),
        facts=(
            BoardFact(desk.w("progress.total"), escape(desk.w.number(counts["total"]))),
            BoardFact(
                desk.w("progress.engaged"),
                desk.w("progress.engaged_unbound", count=counts["engaged"])
                if unbound and counts["engaged"]
                else escape(desk.w.number(counts["engaged"])),
            ),
            BoardFact(desk.w("progress.running"), escape(desk.w.number(counts["running"]))),
            BoardFact(desk.w("progress.waiting"), escape(desk.w.number(counts["waiting"]))),
        ),
        heads=(desk.label("state"), desk.w("progress.count")),
        rows=[[Markup(state), escape(count)] for state, count in rows],
    )


def _go_live(desk: PageDesk, one: ChangeShown) -> BoardFact:
    """From when it may be used: the first day of any agreement, and for how many nobody knows one."""
    at = desk.at(one.go_live_at)
    if one.go_live_why:
        at = Markup(". ").join(part for part in (at, desk.f.told(one.go_live_why)) if part)
    return fact(desk, "go_live_at", at)


def _telling(desk: PageDesk, one: ChangeShown) -> Markup:
    """How far its customers have heard of it, or of its end; nothing once all have."""
    counts, told = one.progress, one.progress["told"]
    if CHANGE.states[one.state].final:
        left = sum(counts[name] for name, state in NOTICE.states.items() if not state.final)
        total = counts["total"]
        return (
            desk.w("progress.ending", done=desk.w.number(total - left), total=desk.w.number(total))
            if left
            else Markup()
        )
    if told["finished"]:
        return Markup()
    if not told["total"]:
        return desk.w("progress.telling_begins")
    return desk.w("progress.telling", done=desk.w.number(told["done"]), total=desk.w.number(told["total"]))


async def _preview(desk: PageDesk, unit: ReadUnit, one: ChangeShown) -> list[Block]:
    """Whom announcing it now would reach, by which rule, and who is left out and why."""
    call = desk.call(limit=SHOWN, **desk.query({"cursor": PAGED["cursor"]}))
    found = await previewed(call, unit, one.processor_id, one.id)
    out = (("missing", found.contacts_missing), ("left_out", found.left_out))
    names = await desk.names(unit, _agreements(found))
    clauses = await _clauses(desk, unit, found, names)
    own = flag_texts(await _texts(unit, names), desk.lang)
    counts = found.counts
    reached = Block(
        id="preview",
        title=desk.w("part.preview"),
        intro=desk.w("preview.intro", count=counts.agreements),
        facts=some(
            BoardFact(
                desk.w("preview.first"),
                desk.at(found.earliest_go_live) or desk.f.told(found.earliest_go_live_why or ""),
            ),
            BoardFact(desk.w("preview.warnings"), Markup("<br>").join(say_warnings(desk.f, found.warnings, own))),
        ),
        heads=tuple(map(desk.label, ("customer_id", "rule", "clause", "closes_at", "earliest"))),
        rows=[
            (
                desk.by(names, each.agreement_id),
                desk.choice("rule", each.rule),
                escape(clause),
                desk.last_of(each.closes_at, names.get(each.agreement_id)),
                desk.day_of(each.earliest_go_live, names.get(each.agreement_id))
                or desk.w(f"waits.{each.waits_for or 'nobody'}"),
            )
            for each, clause in zip(found.agreements, clauses, strict=True)
        ],
        none=desk.w("preview.nobody"),
        more=desk.link(f"changes/{one.id}", desk.w("part.next"), cursor=found.next) if found.next else Markup(),
    )
    return [reached, *(_left_out(desk, name, each, names) for name, each in out if each)]


def _agreements(found: Preview) -> list[UUID]:
    return [
        *(one.agreement_id for one in found.agreements),
        *(one.agreement_id for one in (*found.contacts_missing, *found.left_out)),
    ]


async def _texts(unit: ReadUnit, names: Mapping[UUID, Name]) -> Iterable[Terms]:
    versions = {one.terms_version_id for one in names.values()} - {None}
    return (await unit.engine.terms(unit.connection, [one for one in versions if one is not None])).values()


async def _clauses(desk: PageDesk, unit: ReadUnit, found: Preview, names: Mapping[UUID, Name]) -> list[str]:
    return await desk.clauses(
        unit,
        [
            (each.clause, names[each.agreement_id].terms_version_id if each.agreement_id in names else None)
            for each in found.agreements
        ],
    )


def _left_out(desk: PageDesk, name: str, found: Sequence[LeftOut], names: Mapping[UUID, Name]) -> Block:
    lines = tuple(
        Line(
            what=desk.by(names, one.agreement_id),
            more=desk.f.told(one.why),
        )
        for one in found
    )
    return Block(id=name, title=desk.w(f"preview.{name}"), lines=lines)


async def _announcement(desk: PageDesk, unit: ReadUnit, one: AnnouncementShown, row: Any) -> View:
    names = await desk.names(unit, one.changes)
    return View(
        title=desk.f.kind("announcement"),
        facts=facts(desk, one, "terms_version", "not_before", "announced_at", "withdrawn_why"),
        blocks=(
            Block(
                id="changes",
                title=desk.w("list.changes"),
                heads=(desk.label("change_id"), desk.label("state")),
                rows=[(desk.by(names, each.id), desk.state("change", each.state)) for each in one.bundled],
            ),
        ),
    )


PAGE: Final = BoardPage(CHANGES, _build)
ANNOUNCEMENT: Final = BoardPage(ANNOUNCEMENTS, _announcement)
