"""How deadlines were counted, as strips of days."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from db.queries import sql
from service.board.desk import PageDesk
from service.board.saying import say_deadline
from service.http.request_context import ReadUnit
from service.http.routes.deadlines import DeadlineShown
from service.pictures.picture import Picture
from service.pictures.strip import strip, strip_of
from workflows.terms.again import event_in, recounted

DRAWN: Final = 12
"""So many strips on one page: the soonest."""


async def counted(desk: PageDesk, unit: ReadUnit, found: Sequence[DeadlineShown]) -> list[Picture | None]:
    """The strip of each deadline, where it can be said how it was counted: by the terms that bind its agreement now."""
    ids = list(dict.fromkeys(one.agreement_id for one in found[:DRAWN] if one.agreement_id is not None))
    rows: Sequence[Any] = await unit.connection.fetch(sql("counting_facts"), unit.processors, ids) if ids else ()
    terms = await unit.engine.terms(unit.connection, [row["terms_version_id"] for row in rows])
    under = {row["id"]: (terms[row["terms_version_id"]], msgspec.json.decode(row["facts"])) for row in rows}
    strips: list[Picture | None] = []
    for place, one in enumerate(found):
        drawn = None
        if place < DRAWN and one.agreement_id in under:
            text, facts = under[one.agreement_id]
            reckoned = recounted(text, one.rule, event_in(one.steps, one.zone), one.due_at, facts)
            title = say_deadline(desk, one.rule, one.text).unescape()
            drawn = strip_of(title, reckoned, now=desk.now) if reckoned is not None else None
        strips.append(strip(f"counted-{one.id}", drawn, desk.lang) if drawn is not None else None)
    return strips
