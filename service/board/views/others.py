"""The pages of requests, audits, matters, messages from subprocessors, followed lists, and tasks."""

from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from service.board.desk import PageDesk
from service.board.saying import say_doer, say_task
from service.board.settling import of_task, ways_out
from service.board.view import Block, BoardFact, BoardPage, Line, View, fact, facts, record, some
from service.board.views.agreements import deadlines
from service.http.request_context import ReadUnit
from service.http.routes.audits import AUDITS, AuditShown
from service.http.routes.matters import MATTERS, MatterShown
from service.http.routes.requests import REQUESTS, RequestShown
from service.http.routes.tasks import TASKS, TaskShown
from service.http.routes.upstream import UPSTREAM_NOTICES, UpstreamShown
from service.http.routes.watches import WATCHES, WatchShown
from workflows.model.task import Task
from workflows.task.table import of_director


async def _whose(desk: PageDesk, unit: ReadUnit, one: Any) -> tuple[BoardFact, ...]:
    names = await desk.names(unit, [one.customer_id, one.agreement_id])
    return (
        fact(desk, "customer_id", desk.by(names, one.customer_id)),
        fact(desk, "agreement_id", desk.by(names, one.agreement_id)),
    )


async def _title(desk: PageDesk, unit: ReadUnit, id: Any) -> Markup:
    return desk.called((await desk.names(unit, [id]))[id])


async def _request(desk: PageDesk, unit: ReadUnit, one: RequestShown, row: Any) -> View:
    agreement = (await desk.names(unit, [one.agreement_id])).get(one.agreement_id)
    return View(
        title=desk.w(
            "page.request", kind=desk.choice("kind", one.kind), name=await _title(desk, unit, one.customer_id)
        ),
        facts=(
            *await _whose(desk, unit, one),
            *facts(desk, one, "reference", "received_from", "channel", "received_at", "controller_received_at"),
            *some(
                fact(desk, "due_at", desk.last_of(one.due_at, agreement)),
                fact(desk, "answer_due_at", desk.last_of(one.answer_due_at, agreement)),
            ),
            *facts(desk, one, "forwarded_at", "written_at", "settled_at", "note", "result", "evidence"),
        ),
        blocks=(
            await deadlines(desk, unit, subject=one),
            Block(
                id="pauses",
                title=desk.w("part.pauses"),
                lines=(
                    *(
                        Line(
                            what=escape(each.reason),
                            when=desk.at(each.since),
                            more=desk.w("say.until", until=desk.at(each.until)) if each.until else desk.w("say.still"),
                        )
                        for each in one.pauses
                    ),
                    *(
                        Line(
                            what=escape(each.reason),
                            when=desk.at(each.at),
                            more=desk.w("say.until", until=desk.w.day(each.until)) if each.until else Markup(),
                        )
                        for each in one.extensions
                    ),
                ),
                none=desk.w("part.pauses_none"),
            ),
            await record(desk, unit, one.id),
        ),
    )


async def _audit(desk: PageDesk, unit: ReadUnit, one: AuditShown, row: Any) -> View:
    cost = desk.choice("cost", one.cost) if one.cost else Markup()
    return View(
        title=await _title(desk, unit, one.id),
        facts=(
            *await _whose(desk, unit, one),
            *facts(
                desk,
                one,
                "requested_at",
                "channel",
                "planned_on",
                "scope",
                "auditor",
                "nda_signed_on",
                "indications",
                "reported_at",
                "certificate",
            ),
            *some(BoardFact(desk.label("cost"), cost), fact(desk, "next_from", desk.day_of(one.next_from))),
            *facts(desk, one, "closed_at", "result"),
        ),
        blocks=(
            await deadlines(desk, unit, subject=one),
            Block(
                id="findings",
                title=desk.label("findings"),
                heads=tuple(map(desk.label, ("finding", "kind", "improve_by", "done_at"))),
                rows=[
                    (
                        escape(each.text),
                        desk.choice("kind", each.kind) if each.kind else desk.w("say.not_stated"),
                        desk.said("improve_by", each.improve_by),
                        desk.day_of(each.done_at),
                    )
                    for each in one.findings
                ],
                none=desk.w("part.findings_none"),
            ),
            await record(desk, unit, one.id),
        ),
    )


async def _matter(desk: PageDesk, unit: ReadUnit, one: MatterShown, row: Any) -> View:
    names = await desk.names(unit, [one.agreement_id])
    (clause,) = await desk.clauses(unit, [(one.clause, names[one.agreement_id].terms_version_id)])
    return View(
        title=escape(one.subject),
        facts=(
            *await _whose(desk, unit, one),
            *facts(desk, one, "kind", "raised_by"),
            *some(fact(desk, "clause", escape(clause))),
            *facts(desk, one, "raised_at", "channel", "country", "text", "erase_by", "keep_until"),
            *some(fact(desk, "due_at", desk.last_of(one.due_at, names[one.agreement_id]))),
            *some(
                BoardFact(desk.label("outcome"), desk.f(f"choice.answer.{one.outcome}") if one.outcome else Markup())
            ),
            *facts(desk, one, "answered_at", "closed_at", "closed_why"),
        ),
        blocks=(
            Block(
                id="answers",
                title=desk.w("part.answers"),
                lines=tuple(
                    Line(
                        what=desk.f(f"choice.answer.{each.answer}"),
                        when=desk.at(each.received_at),
                        more=Markup(" · ").join(
                            part
                            for part in (
                                escape(each.by or ""),
                                desk.choice("channel", each.channel) if each.channel else Markup(),
                                escape(each.text),
                                Markup() if each.counts else desk.w("say.counts_not"),
                            )
                            if part
                        ),
                    )
                    for each in reversed(one.answers)
                ),
                none=desk.w("part.answers_none"),
            ),
            await record(desk, unit, one.id),
        ),
    )


async def _upstream(desk: PageDesk, unit: ReadUnit, one: UpstreamShown, row: Any) -> View:
    names = await desk.names(
        unit, [one.subprocessor_id, one.change_id, *(each.agreement_id for each in one.shortfalls)]
    )
    return View(
        title=desk.w("page.request", kind=desk.choice("kind", one.kind), name=desk.called(names[one.subprocessor_id])),
        facts=(
            fact(desk, "subprocessor_id", desk.by(names, one.subprocessor_id)),
            *facts(desk, one, "text", "received_at", "effective_on"),
            *some(
                fact(desk, "object_until", desk.last(one.object_until)),
                fact(desk, "change_id", desk.by(names, one.change_id)),
            ),
            *facts(desk, one, "answered_at", "note", "closed_at"),
        ),
        blocks=(
            Block(
                id="shortfalls",
                title=desk.w("part.shortfalls"),
                lines=tuple(
                    Line(
                        what=desk.by(names, each.agreement_id),
                        when=desk.at(each.earliest),
                        more=desk.f.told(each.why),
                    )
                    for each in one.shortfalls
                ),
                none=desk.w("part.shortfalls_none"),
            ),
            await record(desk, unit, one.id),
        ),
    )


async def _watch(desk: PageDesk, unit: ReadUnit, one: WatchShown, row: Any) -> View:
    names = await desk.names(unit, [one.subprocessor_id])
    return View(
        title=escape(one.url),
        facts=(
            fact(desk, "subprocessor_id", desk.by(names, one.subprocessor_id)),
            fact(desk, "carry_on", desk.choice("carry_on", one.carry_on)),
            *some(
                fact(desk, "looked_at", desk.at(one.looked_at)),
                fact(desk, "look_words", desk.f.told(one.words) if one.words else Markup()),
                fact(desk, "list_form", desk.choice("list_form", one.form) if one.form else Markup()),
                fact(desk, "differed_at", desk.at(one.differed_at)),
                fact(desk, "failing_since", desk.at(one.failing_since)),
                fact(desk, "next_look", desk.at(one.next_at)),
            ),
        ),
        blocks=(await record(desk, unit, one.id),),
    )


async def _task(desk: PageDesk, unit: ReadUnit, one: TaskShown, row: Any) -> View:
    stored = msgspec.json.decode(row["entity"], type=Task)
    alike = [UUID(each) for each in stored.data.get("looks_like", ())]
    names = await desk.names(unit, [one.about, *alike])
    doer = say_doer(desk, one.owner, one.role, stored.escalated_at)
    links: tuple[Markup, ...] = ()
    if one.done_at is None:
        directors = of_director(stored.role, stored.escalated_at)
        waiting = of_task(stored.kind, one.about, one.id, stored.data, directors=directors)
        offers = await ways_out(desk, unit, waiting, names)
        links = tuple(Markup('<a href="{}">{}</a>').format(each.href, each.words) for each in offers)
    return View(
        title=say_task(desk, stored.text, stored.data),
        facts=some(
            fact(desk, "about", desk.by(names, one.about)),
            fact(desk, "looks_like", Markup(", ").join(desk.by(names, each) for each in alike)),
            fact(desk, "owner", doer),
            fact(desk, "due_at", desk.last_of(one.due_at, names.get(one.about))),
            *facts(desk, one, "done_at", "note"),
        ),
        blocks=(await record(desk, unit, one.id),),
        links=links,
    )


PAGES: Final = (
    BoardPage(REQUESTS, _request),
    BoardPage(AUDITS, _audit),
    BoardPage(MATTERS, _matter),
    BoardPage(UPSTREAM_NOTICES, _upstream),
    BoardPage(WATCHES, _watch),
    BoardPage(TASKS, _task),
)
