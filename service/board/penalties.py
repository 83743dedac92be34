"""What an agreement sets on being late or on a violation, as parts of a page."""

from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from service.board.desk import PageDesk
from service.board.forms import calling
from service.board.view import Block, BoardFact, Line
from service.http.routes.penalties import PenaltiesShown, list_penalties
from workflows.terms.model import Terms
from workflows.terms.penalty import PenaltyDue
from workflows.terms.phrases import rule_title
from workflows.words import say_amount


def forfeited(desk: PageDesk, one: PenaltyDue) -> tuple[BoardFact, ...]:
    """What is forfeited so far."""
    return (BoardFact(desk.w("penalty.so_far"), _amount(desk, one)),)


async def penalties(desk: PageDesk, agreement: UUID, terms: Terms) -> Block | None:
    """All that was forfeited under an agreement, each with its steps; None where that is nothing."""
    found = msgspec.convert(await calling.inner(desk.request, list_penalties, id=agreement), PenaltiesShown)
    if not found.items:
        return None
    return Block(
        id="penalties",
        title=desk.w("part.penalties"),
        lines=tuple(
            Line(
                what=desk.w(
                    "penalty.of", what=rule_title(one.penalty.rule, desk.lang), amount=_amount(desk, one.penalty)
                ),
                when=desk.at(one.at),
                steps=desk.steps(terms, one.penalty.rule, one.penalty.steps),
            )
            for one in found.items
        ),
    )


def _amount(desk: PageDesk, one: PenaltyDue) -> Markup:
    """The sum, and how much more it is where another reading gives more."""
    amount = escape(say_amount(one.amount, desk.lang, one.currency))
    if one.exposure == one.amount:
        return amount
    return desk.w("penalty.up_to", amount=amount, most=say_amount(one.exposure, desk.lang, one.currency))
