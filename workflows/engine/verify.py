"""The whole ledger, computed anew: every chain, its end, and the personal data beside it."""

from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.kept import wrong_file
from workflows.engine.roots import wrong_root
from workflows.ledger.chain import Body, Broken, Chain, Link, commit

PREFETCH = 2_000


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """How much was looked at, and the first link that does not hold, in the order of subjects' ids."""

    subjects: int
    events: int
    erased: int
    """Events whose personal part is no longer there; their commitment still verifies the chain."""
    broken: Broken | None = None
    wrong_file: str | None = None
    """The first of what was received that is not what it was."""
    roots: int = 0
    wrong_root: str | None = None
    """The first daily root that the events do not bear out: what was cut off together with its memory."""


async def verify(connection: Connection, processor: UUID | None = None) -> Verified:
    """Compute the ledger of one processor anew, or of all, then its daily roots; stops at the first broken link.

    Reads as a stream from one snapshot, so writers may go on meanwhile. `connection` has to see all rows.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        counts = _Counts()
        chain: Chain | None = None
        last: Any = None
        async for row in connection.cursor(sql("ledger_links"), processor, prefetch=PREFETCH):
            if chain is None or chain.subject != row["id"]:
                if chain is not None and (broken := _end(chain, last)):
                    return counts.so_far(broken)
                chain = Chain(row["id"])
                counts.subjects += 1
            last = row
            if row["seq"] is not None:
                counts.add(row)
                if broken := _next(chain, row):
                    return counts.so_far(broken)
        if chain is not None and (broken := _end(chain, last)):
            return counts.so_far(broken)
        stray = await connection.fetchrow(sql("personal_without_event"), processor)
        if stray is not None:
            why = "personal data stand beside an event that is not there"
            return counts.so_far(Broken(stray["subject_id"], stray["seq"], why))
        roots, wrong = await wrong_root(connection, processor)
        file = await wrong_file(connection, processor)
        return msgspec.structs.replace(counts.so_far(None), roots=roots, wrong_root=wrong, wrong_file=file)


class _Counts:
    def __init__(self) -> None:
        self.subjects = self.events = self.erased = 0

    def add(self, row: Any) -> None:
        self.events += 1
        self.erased += row["personal"] is None and '"personal_sha256":"' in row["body"]

    def so_far(self, broken: Broken | None) -> Verified:
        return Verified(subjects=self.subjects, events=self.events, erased=self.erased, broken=broken)


def _next(chain: Chain, row: Any) -> Broken | None:
    """The link itself, then what stands beside its words in columns of their own."""
    broken = chain.add(Link(row["id"], row["seq"], row["body"], row["previous"], row["hash"]))
    if broken is not None:
        return broken
    said = msgspec.json.decode(row["body"], type=Body)
    if (said.type, said.at, said.recorded_at) != (row["type"], row["at"], row["recorded_at"]):
        return Broken(row["id"], row["seq"], "its columns do not say what its words say")
    if row["event_processor"] != row["processor_id"]:
        return Broken(row["id"], row["seq"], "it was given to another processor than its subject")
    if row["personal"] is not None and commit(row["salt"], row["personal"]) != said.personal_sha256:
        return Broken(row["id"], row["seq"], "the personal data beside it were altered")
    return None


def _end(chain: Chain, row: Any) -> Broken | None:
    """What the subject remembers, and the state that its last event left it in."""
    broken = chain.close(row["version"], row["head"])
    if broken is not None:
        return broken
    said = msgspec.json.decode(row["body"], type=Body)
    if (said.after, said.kind) != (row["state"], row["kind"]):
        return Broken(row["id"], row["seq"], f"the subject is {row['state']!r}, its last event says {said.after!r}")
    return None
