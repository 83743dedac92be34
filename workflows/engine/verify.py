"""The whole ledger, computed anew: every chain, its end, personal data beside it, and the rows that follow from it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.followed import Followed, stray_row, wrong_engagement, wrong_terms
from workflows.engine.kept import ObjectDigest, wrong_file, wrong_object
from workflows.engine.root_checks import CheckedRoots, check_roots
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import Broken, Chain, Link, Sealed, commit
from workflows.ledger.merkle import Exported

PREFETCH: Final = 2_000
SUBJECTS: Final = 2_000
"""How many are looked at before their rows are."""
STRAYS: Final = {
    "event_without_subject": "it stands beside no subject",
    "personal_without_event": "personal data stand beside an event that is not there",
}
"""What no chain leads to."""
_STEPS: Final = '"engagements":['
"""By these words `ledger_engagements` finds what events did to engagements."""
NONE_KNOWN: Final[Mapping[UUID, bytes]] = MappingProxyType({})


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """How much was looked at, and the first link that does not hold, in the order of subjects' ids."""

    subjects: int
    events: int
    erased: int
    """Events whose personal part is no longer there; their commitment still verifies the chain."""
    broken: Broken | None = None
    wrong_row: str | None = None
    """The first row, engagement or version of the terms that is not what the events say."""
    wrong_file: str | None = None
    """The first of what was received that is not what it was."""
    roots: CheckedRoots = CheckedRoots()
    rows: int = 0
    unsealed_rows: int = 0
    """Rows whose last event is older than digests: nothing says what they were."""
    unsealed_engagements: int = 0
    """Agreements whose engagements began or ended by such events."""
    unread_files: int = 0
    """Files in a store that was not asked."""

    @property
    def wrong(self) -> str | None:
        """The first thing that does not hold, in one line; None where all does."""
        if self.broken is not None:
            return f"subject {self.broken.subject}, event {self.broken.seq}: {self.broken.why}"
        return self.roots.wrong or self.wrong_row or self.wrong_file


async def verify(
    connection: Connection,
    processor: UUID | None = None,
    *,
    secret: str | None = None,
    exported: Collection[Exported] = (),
    now: datetime | None = None,
    authorities: Sequence[bytes] = (),
    texts: Mapping[UUID, bytes] = NONE_KNOWN,
    objects: ObjectDigest | None = None,
) -> Verified:
    """Compute the ledger of one processor anew, or of all, then its daily roots and the rows that follow from it.

    With `secret` the signatures of roots are checked, with `exported` roots that were kept elsewhere, with `now` (UTC)
    that a root stands for each day that is over, with `authorities` (certificates, PEM) who stamped them. `texts` are
    the SHA-256 of versions of the terms that need not be read again, by id. Files in a store are read where `objects`
    says how. Reads from one snapshot, so writers may go on meanwhile, and some subjects at a time, so that memory does
    not grow with the ledger. `connection` has to see all rows.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        counts = _Counts()
        followed = Followed()
        broken = await _chains(connection, processor, counts, followed)
        if broken is not None:
            return counts.so_far(broken)
        for block, why in STRAYS.items():
            if (stray := await connection.fetchrow(sql(block), processor)) is not None:
                return counts.so_far(Broken(stray["subject_id"], stray["seq"], why))
        roots = await check_roots(
            connection, processor, secret=secret, exported=exported, now=now, authorities=authorities
        )
        wrong = (
            followed.wrong_row
            or await stray_row(connection, processor)
            or await wrong_engagement(connection, processor, followed)
            or await wrong_terms(connection, followed, texts)
        )
        stored, lost = await wrong_object(connection, processor, objects)
        return msgspec.structs.replace(
            counts.so_far(None),
            roots=roots,
            wrong_row=wrong,
            wrong_file=await wrong_file(connection, processor) or lost,
            unread_files=stored if objects is None else 0,
            rows=followed.compared,
            unsealed_rows=followed.unsealed,
            unsealed_engagements=len(followed.blurred),
        )


class _Counts:
    def __init__(self) -> None:
        self.subjects = self.events = self.erased = 0

    def so_far(self, broken: Broken | None) -> Verified:
        return Verified(subjects=self.subjects, events=self.events, erased=self.erased, broken=broken)


async def _chains(connection: Connection, processor: UUID | None, counts: _Counts, followed: Followed) -> Broken | None:
    after: UUID | None = None
    while True:
        before = counts.subjects
        found = await _next_chains(connection, (processor, after, SUBJECTS), counts, followed)
        if isinstance(found, Broken):
            return found
        await followed.compare_rows(connection)
        if counts.subjects - before < SUBJECTS:
            return None
        after = found


async def _next_chains(
    connection: Connection, which: tuple[UUID | None, UUID | None, int], counts: _Counts, followed: Followed
) -> UUID | Broken | None:
    """Walk some chains: the last subject, or the first link that does not hold."""
    chain: Chain | None = None
    last: Any = None
    async for row in connection.cursor(sql("ledger_links"), *which, prefetch=PREFETCH):
        if chain is None or chain.subject != row["id"]:
            if chain is not None and (broken := _end(chain, last, followed)):
                return broken
            chain = Chain(row["id"])
            counts.subjects += 1
        last = row
        if row["seq"] is not None:
            counts.events += 1
            said = chain.add(Link(row["id"], row["seq"], row["body"], row["previous"], row["hash"]))
            if isinstance(said, Broken):
                return said
            if broken := _beside(said, row):
                return broken
            counts.erased += row["personal"] is None and said.personal_sha256 is not None
            followed.hear(said, row["place"])
    if chain is None:
        return None
    return _end(chain, last, followed) or chain.subject


def _beside(said: Sealed, row: Any) -> Broken | None:
    """What stands beside an event's words in columns of their own."""
    if (said.type, said.at, said.recorded_at) != (row["type"], row["at"], row["recorded_at"]):
        return Broken(row["id"], row["seq"], "its columns do not say what its words say")
    if row["event_processor"] != row["processor_id"]:
        return Broken(row["id"], row["seq"], "it was given to another processor than its subject")
    if row["personal"] is not None and commit(row["salt"], row["personal"]) != said.personal_sha256:
        return Broken(row["id"], row["seq"], "the personal data beside it were altered")
    if said.engagements and _STEPS not in row["body"]:
        return Broken(row["id"], row["seq"], "its words are not written as events are")
    return None


def _end(chain: Chain, row: Any, followed: Followed) -> Broken | None:
    """What the subject remembers, and the state that its last event left it in."""
    broken = chain.close(row["version"], row["head"])
    if broken is not None:
        return broken
    said = chain.last
    if said is None:
        return Broken(row["id"], 1, "it has no event")
    if (said.after, said.kind) != (row["state"], row["kind"]):
        return Broken(row["id"], row["seq"], f"the subject is {row['state']!r}, its last event says {said.after!r}")
    state = WORKFLOWS[said.kind].states.get(said.after) if said.kind in WORKFLOWS else None
    if state is not None and (row["open"], frozenset(row["tags"])) != (not state.final, state.tags):
        return Broken(row["id"], row["seq"], f"what the subject is found by is not that of the state {said.after!r}")
    followed.end(said, row["processor_id"], row["parent_id"])
    return None
