"""A notice's page: the rights it gives, every answer, every delivery, and how it is known that it arrived."""

from typing import Any, Final
from uuid import UUID

from markupsafe import Markup, escape

from service.board.bound import unbound
from service.board.desk import PageDesk
from service.board.saying import say_deadline
from service.board.view import Block, BoardPage, Line, View, fact, facts, record, some
from service.board.views.agreements import deadlines
from service.board.views.letters import letters
from service.http.request_context import ReadUnit
from service.http.routes.changes import CHANGES
from service.http.routes.notices import NOTICES, NoticeShown
from service.http.shown import own_fields
from workflows.model.change import Change
from workflows.model.notice import Answer
from workflows.notice.table import NOTICE


async def _build(desk: PageDesk, unit: ReadUnit, one: NoticeShown, row: Any) -> View:
    names = await desk.names(unit, [one.id, one.change_id, one.agreement_id, one.customer_id])
    agreement = names[one.agreement_id]
    version: UUID | None = agreement.terms_version_id
    clauses = await desk.clauses(unit, [(one.clause, version), *((right.clause, version) for right in one.rights)])
    change = own_fields(await CHANGES.row(unit, one.change_id), Change)
    over = NOTICE.states[one.state].final
    begins = one.engaged_at or one.engages_at
    return View(
        stopped=Markup() if over else await unbound(desk, unit, change["kind"], change["subprocessor_id"]),
        title=desk.called(names[one.id]),
        facts=(
            fact(desk, "customer_id", desk.by(names, one.customer_id)),
            fact(desk, "agreement_id", desk.named(agreement)),
            fact(desk, "change_id", desk.by(names, one.change_id)),
            *some(
                fact(desk, "rule", desk.choice("rule", one.rule)),
                fact(desk, "clause", escape(clauses[0])),
                fact(desk, "sent_at", desk.at(one.sent_at)),
                fact(desk, "received_at", _received(desk, one)),
                fact(desk, "closes_at", desk.last_of(one.closes_at, agreement)),
                # Where it begins later than the text would let it, that day alone is what customers read.
                fact(desk, "proceeds_at", Markup() if begins else desk.at(one.proceeds_at, agreement)),
                fact(desk, "engages_at", desk.at(begins, agreement)),
            ),
            *facts(desk, one, "outcome"),
        ),
        blocks=(
            Block(
                id="rights",
                title=desk.w("part.rights"),
                intro=desk.w("part.rights_over") if over and one.rights else Markup(),
                heads=tuple(map(desk.label, ("right", "clause", "form", "closes_at"))),
                rows=[
                    (
                        say_deadline(desk, right.rule, right.rule),
                        escape(clause),
                        desk.choice("form", right.form),
                        desk.last_of(right.closes_at, agreement) or desk.w("say.no_period"),
                    )
                    for right, clause in zip(one.rights, clauses[1:], strict=True)
                ],
                none=desk.w("part.rights_none"),
            ),
            Block(
                id="answers",
                title=desk.w("part.answers"),
                lines=tuple(_answer(desk, each) for each in reversed(one.answers)),
                none=desk.w("part.answers_none"),
            ),
            await deadlines(desk, unit, subject=one),
            Block(
                id="attempts",
                title=desk.w("part.attempts"),
                heads=tuple(map(desk.label, ("to", "at", "outcome"))),
                rows=[
                    (escape(each.to), desk.at(each.at), _outcome(desk, each.outcome, each.words))
                    for each in one.attempts
                ],
                none=desk.w("part.attempts_none"),
            ),
            *await letters(desk, unit, one.id),
            await record(desk, unit, one.id),
        ),
    )


def _received(desk: PageDesk, one: NoticeShown) -> Markup:
    """When it arrived, and how that is known."""
    if one.received_at is None:
        return Markup()
    at = desk.at(one.received_at)
    return desk.w("say.received", at=at, how=desk.choice("received_how", one.received_how)) if one.received_how else at


def _answer(desk: PageDesk, one: Answer) -> Line:
    parts = [
        escape(one.by or ""),
        desk.choice("channel", one.channel),
        desk.w("say.recorded", at=desk.at(one.recorded_at)) if one.recorded_at != one.received_at else Markup(),
        escape(one.grounds or ""),
        desk.evidence(one.evidence or ""),
        desk.w("say.late") if one.late else Markup(),
        Markup() if one.counts else desk.w("say.counts_not"),
    ]
    return Line(
        what=desk.choice("answer", one.answer),
        when=desk.at(one.received_at),
        more=Markup(" · ").join(part for part in parts if part),
        late=one.late,
    )


def _outcome(desk: PageDesk, outcome: str, words: str) -> Markup:
    """What became of an attempt; where it did not go well, what the other server said of it."""
    said = desk.choice("attempt", outcome)
    if not words or outcome in _WENT_WELL:
        return said
    return Markup("{} {}").format(said, desk.w("say.server", words=Markup('<q lang="en">{}</q>').format(words)))


_WENT_WELL: Final = frozenset({"sent", "delivered"})


PAGE: Final = BoardPage(NOTICES, _build)
