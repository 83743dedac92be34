"""The ledger as it is shown: single events, and a subject's past and future in one list."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from db.queries import sql
from service.http.lists import Listing, Page, instant, text
from service.http.request_context import RequestContext
from service.http.subjects import Resource
from workflows.kinds import states_of
from workflows.ledger.chain import Body

TIMELINE: Final = Listing(block="timeline", order={"at": instant, "key": text})
"""Takes the agreement or change as the statement's last values, and whether its notices belong to it."""
COURSE: Final = Listing(block="course_of_change", order=TIMELINE.order)
"""The same of a change of which `course_is_known`. Takes it as the statement's last value."""


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the ledger. `data` has the personal part while it is there; hashes are hex."""

    id: UUID
    processor_id: UUID
    subject: UUID
    subject_kind: str
    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    actor: str
    before: str | None
    after: str
    data: dict[str, Any]
    personal: Literal["none", "here", "erased"]
    hash: str
    previous: str


class MomentShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline: an event that was, a deadline that is open, or a step that is planned."""

    at: datetime
    what: Literal["event", "deadline", "planned"]
    type: str
    subject: UUID
    subject_kind: str
    id: UUID | None = None
    """The event's own, as `correct` takes it; null for what is still to come."""
    actor: str | None = None
    state: Annotated[str, states_of()] | None = None
    text: str | None = None
    clause: str | None = None
    party: str | None = None
    data: dict[str, Any] | None = None


def event(row: Any) -> EventShown:
    """A row of `list_events`."""
    said = msgspec.json.decode(row["body"], type=Body)
    here = row["personal"] is not None
    return EventShown(
        id=row["id"],
        processor_id=row["processor_id"],
        subject=said.subject,
        subject_kind=said.kind,
        seq=said.seq,
        type=said.type,
        at=said.at,
        recorded_at=said.recorded_at,
        actor=said.actor,
        before=said.before,
        after=said.after,
        data=_whole(said, row["personal"]),
        personal="here" if here else "erased" if said.personal_sha256 else "none",
        hash=row["hash"].hex(),
        previous=row["previous"].hex(),
    )


def moment(row: Any) -> MomentShown:
    """A row of `timeline`."""
    if row["what"] != "event":
        return MomentShown(
            at=row["at"],
            what=row["what"],
            type=row["name"],
            subject=row["subject_id"],
            subject_kind=row["subject_kind"],
            text=row["text"],
            clause=row["clause"],
            party=row["party"],
        )
    said = msgspec.json.decode(row["body"], type=Body)
    return MomentShown(
        at=row["at"],
        what="event",
        id=row["id"],
        type=said.type,
        subject=said.subject,
        subject_kind=said.kind,
        actor=said.actor,
        state=said.after,
        data=_whole(said, row["personal"]),
    )


def timeline_of(resource: Resource) -> HTTPRouteHandler:
    """Make the route that lists the timeline of one kind of subject."""

    async def timeline(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[MomentShown]]:
        """What happened to it, its notices and tasks, and what is due and planned, by instant."""
        async with call.reading() as unit:
            await resource.row(unit, id)
            if resource.kind == "change" and await unit.connection.fetchval(
                sql("course_is_known"), unit.processors, id
            ):
                rows, more = await call.rows(unit, COURSE, id)
            else:
                rows, more = await call.rows(unit, TIMELINE, id, True)
        return call.shown({"items": [moment(row) for row in rows], "next": more})

    timeline.__name__ = timeline.__qualname__ = f"read_{resource.kind}_timeline"
    return get(f"/{resource.path}/{{id:uuid}}/timeline", opt={"query": TIMELINE.query}, tags=[resource.path])(timeline)


def _whole(said: Body, personal: str | None) -> dict[str, Any]:
    return {**said.data, **msgspec.json.decode(personal)} if personal is not None else said.data
