"""What follows from events: whether the rows, the engagements and the terms are those that the ledger tells of.

The rows are what the program decides by; a row that was altered by hand has no event that says so. Some subjects are
looked at after the others, so that what is kept meanwhile does not grow with the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import Sealed
from workflows.ledger.engaged import AGREEMENTS, NOTICES, SUBPROCESSORS, Engaged, differing
from workflows.ledger.rows import digest, form_of, stored, text_of
from workflows.terms.load import stored_digest

PREFETCH: Final = 2_000
OF_NONE: Final = UUID(int=0)
"""Stands for an agreement where places became known, which are of no one agreement."""


class _Seal(msgspec.Struct, frozen=True, gc=False):
    """What the last event of a subject says of its row, and what the subject itself says that it belongs to."""

    kind: str
    subject: UUID
    processor: UUID
    parent: UUID | None
    form: int | None
    digest: str | None
    """None where the event is older than digests."""


class _Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an event did to engagements, in the transaction whose first such event stands at `first`."""

    first: int
    said: dict[str, Any]


_STEPS: Final = msgspec.json.Decoder(list[_Step])
_FIRST: Final = attrgetter("first")


class Followed:
    """What is remembered of the events while the chains are walked."""

    def __init__(self) -> None:
        self.seals: list[_Seal] = []
        """Of subjects whose rows are still to be looked at."""
        self.texts: dict[UUID, str] = {}
        """The digest of each version of the terms that events name."""
        self.two_texts: UUID | None = None
        """A version of which two events name different digests."""
        self.compared = self.unsealed = 0
        self.wrong_row: str | None = None
        """The first row that is not what its subject's last event left."""
        self.blurred: set[str] = set()
        """Agreements whose engagements began or ended by events that are older than digests and say nothing of it."""
        self._old_notices: set[UUID] = set()
        """Those whose rows are still to be looked at."""
        self._old_places: dict[str, int] = {}

    def hear(self, said: Sealed, place: int) -> None:
        """The next event that holds."""
        if said.terms is not None:
            version, text = said.terms
            if self.texts.setdefault(version, text) != text:
                self.two_texts = version
        if said.row_sha256 is None:
            self._hear_old(said, place)

    def _hear_old(self, said: Sealed, place: int) -> None:
        if said.kind == AGREEMENTS:
            self.blurred.add(str(said.subject))
        elif said.kind == NOTICES:
            self._old_notices.add(said.subject)
        elif said.kind == SUBPROCESSORS:
            self._old_places[str(said.subject)] = place

    def end(self, said: Sealed, processor: UUID, parent: UUID | None) -> None:
        """The last event of a subject, and what the subject itself says that it belongs to."""
        self.seals.append(_Seal(said.kind, said.subject, processor, parent, said.row_form, said.row_sha256))

    async def compare_rows(self, connection: Connection) -> None:
        """Look at the rows of the subjects that came since the last time."""
        seals, self.seals = self.seals, []
        # Kinds of a newer release have tables that this one does not know.
        known = {(one.kind, one.subject): one for one in seals if one.kind in WORKFLOWS}
        self.unsealed += len(seals) - len(known)
        if known:
            kinds, subjects = zip(*known, strict=True)
            for row in await connection.fetch(sql("ledger_rows"), kinds, subjects):
                why = self._differs(known.pop((row["kind"], row["id"])), row["entity"])
                self.wrong_row = self.wrong_row or why
        for kind, subject in known:
            self.wrong_row = self.wrong_row or f"{kind} {subject}: its row is missing"
        self._old_notices.clear()

    def _differs(self, seal: _Seal, entity: str) -> str | None:
        kind, table = seal.kind, WORKFLOWS[seal.kind].table
        row = stored(table.entity, entity)
        if row["processor_id"] != str(seal.processor):
            return f"{kind} {seal.subject}: its row is another processor's"
        if kind == NOTICES and seal.subject in self._old_notices:
            self.blurred.add(row["agreement_id"])
        form = form_of(kind, table.entity, seal.form) if seal.form is not None else None
        text = text_of(form, row) if form is not None else None
        if seal.digest is None or form is None or text is None:
            self.unsealed += 1
            return None
        if digest(text) != seal.digest:
            if form.rewritten:
                self.unsealed += 1
                return None
            return f"{kind} {seal.subject}: its row is not what its last event left"
        self.compared += 1
        if table.parent and row[table.parent] != (str(seal.parent) if seal.parent is not None else None):
            return f"{kind} {seal.subject}: it stands under another subject than its row says"
        return None

    async def is_blurred(self, connection: Connection, agreement: str, rows: Iterable[dict[str, Any]]) -> bool:
        """Whether nothing says what became of these engagements of an agreement."""
        placeless = {row["subprocessor_id"] for row in rows if row["country"] is None}
        if old := [self._old_places[one] for one in placeless if one in self._old_places]:
            born = await connection.fetchval(sql("ledger_place"), UUID(agreement))
            if born is None or max(old) > born:
                self.blurred.add(agreement)
        return agreement in self.blurred


async def stray_row(connection: Connection, processor: UUID | None) -> str | None:
    """The first row that no event tells of."""
    row = await connection.fetchrow(sql("ledger_stray"), list(WORKFLOWS), processor)
    return f"{row['kind']} {row['id']} has a row and no event" if row is not None else None


async def wrong_engagement(connection: Connection, processor: UUID | None, followed: Followed) -> str | None:
    """The first engagement that no event began, or that did not end as events say, in the order of agreements' ids."""
    placed: dict[str | None, list[_Step]] = defaultdict(list)
    async for row in connection.cursor(sql("ledger_engagements"), processor, prefetch=PREFETCH):
        steps = _STEPS.decode(row["steps"]) if row["steps"] is not None else []
        if row["agreement_id"] == OF_NONE:
            for one in steps:
                placed[one.said.get("place")].append(one)
            continue
        agreement = str(row["agreement_id"])
        there = msgspec.json.decode(row["engagements"]) if row["engagements"] is not None else []
        try:
            told = _told(agreement, steps, placed)
            why = differing(told, there)
        except (AttributeError, LookupError, TypeError, ValueError):
            return f"agreement {agreement}: what its events say of engagements is not readable"
        if why and not await followed.is_blurred(connection, agreement, (*told, *there)):
            return f"agreement {agreement}: {why}"
    return None


def _told(agreement: str, steps: list[_Step], placed: Mapping[str | None, list[_Step]]) -> list[dict[str, Any]]:
    """The engagements of an agreement that the events tell of, transaction by transaction."""
    placeless = {
        one.said["subprocessor_id"] for one in steps if "begin" in one.said and one.said.get("country") is None
    }
    if known := [step for one in placeless for step in placed.get(one, ())]:
        steps = sorted((*steps, *known), key=_FIRST)
    engaged = Engaged()
    for _, together in groupby(steps, key=_FIRST):
        engaged.tell([one.said for one in together])
    return engaged.rows.get(agreement, [])


async def wrong_terms(connection: Connection, followed: Followed, known: Mapping[UUID, bytes]) -> str | None:
    """The first version of the terms whose document is not the one that it is known by, or that events name.

    `known` are digests of documents that need not be read again.
    """
    if followed.two_texts is not None:
        return f"terms version {followed.two_texts}: its events name two documents"
    left = dict(followed.texts)
    for row in await connection.fetch(sql("ledger_terms"), list(known)):
        what = f"terms {row['terms']}, version {row['version']} ({row['id']})"
        found = stored_digest(row["document"]) if row["document"] is not None else known[row["id"]]
        if found != row["digest"]:
            return f"{what}: its document is not the one that it is known by"
        if left.pop(row["id"], found.hex()) != found.hex():
            return f"{what}: its document is not the one that agreements' events name"
    return f"terms version {min(left)}: it is missing" if left else None
