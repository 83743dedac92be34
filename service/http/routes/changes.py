"""Changes: looked at before they are announced, then carried to every agreement they concern."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec.structs import replace

from db.queries import sql
from service.http.confirm_item import item_of_task
from service.http.history import timeline_of
from service.http.lists import BY_ID, Listing, instant, state_of, text, uuid, words_of
from service.http.preview_pages import PAGED, previewed
from service.http.request_context import Locked, ReadUnit, RequestContext, WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.change.table import CHANGE
from workflows.errors import NotFound
from workflows.intake.changes import ChangeIn, checked_amendment, create_change
from workflows.intake.publications import PublishIn, kept_publication
from workflows.model.change import Amend, AmendChangeIn, Change, ChangeKind, Notify, Publish
from workflows.model.parties import Wording
from workflows.model.per_language import as_given
from workflows.notice.table import NOTICE
from workflows.reach.preview import preview, require_digest, why_unknown
from workflows.reach.previewed import Beside, Preview, beside

GLANCE: Final = 1_000
"""How many agreements are looked at for the `go_live_at` of a change that nobody was told of yet."""


class ChangeShown(Change, SubjectShown, frozen=True, kw_only=True):
    """A change. `progress` counts its notices by state, and what else there is to know of them."""

    reason: Wording = ""  # type: ignore[assignment]  # wider than what stands for everybody
    withdrawn_why: Wording | None = None  # type: ignore[assignment]  # the same
    subprocessor_name: str | None
    """Null where it is about none."""
    progress: dict[str, Any]
    go_live_at: datetime | None
    """The first of its notices' own; before there are any, what the preview says, in the answer to GET alone."""
    go_live_why: str | None = None
    """Why that is not known for some of its agreements, and for how many: their customers have to say yes first."""
    differences: list[Beside] | None = None
    """What a new text changes, by the text that it replaces; null in lists and in the answers to writes."""


class _Group(msgspec.Struct, frozen=True):
    """Notices of a change that stand alike."""

    state: str
    outcome: str | None
    count: int
    running: int
    engaged: int
    go_live_at: datetime | None
    waiting: int


def shown(row: Any) -> ChangeShown:
    """A row of `change_shown`."""
    groups = msgspec.json.decode(row["notices"], type=list[_Group])
    known = [one.go_live_at for one in groups if one.go_live_at is not None]
    fields = own_fields(row, Change)
    for name in ("reason", "withdrawn_why"):
        fields[name] = as_given(fields[name], fields[f"{name}_in"])
    return ChangeShown(
        **fields,
        **standing("change", row),
        subprocessor_name=row["subprocessor_name"],
        progress=_progress(groups, row["told"]),
        go_live_at=min(known, default=None),
        go_live_why=_why_unknown(groups, known=bool(known)),
    )


def _why_unknown(groups: list[_Group], *, known: bool) -> str | None:
    """Why nobody knows when the change goes live: how many agreements still wait for a yes."""
    waiting = sum(one.waiting for one in groups)
    return why_unknown(waiting, sum(one.count for one in groups), known=known) if waiting else None


def _progress(groups: list[_Group], told: str | None) -> dict[str, Any]:
    """Every state of a notice with its count, the counts by outcome, and how far telling has come."""
    progress: dict[str, Any] = {"total": sum(one.count for one in groups)}
    progress |= dict.fromkeys(NOTICE.states, 0)
    outcomes: dict[str, int] = {}
    for one in groups:
        progress[one.state] += one.count
        name = one.outcome or "pending"
        outcomes[name] = outcomes.get(name, 0) + one.count
    carried = msgspec.json.decode(told) if told else {}
    return {
        **progress,
        "outcomes": outcomes,
        "running": sum(one.running for one in groups),
        "engaged": sum(one.engaged for one in groups),
        "waiting": sum(one.waiting for one in groups),
        "told": {
            "done": carried.get("done") or 0,
            "total": carried.get("total") or 0,
            "finished": bool(carried.get("finished")),
        },
    }


class ChangeResource(Resource, frozen=True, kw_only=True):
    """A change. Who reads it alone is told what a new text changes, and when it may begin, from the preview while
    there are no notices."""

    async def shown_alone(self, unit: ReadUnit, row: Any, asked: Mapping[str, Any]) -> ChangeShown:
        """The change with its `differences` and its `go_live_at`."""
        found: ChangeShown = await super().shown_alone(unit, row, asked)
        if found.go_live_at is None and CHANGE.states[found.state].tags & {"editable", "unopened"}:
            now = await unit.instant()
            ahead = await preview(unit.connection, unit.engine, found.processor_id, found.id, now, most=GLANCE)
            found = replace(found, go_live_at=ahead.earliest_go_live, go_live_why=ahead.earliest_go_live_why)
        return replace(found, differences=await _differences(unit, found))


CHANGES: Final = ChangeResource(
    kind="change",
    read="read_change",
    show=shown,
    shape=ChangeShown,
    whole=False,
    listing=Listing(
        block="list_changes",
        order=BY_ID,
        filters={
            "kind": words_of(ChangeKind),
            "subprocessor_id": uuid,
            "state": state_of("change"),
            "q": text,
            "since": instant,
        },
    ),
)


async def _differences(unit: ReadUnit, found: ChangeShown) -> list[Beside]:
    """A new text beside each that agreements run or ran under when they were told; beside the text before it where
    none does."""
    if found.to_version_id is None:
        return []
    rows: Sequence[Any] = await unit.connection.fetch(sql("texts_before"), [found.processor_id], found.id)
    terms = await unit.engine.terms(unit.connection, [found.to_version_id, *(row["id"] for row in rows)])
    return [beside(terms[row["id"]], terms[found.to_version_id], row["agreements"]) for row in rows]


async def _new(unit: WriteUnit, data: ChangeIn) -> UUID:
    """A new draft of a change; nobody is told before `notify`."""
    moved = await create_change(unit.connection, unit.engine, unit.acting, unit.processor, data)
    return moved.id


@get("/changes/{id:uuid}/preview", opt={"query": PAGED}, tags=["changes"])
async def preview_change(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Preview]:
    """What announcing it now would do; nothing is written. `notify` may name the `digest`.

    Its lists come in pages, 200 agreements at a time where no `limit` is given; the counts and the digest
    are over all, as the first page found them.
    """
    async with call.reading() as unit:
        row = await CHANGES.row(unit, id)
        found = await previewed(call, unit, row["processor_id"], id)
    return call.shown(found)


async def _notify(unit: WriteUnit, locked: Locked, data: Notify) -> Notify:
    if data.preview is not None:
        entity: Change = locked.entity
        await require_digest(unit.connection, unit.engine, entity.processor_id, entity.id, unit.now, data.preview)
    return data


async def _publish(unit: WriteUnit, locked: Locked, data: PublishIn) -> Publish:
    """Where nothing else is named, the processor's own page is read and kept as it is."""
    entity: Change = locked.entity
    own = None if data.url is not None else await unit.public_page(entity.processor_id)
    return await kept_publication(unit.connection, entity.processor_id, own, data, at=unit.at, actor=unit.acting.actor)


@get("/changes/{id:uuid}/publications/{file:uuid}", tags=["changes"])
async def read_publication(
    call: NamedDependency[RequestContext], id: FromPath[UUID], file: FromPath[UUID]
) -> Response[bytes]:
    """A page on which it was published, byte for byte as it was kept."""
    async with call.reading() as unit:
        row = await CHANGES.row(unit, id)
        known = {one.file_id for one in own_fields(row, Change)["publications"]}
        kept = await unit.connection.fetchrow(sql("publication_file"), unit.processors, file) if file in known else None
    if kept is None or kept["content"] is None:
        raise NotFound(f"This change has no publication with the file {file}; look at its `publications`.")
    # What somebody else wrote is never shown as a page of ours.
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{kept["name"]}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(bytes(kept["content"]), headers=headers)


async def _amend(unit: WriteUnit, locked: Locked, data: AmendChangeIn) -> Amend:
    return await checked_amendment(unit.connection, unit.engine, locked.entity, data)


ROUTES: Final = (
    *routes(
        CHANGES,
        create=Making(ChangeIn, _new),
        actions={
            "notify": Preparation(prepare=_notify),
            "publish": Preparation(body=PublishIn, prepare=_publish),
            "amend": Preparation(body=AmendChangeIn, prepare=_amend),
            "confirm": Preparation(prepare=item_of_task),
        },
    ),
    preview_change,
    read_publication,
    timeline_of(CHANGES),
)
