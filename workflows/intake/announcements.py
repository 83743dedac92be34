"""Announcements as they are put together: drafts of changes, each in one announcement only (P19)."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.change.guards import lacks
from workflows.change.table import CHANGE
from workflows.engine.engine import Engine, Moved, New
from workflows.errors import BadInput, NotFound, Problem, Refused
from workflows.ids import new_id
from workflows.intake.checks import Checks, missing
from workflows.machine.acting import Acting
from workflows.model.announcement import Announcement, Rebundle
from workflows.model.change import Change

MOST: Final = 50
"""Changes that one announcement may bundle."""


class AnnouncementIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to be sent as one. `terms_version`: the version of the statement that they make together."""

    changes: tuple[UUID, ...]
    terms_version: str | None = None


class AnnouncementPatchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other changes, or another version; what is absent stays."""

    changes: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET
    terms_version: str | msgspec.UnsetType | None = msgspec.UNSET


async def create_announcement(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: UUID,
    given: AnnouncementIn,
) -> Moved:
    """Write a new draft; nobody is told of it.

    Raises BadInput, NotFound for another processor's change, Refused for one that was sent already.
    """
    entity = Announcement(id=new_id(), processor_id=processor, changes=given.changes, terms_version=given.terms_version)
    await _check(connection, entity)
    new = New(kind="announcement", entity=entity)
    return (await engine.create(connection, [new], acting))[0]


async def checked_patch(connection: Connection, entity: Announcement, given: AnnouncementPatchIn) -> Rebundle:
    """Give what is to change once the announcement that it leads to holds. Raises as `create_announcement` does."""
    named = msgspec.structs.asdict(given)
    new = {name: value for name, value in named.items() if value is not msgspec.UNSET}
    await _check(connection, msgspec.structs.replace(entity, **new))
    return Rebundle(**named)


async def _check(connection: Connection, entity: Announcement) -> None:
    checks = Checks()
    if not entity.changes:
        checks.wrong("changes", "is empty: name at least one draft of a change")
    if len(entity.changes) > MOST:
        checks.wrong("changes", f"has {len(entity.changes)} entries; at most {MOST} go into one announcement")
    seen = Counter[UUID]()
    for place, one in enumerate(entity.changes[:MOST]):
        seen[one] += 1
        if seen[one] > 1:
            checks.wrong(f"changes[{place}]", "is named twice: leave one out")
    checks.line("terms_version", entity.terms_version)
    checks.done()
    await _drafts(connection, entity)
    if entity.terms_version is not None:
        await _version(connection, entity)


async def _drafts(connection: Connection, entity: Announcement) -> None:
    rows = {
        row["id"]: row
        for row in await connection.fetch(
            sql("changes_to_bundle"), [entity.processor_id], list(entity.changes), entity.id
        )
    }
    for place, one in enumerate(entity.changes):
        path = f"changes[{place}]"
        if one not in rows:
            raise NotFound(missing("change", one, path))
        row = rows[one]
        change = msgspec.json.decode(row["entity"], type=Change)
        if "editable" not in row["tags"]:
            raise Refused(
                f"{path}: change {one} is {row['state']!r} already, and only drafts are sent together.",
                state=row["state"], actions=CHANGE.offered(row["state"], change), guard="editable",
            )  # fmt: skip
        if row["elsewhere"] is not None:
            raise Refused(
                f"{path}: change {one} is in announcement {row['elsewhere']} already; take it out there first.",
                state=row["state"], actions=CHANGE.offered(row["state"], change), guard="elsewhere",
            )  # fmt: skip
        if (why := lacks(change)) is not None:
            raise BadInput(f"{path}: {why}", (Problem(path, why),))
        if change.kind == "terms" and entity.terms_version not in (None, change.to_version):
            message = f"is {entity.terms_version}, but {path} goes to version {change.to_version}: name that one"
            raise BadInput(f"terms_version {message}.", (Problem("terms_version", message),))


async def _version(connection: Connection, entity: Announcement) -> None:
    known: Sequence[str] = await connection.fetchval(sql("visible_versions"), [entity.processor_id])
    if entity.terms_version not in known:
        message = f"is no version of any terms here; known: {', '.join(known)}. `POST terms` makes a new one"
        raise BadInput(f"terms_version {message}.", (Problem("terms_version", message),))
