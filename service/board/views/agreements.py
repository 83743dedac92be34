"""An agreement's page: facts, clauses, deadlines with how each was counted, contracts, who works for it, notices, and
what happened and will."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup, escape

from db.queries import sql
from service.answers.otherwise import otherwise
from service.board.desk import PageDesk
from service.board.penalties import penalties
from service.board.pictures.deadlines import counted
from service.board.saying import say_deadline
from service.board.view import MOST, Block, BoardFact, BoardPage, Line, View, chips, events, fact, facts, some
from service.board.views.letters import letters
from service.http.history import TIMELINE
from service.http.request_context import ReadUnit
from service.http.routes.agreements import AGREEMENTS, AgreementShown
from service.http.routes.deadlines import DEADLINES
from service.http.routes.deadlines import shown as deadline_shown
from service.http.routes.engagements import ENGAGEMENTS
from service.http.routes.engagements import shown as engagement_shown
from service.http.routes.notices import NOTICES
from workflows.agreement.guards import signed_by_all
from workflows.words.references import without_references

LATEST: Final = 200


async def _build(desk: PageDesk, unit: ReadUnit, one: AgreementShown, row: Any) -> View:
    names = await desk.names(unit, [one.id, one.customer_id])
    reference = one.main_contract.reference if one.main_contract else ""
    terms = (await unit.engine.terms(unit.connection, [one.terms_version_id]))[one.terms_version_id]
    return View(
        title=desk.w("page.agreement", customer=one.customer_name, reference=reference)
        if reference
        else escape(one.customer_name),
        facts=(
            fact(desk, "customer_id", desk.by(names, one.customer_id)),
            fact(
                desk,
                "terms",
                desk.link(f"terms/{one.terms}", desk.w("say.version", title=terms.title, version=one.terms_version)),
            ),
            *facts(desk, one, "services", "in_force_since"),
            *some(
                fact(desk, "terminates_at", desk.last(one.terminates_at)),
                fact(desk, "ended_at", desk.last(one.ended_at)),
            ),
            *facts(desk, one, "deleted_at"),
            *some(
                BoardFact(desk.label("choice"), desk.f(f"choice.data.{one.choice.data}") if one.choice else Markup()),
                fact(desk, "joined", desk.yes(True) if one.joined else Markup()),
                fact(desk, "external_id", escape(one.external_id or "")),
                fact(desk, "labels", chips(desk, "agreements", one.labels)),
            ),
        ),
        blocks=tuple(
            block
            for block in (
                await deadlines(desk, unit, agreement=one),
                await penalties(desk, one.id, terms),
                _contracts(desk, one),
                _plan(desk, one, terms.zone),
                await _engagements(desk, unit, one),
                await _notices(desk, unit, one),
                *await letters(desk, unit, one.id),
                await timeline(desk, unit, one.id, "agreements"),
            )
            if block is not None
        ),
        links=_files(desk, one),
    )


async def deadlines(desk: PageDesk, unit: ReadUnit, agreement: Any = None, subject: Any = None) -> Block:
    """Open deadlines of an agreement or of one subject, each with how it was counted."""
    asked = {"agreement_id": agreement.id if agreement else None, "subject": subject.id if subject else None}
    rows, more = await desk.call(**asked).rows(unit, DEADLINES)
    # An item of a deletion plan has a deadline of its own for each that holds the data: one line says it.
    alike: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        alike.setdefault((row["subject_id"], row["rule"], row["due_at"], row["clause"]), row)
    found = [deadline_shown(row) for row in alike.values()]
    names = await desk.names(unit, [one.subject for one in found])
    versions = [names[one.subject].terms_version_id if one.subject in names else None for one in found]
    clauses = await desk.clauses(unit, [(one.clause, version) for one, version in zip(found, versions, strict=True)])
    texts = await unit.engine.terms(unit.connection, [one for one in versions if one is not None])
    lines = []
    for one, clause, version, drawn in zip(found, clauses, versions, await counted(desk, unit, found), strict=True):
        who = desk.w(f"who.{one.party}")
        about = names.get(one.subject)
        of = desk.named(about) if about is not None and agreement is not None and about.id != agreement.id else Markup()
        parts = [part for part in (who, escape(clause), of, _reading(desk, one.reading)) if part]
        lines.append(
            Line(
                what=say_deadline(desk, one.rule, one.text),
                when=desk.due(one.due_at, one.rule, one.boundary, one.zone),
                more=Markup(" · ").join(parts),
                steps=desk.steps(texts[version] if version is not None else None, one.rule, one.steps),
                counted=drawn,
                late=one.overdue and one.party == "processor",
            )
        )
    key = {"agreement_id": str(agreement.id)} if agreement else {"subject": str(subject.id)}
    return Block(
        id="deadlines",
        title=desk.w("part.deadlines"),
        lines=lines,
        none=desk.w("part.deadlines_none"),
        more=desk.link("deadlines", desk.w("part.all"), **key) if more else Markup(),
    )


def _reading(desk: PageDesk, text: str) -> Markup:
    """How it is read, in words of ours; what whoever wrote the terms says of it stands among the steps."""
    return desk.f.told(text) if text and otherwise(text, desk.lang) is not None else Markup()


def _contracts(desk: PageDesk, one: AgreementShown) -> Block | None:
    heads = ("reference", "starts_on", "ends_on", "renews")
    return Block(
        id="contracts",
        title=desk.label("main_contracts"),
        heads=tuple(desk.label(name) for name in heads),
        rows=[[desk.said(name, getattr(each, name)) for name in heads] for each in one.main_contracts],
        none=desk.w("part.contracts_none"),
    )


def _item(desk: PageDesk, item: Any) -> str:
    own: str = getattr(item, f"text_{desk.lang}", "") or item.text_in.get(desk.lang) or item.text
    return without_references(own)


def _holder(desk: PageDesk, holder: str) -> Markup:
    """Who has the data: us, the backups, or a subprocessor by its name."""
    key = f"beside.holder.{holder}"
    return desk.f(key) if desk.f.has(key) else escape(holder)


def _plan(desk: PageDesk, one: AgreementShown, zone: str) -> Block | None:
    if not one.plan:
        return None
    rows = [
        (
            escape(_item(desk, item)),
            _holder(desk, item.holder),
            desk.due(item.begins_at, item.rule, "from", zone)
            if item.due_at is None and item.begins_at is not None
            else desk.last(item.due_at, zone),
            desk.w(f"plan.{item.state}"),
        )
        for item in one.plan
    ]
    heads = ("item", "holder", "due_at", "state")
    intro = (
        desk.w("part.plan_approved", at=desk.at(one.plan_approved_at))
        if one.plan_approved_at
        else desk.w("part.plan_waits")
    )
    return Block(id="plan", title=desk.w("part.plan"), intro=intro, heads=tuple(map(desk.label, heads)), rows=rows)


async def _engagements(desk: PageDesk, unit: ReadUnit, one: AgreementShown) -> Block:
    rows, more = await desk.call(agreement_id=one.id, limit=MOST).rows(unit, ENGAGEMENTS)
    found = [engagement_shown(row) for row in rows]
    names = await desk.names(unit, [each.notice_id for each in found])
    return Block(
        id="engagements",
        title=desk.w("part.engagements"),
        heads=tuple(map(desk.label, ("subprocessor_id", "country", "since", "until", "basis"))),
        rows=[
            (
                desk.link(f"subprocessors/{each.subprocessor_id}", each.subprocessor),
                escape(desk.w.place(each.country)),
                desk.day_of(each.since),
                desk.last(each.until),
                desk.named(names[each.notice_id]) if each.notice_id in names else desk.choice("basis", each.basis),
            )
            for each in found
        ],
        none=desk.w("part.engagements_none"),
        more=desk.w("part.more") if more else Markup(),
    )


async def _notices(desk: PageDesk, unit: ReadUnit, one: AgreementShown) -> Block:
    return await notices(desk, unit, "part.notices", agreement_id=one.id)


async def notices(desk: PageDesk, unit: ReadUnit, title: str, **of: Any) -> Block:
    """Notices of an agreement or a change, the newest first."""
    call = desk.call(sort="-created_at", limit=MOST, **of)
    newest: Sequence[UUID] | None = None
    if "change_id" in of:
        newest = await unit.connection.fetchval(sql("newest_notices"), unit.processors, of["change_id"], MOST + 1)
    rows, more = await call.rows(unit, NOTICES.listing, among=newest)
    unit.role, role = "auditor", unit.role
    found = await NOTICES.shown(unit, rows)
    unit.role = role
    by_customer = "change_id" in of
    names = await desk.names(unit, [each.agreement_id if by_customer else each.change_id for each in found])
    return Block(
        id="notices",
        title=desk.w(title),
        heads=tuple(map(desk.label, ("customer_id" if by_customer else "change_id", "rule", "closes_at", "state"))),
        rows=[
            (
                desk.link(
                    f"notices/{each.id}",
                    desk.called(names[each.agreement_id if by_customer else each.change_id]),
                ),
                desk.choice("rule", each.rule),
                desk.last(each.closes_at),
                desk.state("notice", each.state),
            )
            for each in found
        ],
        none=desk.w("part.notices_none"),
        more=desk.link("notices", desk.w("part.all"), **{name: str(id) for name, id in of.items()})
        if more
        else Markup(),
    )


async def timeline(
    desk: PageDesk, unit: ReadUnit, id: Any, list: str, *, notices: bool = True, intro: Markup | None = None
) -> Block:
    """What happened to a subject, its tasks and, where they belong to it, its notices, in order."""
    asked = desk.query({name: TIMELINE.query[name] for name in ("cursor",)})
    rows, more = await desk.call(limit=LATEST, **asked).rows(unit, TIMELINE, id, notices)
    past = [row for row in rows if row["what"] == "event"]
    names = await desk.names(unit, [row["subject_id"] for row in past if row["subject_id"] != id])
    return Block(
        id="timeline",
        title=desk.w("part.timeline"),
        intro=intro or Markup(),
        log=True,
        lines=await events(desk, unit, past, names),
        more=desk.link(f"{list}/{id}", desk.w("part.later"), cursor=more) if more else Markup(),
    )


def _files(desk: PageDesk, one: AgreementShown) -> tuple[Markup, ...]:
    found = [desk.link(f"agreements/{one.id}/evidence.zip", desk.w("link.evidence"))]
    if one.deleted_at is not None:
        found.append(desk.link(f"agreements/{one.id}/certificate.pdf", desk.w("link.certificate")))
    if signed_by_all(one.signatures) is not None:
        found.append(desk.link(f"agreements/{one.id}/signed.pdf", desk.w("link.signed")))
    return tuple(found)


PAGE: Final = BoardPage(AGREEMENTS, _build)
