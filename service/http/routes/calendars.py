"""The calendars by which agreements count: which days are free, by which law."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.http.lists import whole
from service.http.request_context import RequestContext
from workflows.errors import NotFound
from workflows.time.legal_days import CalendarYear, calendar_year, known_calendars, unknown

_YEAR: Final = {"spans": True, "query": {"year": whole}}


@get("/calendars/{id:str}", opt=_YEAR, tags=["terms"])
async def read_calendar(call: NamedDependency[RequestContext], id: FromPath[str]) -> Response[CalendarYear]:
    """The free days of a `year` that count under a calendar (`NL`, `DE-BY`, `US-NY`), each with its source."""
    if id not in known_calendars():
        raise NotFound(unknown(id).detail)
    year: int | None = call.asked.get("year")
    if year is None:
        async with call.reading() as unit:
            year = (await unit.instant()).year
    return call.shown(calendar_year(id, year))


ROUTES = (read_calendar,)
