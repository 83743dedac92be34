"""What announcing a change would do: whom it reaches, by which rule, until when, and who is left out (P14, P20).

Nothing is written. The digest is over what decides, not over the time of day, so that the preview
that was looked at can be named when the change is announced.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from workflows.change.announced import text_of
from workflows.engine.engine import Engine
from workflows.errors import Conflict, NotFound
from workflows.machine.vocabulary import UNBORN, Standing
from workflows.mail_address import address_problem
from workflows.model.notice import Notice, NoticeContext
from workflows.model.parties import Contact, Subprocessor
from workflows.model.per_language import lacking
from workflows.notice.guards import addressees, nobody_named
from workflows.notice.scope import Decision, agreed_alone
from workflows.notice.window import open_window
from workflows.reach.fan_out import AnnouncedChange, FanOutTarget, read_change, targets
from workflows.reach.previewed import Counts, LeftOut, Preview, PreviewPage, PreviewRight, Reached, WaitsFor, beside
from workflows.terms.countries import in_region
from workflows.terms.law import law_of
from workflows.terms.model import Terms
from workflows.time import local_day, start_of_day
from workflows.words import SOURCE, locale_of

CHUNK: Final = 200
"""Agreements that are looked at between two questions to the database: others wait as long as these take."""

_ENGAGING: Final = ("add", "replace", "relocate")

NOT_YET: Final = "it is not in force yet: it is told when it enters into force"


async def preview(
    connection: Connection,
    engine: Engine,
    processor: UUID,
    change: UUID,
    now: datetime,
    *,
    most: int | None = None,
    contacts: set[UUID] | None = None,
    page: PreviewPage | None = None,
    known: Preview | None = None,
) -> Preview:
    """Look at what announcing would do `now` (UTC); `most` bounds how many agreements are looked at, `page` how many
    are shown. `next` is the id of the last one that is shown, where there are more. `known` is what an earlier page
    says of all agreements: with it, only those of this page are looked at.

    Who would get a message is added to `contacts`. Raises NotFound.
    """
    found = await read_change(connection, engine, processor, change)
    if found is None:
        raise NotFound("There is no such change here; look at the list for its id.")
    version = await connection.fetchval(sql("subject_version"), [processor], change)
    shown = page or PreviewPage()
    sum_up = _Sum(engine, found, now, version, contacts if contacts is not None else set(), shown)
    after, chunk = (None, CHUNK) if known is None else (shown.after, shown.limit + 1)
    seen = 0
    async for rows in _agreements(connection, processor, change, after, chunk):
        for row, target in zip(rows, await targets(connection, engine, rows), strict=True):
            sum_up.add(target, told="told" in row["tags"])
        seen += len(rows)
        if (most is not None and seen >= most) or (known is not None and sum_up.more):
            break
    return sum_up.done() if known is None else _of_all(sum_up.done(), known)


def _of_all(page: Preview, known: Preview) -> Preview:
    """A page with what was found over all agreements."""
    return replace(
        page,
        digest=known.digest,
        earliest_go_live=known.earliest_go_live,
        earliest_go_live_why=known.earliest_go_live_why,
        warnings=known.warnings,
        counts=known.counts,
        differences=known.differences,
    )


async def require_digest(
    connection: Connection, engine: Engine, processor: UUID, change: UUID, now: datetime, digest: str
) -> None:
    """Raise Conflict unless what would happen is still what was looked at (P20)."""
    found = await preview(connection, engine, processor, change, now)
    if found.digest != digest:
        raise Conflict(
            "What this change would do is no longer what the preview showed: "
            "read the preview again, and name its digest."
        )


async def _agreements(
    connection: Connection, processor: UUID, change: UUID, cursor: UUID | None, chunk: int
) -> AsyncIterator[list[Any]]:
    while True:
        rows = await connection.fetch(sql("agreements_to_preview"), processor, change, cursor, chunk)
        if rows:
            yield rows
        if len(rows) < chunk:
            return
        cursor = rows[-1]["id"]


class _Window(msgspec.Struct, frozen=True):
    """What a notice received now would open; the same for all agreements of one decision and one set of facts."""

    rights: tuple[PreviewRight, ...]
    closes_at: datetime | None
    proceeds_at: datetime | None
    earliest: datetime | None
    waits_for: WaitsFor | None


def why_unknown(waiting: int, total: int, *, known: bool) -> str | None:
    """Why nobody can say when a change begins for `waiting` of the `total` agreements it reaches; None where somebody
    can. `known`: it is known for others of them."""
    if not waiting:
        return None if known or not total else "nobody can say: no window or period of its own runs to an end"
    if total == 1:
        return "the agreement waits for a yes of the customer, and for this one no day is known"
    if waiting == 1:
        return f"{waiting} of {total} agreements waits for a yes of the customer, and for this one no day is known"
    return f"{waiting} of {total} agreements wait for a yes of the customer, and for these no day is known"


class _Sum:
    """Gathers decisions one by one, in the order of agreements' ids."""

    def __init__(
        self,
        engine: Engine,
        found: AnnouncedChange,
        now: datetime,
        version: int,
        contacts: set[UUID],
        page: PreviewPage,
    ) -> None:
        self._page = page
        self._last: UUID | None = None
        """The last agreement of the page, once it is full."""
        self.more = False
        self._engine = engine
        self._found = found
        self._now = now
        self._contacts = contacts
        self._windows: dict[tuple[str, bytes], _Window] = {}
        self._hash = hashlib.sha256()
        self._reached: list[Reached] = []
        self._left_out: list[LeftOut] = []
        self._missing: list[LeftOut] = []
        self._rules: Counter[str] = Counter()
        self._counts = Counter[str]()
        self._earliest: datetime | None = None
        self._late = 0
        self._waiting = 0
        self._warnings: dict[str, int] = {}
        self._texts: dict[UUID, Terms] = {}
        self._old = Counter[UUID]()
        self._text = text_of(found.change, found.subprocessor, None, now)
        self._feed(
            {
                "change": found.change,
                "version": version,
                "subprocessor": found.subprocessor,
                "notice_time": found.processor.notice_time,
                "reply_to": found.processor.reply_to,
            }
        )

    def add(self, target: FanOutTarget, *, told: bool) -> None:
        """Take the next agreement; `told`: it is in force or still holds data."""
        agreement, customer = target.agreement, target.customer
        decision = self._found.decide(target, self._now)
        if not told:
            decision = replace(decision, included=False, why=NOT_YET)
        who: dict[str, Any] = {"agreement_id": agreement.id, "customer_id": customer.id, "customer": customer.name}
        to = addressees(customer, target.terms) if decision.included else ()
        if not decision.unsaid:
            self._contacts.update(one.id for one in to)
        self._feed(self._decided(target, decision, to))
        if not decision.included:
            self._keep(self._left_out, "left_out", LeftOut(why=decision.why, **who))
            self._end_page(agreement.id)
            return
        if not to:
            self._keep(self._missing, "contacts_missing", LeftOut(why=nobody_named(target.terms), **who))
        window = self._window(target, decision)
        warnings = (*decision.warnings, *self._of_texts(target))
        self._texts.setdefault(agreement.terms_version_id, target.terms)
        self._old[agreement.terms_version_id] += 1
        self._rules[decision.rule] += 1
        for warning in warnings:
            self._warnings[warning] = self._warnings.get(warning, 0) + 1
        self._waiting += window.waits_for is not None
        if window.earliest is not None:
            self._earliest = min(self._earliest or window.earliest, window.earliest)
            wished = self._found.change.effective_on
            self._late += wished is not None and window.earliest > start_of_day(wished, target.terms.zone)
        row = Reached(
            **who,
            terms=f"{agreement.terms} {agreement.terms_version}",
            rule=decision.rule,
            clause=decision.clause,
            rights=window.rights,
            closes_at=window.closes_at,
            proceeds_at=window.proceeds_at,
            earliest_go_live=window.earliest,
            waits_for=window.waits_for,
            warnings=warnings,
        )
        self._keep(self._reached, "agreements", row)
        self._end_page(agreement.id)

    def _of_texts(self, target: FanOutTarget) -> Iterator[str]:
        """What this customer would read in another language than its own, and what it would not be told."""
        lang = target.customer.language
        found = lacking(self._text, lang, self._found.processor.language)
        if found:
            reads = locale_of(SOURCE).languages[lang]
            yield f"the customer reads {reads}, and finds in another language: {', '.join(f'`{one}`' for one in found)}"
        law, sub = law_of(target.terms), self._text.subprocessor
        if (
            law is None
            or not law.inside
            or sub is None
            or sub.transfer_basis
            or self._found.change.kind not in _ENGAGING
        ):
            return
        places = (self._text.country, *sub.countries)
        held = self._found.subprocessor.certifications if self._found.subprocessor is not None else ()
        on = local_day(self._now, target.terms.zone)
        abroad = dict.fromkeys(one for one in places if one is not None and not in_region(one, law.inside, on, held))
        if abroad:
            yield f"no transfer_basis is on record for {', '.join(abroad)}: customers are not told of one"

    def done(self) -> Preview:
        return Preview(
            change_id=self._found.change.id,
            digest=self._hash.hexdigest(),
            agreements=self._reached,
            left_out=self._left_out,
            contacts_missing=self._missing,
            earliest_go_live=self._earliest,
            earliest_go_live_why=why_unknown(
                self._waiting, self._counts["agreements"], known=self._earliest is not None
            ),
            warnings=list(self._warnings_in_words()),
            counts=Counts(
                agreements=self._counts["agreements"],
                left_out=self._counts["left_out"],
                contacts_missing=self._counts["contacts_missing"],
                rules=dict(self._rules),
                waiting=self._waiting,
            ),
            differences=[
                beside(old, self._found.coming, self._old[key])
                for key, old in self._texts.items()
                if self._found.coming is not None
            ],
            next=str(self._last) if self.more else None,
        )

    def _warnings_in_words(self) -> list[str]:
        total = self._counts["agreements"]
        said = [
            warning if number == total else f"{warning} (for {number} of {total} agreements)"
            for warning, number in self._warnings.items()
        ]
        reply_to = self._found.processor.reply_to
        if not reply_to:
            said.insert(0, "no reply_to is set: answers by mail reach nobody, so set it on the processor first")
        elif (wrong := address_problem(reply_to)) is not None:
            said.insert(0, f"reply_to {wrong}; until then answers by mail reach nobody")
        if self._found.subprocessor is not None:
            said += known_twice(self._found.subprocessor.duplicate_of)
            if self._found.change.kind in _ENGAGING:
                said += bare(self._found.subprocessor)
        if self._counts["contacts_missing"]:
            said.append(f"{self._counts['contacts_missing']} customers have no contact whom a message reaches")
        if self._late and self._found.change.effective_on is not None:
            day = self._found.change.effective_on.isoformat()
            said.append(f"{self._late} of {total} agreements cannot follow on {day}: their own yes comes later")
        if not total:
            said.append("the change reaches no agreement")
        return said

    def _keep(self, rows: list[Any], kind: str, row: Any) -> None:
        self._counts[kind] += 1
        if self._page.after is not None and row.agreement_id <= self._page.after:
            return
        if self._last is None:
            rows.append(row)
        else:
            self.more = True

    def _end_page(self, agreement: UUID) -> None:
        longest = max(len(self._reached), len(self._left_out), len(self._missing))
        if self._last is None and longest >= self._page.limit:
            self._last = agreement

    def _feed(self, said: Any) -> None:
        self._hash.update(msgspec.json.encode(said, order="deterministic") + b"\n")

    def _decided(self, target: FanOutTarget, decision: Decision, to: tuple[Contact, ...]) -> dict[str, Any]:
        """What decides for one agreement; nothing in it depends on the hour."""
        return {
            "agreement": target.agreement.id,
            "terms": target.agreement.terms_version_id,
            "facts": target.agreement.facts,
            "decision": decision,
            "to": [(one.id, one.email) for one in to],
        }

    def _window(self, target: FanOutTarget, decision: Decision) -> _Window:
        agreement = target.agreement
        key = (
            str(agreement.terms_version_id),
            msgspec.json.encode([agreement.facts, decision], order="deterministic"),
        )
        if key not in self._windows:
            self._windows[key] = self._open(target, decision)
        return self._windows[key]

    def _open(self, target: FanOutTarget, decision: Decision) -> _Window:
        """Open the window as the notice itself would, on receipt now."""
        found, agreement = self._found, target.agreement
        notice = Notice(
            id=agreement.id,
            processor_id=found.processor.id,
            change_id=found.change.id,
            agreement_id=agreement.id,
            customer_id=target.customer.id,
            rule=decision.rule,
            clause=decision.clause,
            form=decision.form,
            grounds=decision.grounds,
            rights=decision.rights,
            own_period=decision.own_period,
            emergency=decision.emergency,
        )
        context = NoticeContext(
            change=found.change,
            agreement=agreement,
            customer=target.customer,
            processor=found.processor,
            subprocessor=found.subprocessor,
            terms=target.terms,
            arrival=self._engine.arrival,
        )
        standing = Standing(state=UNBORN, tags=frozenset(), entity=notice, context=context)
        opened, _ = open_window(standing, notice, self._now, "direct", now=self._now)
        waits: WaitsFor | None = None
        if opened.engages_at is None:
            waits = "agreement" if agreed_alone(target.terms, found.change) else "consent"
        return _Window(
            rights=tuple(
                PreviewRight(rule=one.rule, clause=one.clause, closes_at=one.closes_at, form=one.form)
                for one in opened.rights
            ),
            closes_at=opened.closes_at,
            proceeds_at=opened.proceeds_at,
            earliest=opened.engages_at,
            waits_for=waits,
        )


def bare(sub: Subprocessor) -> tuple[str, ...]:
    """What to say of a subprocessor of whom customers would learn little more than the name."""
    missing = [name for name in ("address", "contact", "categories") if not getattr(sub, name)]
    if not missing:
        return ()
    return (f"{sub.name} has no {', '.join(missing)} on record, so the notices say nothing of that: enter it first",)


def known_twice(duplicate_of: UUID | None) -> tuple[str, ...]:
    """What to say of a subprocessor one of whose names another record has."""
    if duplicate_of is None:
        return ()
    return (
        f"one of its names is that of the subprocessor {duplicate_of} already: if it is the same company, use that "
        "record, for customers and the gate know a subprocessor by its record",
    )
