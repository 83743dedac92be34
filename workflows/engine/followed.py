"""What follows from events: whether the rows, the engagements and the terms are those that the ledger tells of.

The rows are what the program decides by; a row that was altered by hand has no event that says so.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import Sealed
from workflows.ledger.engaged import AGREEMENTS, NOTICES, SUBPROCESSORS, Engaged, differing
from workflows.ledger.rows import digest, form_of, stored, text_of
from workflows.terms.load import stored_digest

PREFETCH = 2_000

_NOTHING = msgspec.Raw()


class _Seal(msgspec.Struct, frozen=True, gc=False):
    """What the last event of a subject says of its row, and what the subject itself says that it belongs to."""

    form: int
    digest: bytes
    parent: UUID | None


class Followed:
    """What is remembered of the events while the chains are walked."""

    def __init__(self) -> None:
        self.seals: dict[str, dict[UUID, _Seal | None]] = {}
        """By kind and subject; None where the last event is older than digests."""
        self.steps: list[tuple[int, tuple[UUID, int], msgspec.Raw]] = []
        """What was done to engagements: the event's place, its processor and transaction, and the steps."""
        self.texts: dict[UUID, str] = {}
        """The digest of each version of the terms that events name."""
        self.two_texts: UUID | None = None
        """A version of which two events name different digests."""
        self.compared = self.unsealed = 0
        self.blurred: set[str] = set()
        """Agreements whose engagements began or ended by events that are older than digests and say nothing of it."""
        self._old_notices: set[UUID] = set()
        self._old_places: dict[str, int] = {}
        self._born: dict[str, int] = {}

    def hear(self, said: Sealed, place: int, tx: tuple[UUID, int]) -> None:
        """The next event that holds. `tx` is its processor with the number of its transaction: those of processors that
        were taken in from elsewhere are numbered alike."""
        if said.engagements != _NOTHING:
            # A copy: what was decoded is a view that would keep the whole body alive.
            self.steps.append((place, tx, said.engagements.copy()))
        if said.terms is not None:
            version, text = said.terms
            if self.texts.setdefault(version, text) != text:
                self.two_texts = version
        if said.kind == AGREEMENTS and said.seq == 1:
            self._born[str(said.subject)] = place
        if said.row_sha256 is None:
            self._hear_old(said, place)

    def _hear_old(self, said: Sealed, place: int) -> None:
        if said.kind == AGREEMENTS:
            self.blurred.add(str(said.subject))
        elif said.kind == NOTICES:
            self._old_notices.add(said.subject)
        elif said.kind == SUBPROCESSORS:
            self._old_places[str(said.subject)] = place

    def end(self, said: Sealed, parent: UUID | None) -> None:
        """The last event of a subject."""
        seal = None
        if said.row_form is not None and said.row_sha256 is not None:
            seal = _Seal(said.row_form, bytes.fromhex(said.row_sha256), parent)
        self.seals.setdefault(said.kind, {})[said.subject] = seal

    def see(self, kind: str, subject: UUID, row: dict[str, Any]) -> None:
        """A row that may say for which agreement old events engaged somebody."""
        if kind == NOTICES and subject in self._old_notices:
            self.blurred.add(row["agreement_id"])

    def is_blurred(self, agreement: str, rows: Iterable[dict[str, Any]]) -> bool:
        """Whether nothing says what became of these engagements of an agreement."""
        born = self._born.get(agreement, 0)
        if any(row["country"] is None and self._old_places.get(row["subprocessor_id"], 0) > born for row in rows):
            self.blurred.add(agreement)
        return agreement in self.blurred


async def wrong_row(connection: Connection, processor: UUID | None, followed: Followed) -> str | None:
    """The first row that is not what its subject's last event left."""
    # Kinds of a newer release have tables that this one does not know.
    followed.unsealed += sum(len(seals) for kind, seals in followed.seals.items() if kind not in WORKFLOWS)
    left = {kind: set(followed.seals.get(kind, ())) for kind in WORKFLOWS}
    before = ""
    async for row in connection.cursor(sql("ledger_rows"), list(WORKFLOWS), processor, prefetch=PREFETCH):
        kind, id = row["kind"], row["id"]
        if kind != before and (why := _missing(left, kind)):
            return why
        before = kind
        if id not in left[kind]:
            return f"{kind} {id} has a row and no event"
        left[kind].discard(id)
        found = stored(WORKFLOWS[kind].table.entity, row["entity"])
        followed.see(kind, id, found)
        if why := _differs(kind, found, followed.seals[kind][id], followed):
            return f"{kind} {id}: {why}"
    return _missing(left)


def _missing(left: Mapping[str, set[UUID]], until: str = "") -> str | None:
    """The first row that should have come, of all kinds or of those up to one."""
    for kind, ids in left.items():
        if kind == until:
            break
        if ids:
            return f"{kind} {min(ids)}: its row is missing"
    return None


def _differs(kind: str, row: dict[str, Any], seal: _Seal | None, followed: Followed) -> str:
    form = form_of(kind, WORKFLOWS[kind].table.entity, seal.form) if seal is not None else None
    text = text_of(form, row) if form is not None else None
    if seal is None or form is None or text is None:
        followed.unsealed += 1
        return ""
    if digest(text) != seal.digest.hex():
        if form.rewritten:
            followed.unsealed += 1
            return ""
        return "its row is not what its last event left"
    followed.compared += 1
    parent = WORKFLOWS[kind].table.parent
    if parent and row[parent] != (str(seal.parent) if seal.parent is not None else None):
        return "it stands under another subject than its row says"
    return ""


async def wrong_engagement(connection: Connection, processor: UUID | None, followed: Followed) -> str | None:
    """The first engagement that no event began, or that did not end as events say."""
    told = _told(followed)
    there: list[dict[str, Any]] = []
    agreement = ""
    async for row in connection.cursor(sql("ledger_engagements"), processor, prefetch=PREFETCH):
        if agreement != str(row["agreement_id"]):
            if why := _engaged_otherwise(agreement, told.pop(agreement, []), there, followed):
                return why
            agreement, there = str(row["agreement_id"]), []
        there.append(msgspec.json.decode(row["engagement"]))
    if why := _engaged_otherwise(agreement, told.pop(agreement, []), there, followed):
        return why
    found = (_engaged_otherwise(one, rows, [], followed) for one, rows in told.items())
    return next((why for why in found if why), None)


def _told(followed: Followed) -> dict[str, list[dict[str, Any]]]:
    """The engagements that the events tell of, by agreement: transaction by transaction, in the ledger's order."""
    engaged = Engaged()
    transactions: dict[tuple[UUID, int], list[Any]] = {}
    for _, tx, steps in sorted(followed.steps, key=lambda one: one[0]):
        transactions.setdefault(tx, []).extend(msgspec.json.decode(steps))
    for one in transactions.values():
        engaged.tell(one)
    return engaged.rows


def _engaged_otherwise(
    agreement: str, told: list[dict[str, Any]], there: list[dict[str, Any]], followed: Followed
) -> str | None:
    why = differing(told, there)
    if why and not followed.is_blurred(agreement, (*told, *there)):
        return f"agreement {agreement}: {why}"
    return None


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
