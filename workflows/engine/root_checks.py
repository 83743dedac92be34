"""Daily roots, checked: against the events, each other, their signatures and stamps, and those that were exported."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.roots import grown, root_of
from workflows.ledger.merkle import GENESIS, Exported, Root, chained, sign
from workflows.ledger.stamps import StampError, check_stamp
from workflows.secret_key import keys_of

GRACE: Final = timedelta(hours=1)
"""How long after a day the worker may take to make its root."""
_DAY: Final = timedelta(days=1)
_SIGNATURE: Final = 32


class CheckedRoots(msgspec.Struct, frozen=True, kw_only=True):
    """How many roots were looked at, and the first thing that is wrong with them."""

    count: int = 0
    signed: int = 0
    """Those that bear the present secret's signature; none are counted where the secret was not given."""
    vouched: int = 0
    """Those that do not, but that a later one or an exported one vouches for: the secret was another one then."""
    stamped: int = 0
    exported: int = 0
    wrong: str | None = None


async def check_roots(
    connection: Connection,
    processor: UUID | None,
    *,
    secret: str | None = None,
    exported: Collection[Exported] = (),
    now: datetime | None = None,
    authorities: Sequence[bytes] = (),
) -> CheckedRoots:
    """Check every daily root, within the caller's transaction; what is not given is not checked.

    `now` (UTC) asks for a root for each day that is over; `authorities` are certificates (PEM) that stamps lead to.
    """
    await connection.execute(sql("with_bitmaps"))
    roots: dict[UUID, list[tuple[Root, Any]]] = defaultdict(list)
    for row in await connection.fetch(sql("all_roots"), processor):
        roots[row["processor_id"]].append((root_of(row), row))
    count = sum(map(len, roots.values()))
    wrong = None
    for own in roots.values():
        wrong = wrong or await _not_borne_out(connection, own)
    kept = [one for one in exported if processor in (None, one.processor_id)]
    wrong = wrong or _not_exported(roots, kept)
    found = _signatures(roots, secret, kept)
    wrong = wrong or found.wrong
    stamped, wrong_stamp = await _stamps(connection, processor, roots, authorities)
    wrong = wrong or wrong_stamp
    if wrong is None and now is not None:
        wrong = await _missing(connection, processor, now)
    return msgspec.structs.replace(found, count=count, stamped=stamped, exported=len(kept), wrong=wrong)


async def _not_borne_out(connection: Connection, own: list[tuple[Root, Any]]) -> str | None:
    """The first root of a processor that the events, or the root before it, do not bear out."""
    last: Root | None = None
    until = 0
    for one, row in own:
        span = (row["from_tx"], row["to_tx"])
        tree = await grown(connection, one.processor, *span)
        if one.number != (last.number + 1 if last else 1) or one.previous != (chained(last) if last else GENESIS):
            return _of(one, "it does not follow from the one before")
        if span[0] != until:
            return _of(one, "events lie between it and the one before")
        if tree.count != one.events:
            return _of(one, f"it covers {one.events} events, {tree.count} are left")
        if tree.root != one.root:
            return _of(one, "its events are not those that it was made from")
        last, until = one, span[1]
    return None


def _signatures(
    roots: dict[UUID, list[tuple[Root, Any]]], secret: str | None, exported: Collection[Exported]
) -> CheckedRoots:
    """Whether each signature is this secret's. A root names all that were before it: one that holds vouches for them,
    as one does that was exported."""
    kept = {(one.processor_id, one.number) for one in exported}
    signed = vouched = 0
    for own in roots.values():
        held = False
        for one, row in reversed(own):
            signature = row["signature"]
            if len(signature) != _SIGNATURE or not any(signature):
                return CheckedRoots(wrong=_of(one, "its signature is none"))
            if secret is None:
                continue
            right = any(signature == sign(key, one) for key in keys_of(secret))
            held = held or right or (one.processor, one.number) in kept
            if not held:
                why = "its signature is not this secret's: the secret was changed since, or somebody else made the root"
                return CheckedRoots(wrong=_of(one, why))
            signed += right
            vouched += not right
    return CheckedRoots(signed=signed, vouched=vouched)


def _not_exported(roots: dict[UUID, list[tuple[Root, Any]]], exported: Collection[Exported]) -> str | None:
    """The first exported root that is not there as it was."""
    there = {(one.processor, one.number): one for own in roots.values() for one, _ in own}
    for kept in exported:
        one = there.get((kept.processor_id, kept.number))
        if one is None:
            return f"root {kept.number} of processor {kept.processor_id}, {kept.day}: it was exported and is gone"
        if not kept.names(one):
            return _of(one, "it is not the one that was exported")
    return None


async def _stamps(
    connection: Connection,
    processor: UUID | None,
    roots: dict[UUID, list[tuple[Root, Any]]],
    authorities: Sequence[bytes],
) -> tuple[int, str | None]:
    there = {(one.processor, one.number): one for own in roots.values() for one, _ in own}
    count = 0
    for row in await connection.fetch(sql("all_stamps"), processor):
        one = there.get((row["processor_id"], row["number"]))
        if one is None:
            return count, f"root {row['number']} of processor {row['processor_id']}: it was stamped and is gone"
        try:
            check_stamp(row["token"], one, authorities)
        except StampError as error:
            return count, _of(one, str(error))
        count += 1
    return count, None


async def _missing(connection: Connection, processor: UUID | None, now: datetime) -> str | None:
    """The first day that is over and has events, and no root."""
    for row in await connection.fetch(sql("first_unrooted"), processor):
        day = row["since"].astimezone(UTC).date()
        if now >= _root_due(day, row["day"]) + GRACE:
            return (
                f"processor {row['id']}: no root stands for the events of {day}: it was deleted, or no worker has run "
                "since"
            )
    return None


def _root_due(day: date, last: date | None) -> datetime:
    """When a root has to cover events of a day, the last root being of another: one that was still under way when the
    last was made falls under the next."""
    due = day + _DAY if last is None or last < day else last + 2 * _DAY
    return datetime.combine(due, time(), UTC)


def _of(one: Root, why: str) -> str:
    return f"root {one.number} of processor {one.processor}, {one.day}: {why}"
