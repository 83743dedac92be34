"""What happens by some instant if nobody acts."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency

from db.queries import sql
from service.foresight.told import Foreseen, told
from service.http.lists import instant, uuid
from service.http.request_context import RequestContext
from workflows.errors import BadInput, NotFound, Problem

_QUERY = {
    "until": instant.saying("Up to which instant."),
    "subject": uuid.saying("An agreement or a change: what moves with it, and nothing else."),
}


@get("/forecast", opt={"query": _QUERY, "required": ("until",)}, tags=["forecast"])
async def read_forecast(call: NamedDependency[RequestContext]) -> Response[Foreseen]:
    """What happens by `until` if nobody acts: timers, reminders and mails, from the same steps that will be taken.

    Nothing is written. That each mail arrives when it is sent is taken for granted.
    """
    asked: Any = call.asked
    subject: UUID | None = asked.get("subject")
    related = None
    if subject is not None:
        async with call.reading() as unit:
            rows = await unit.connection.fetch(sql("related_subjects"), unit.processors, subject)
        related = [row["id"] for row in rows]
        if not related:
            raise NotFound(f"There is no subject with the id {subject}; give that of an agreement or a change.")
    async with call.looking_ahead(related) as course:
        if asked["until"] < course.now:
            raise BadInput("until lies in the past.", (Problem("until", f"is before {course.now.isoformat()}"),))
        await course.go(asked["until"])
        found = await told(course)
    return call.shown(found)


ROUTES: Final = (read_forecast,)
