"""What an import changes of what is on record, where it was asked to: by the steps that a person would take."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db import clock
from db.session import Connection
from service.importing.comparing import (
    Difference,
    agreement_differences,
    customer_differences,
    customer_update,
    draft_update,
)
from service.importing.findings import Findings
from service.importing.known import KnownAgreement, KnownCustomer
from service.importing.records import AgreementRecord, Books, CustomerRecord
from service.importing.writing import overtaken
from workflows.customer.table import CUSTOMER
from workflows.engine.engine import Engine, Held
from workflows.errors import Refused
from workflows.kinds import WORKFLOWS
from workflows.machine.vocabulary import Command
from workflows.model.agreement import DraftUpdate
from workflows.model.parties import CustomerUpdate

_TRIGGER: Final = "update"
_AT_ONCE: Final = 200


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """A record of which a file says otherwise, and what would change it; `data` None: no import may."""

    kind: Literal["customer", "agreement"]
    subject: UUID
    state: str
    differences: tuple[Difference, ...]
    data: CustomerUpdate | DraftUpdate | None
    again: Callable[[Any, str], "Update"]
    """The same lines of the file beside the row, and its state, as they are by then."""

    @property
    def number(self) -> str | None:
        """The number that it would have from then on."""
        found = self.data.external_id if self.data is not None else None
        return found if isinstance(found, str) else None


def update_of_customer(record: CustomerRecord, known: KnownCustomer, *, update: bool) -> Update:
    """In what a file says otherwise of a customer. `update`: it is asked to change that."""
    found = customer_differences(record, known, update=update)
    goes = known.now.merged_into is None and known.now.erased_at is None
    return Update(
        kind="customer",
        subject=known.now.id,
        state=CUSTOMER.table.initial,
        differences=tuple(found),
        data=customer_update(record, known, found) if goes else None,
        again=lambda now, _: update_of_customer(record, replace(known, now=now), update=update),
    )


def update_of_agreement(
    record: AgreementRecord, known: KnownAgreement, by_name: Mapping[str, UUID], *, update: bool, numbered: bool
) -> Update:
    """In what a file says otherwise of an agreement. `update`, `numbered`: as for `agreement_differences`."""
    found = agreement_differences(record, known, by_name, update=update, numbered=numbered)
    return Update(
        kind="agreement",
        subject=known.now.id,
        state=known.state,
        differences=tuple(found),
        data=draft_update(record, known, by_name, found),
        again=lambda now, state: update_of_agreement(
            record, replace(known, now=now, state=state), by_name, update=update, numbered=numbered
        ),
    )


async def check_updates(
    connection: Connection, engine: Engine, updates: Sequence[Update], books: Books, actor: str, findings: Findings
) -> None:
    """Whether each may be carried out; what its table refuses stands at its line."""
    for kind in ("customer", "agreement"):
        mine = [one for one in updates if one.kind == kind and one.data is not None]
        for start in range(0, len(mine), _AT_ONCE):
            some = mine[start : start + _AT_ONCE]
            ids = [one.subject for one in some]
            loaded = await engine.surroundings(connection, kind, [books.processor.id], ids)
            for one in some:
                try:
                    WORKFLOWS[kind].step(one.state, *loaded[one.subject], _command(one, books.now, actor))
                except Refused as refused:
                    findings.add(one.differences[0].line, "", refused.detail.rstrip("."))


async def carry_out(
    connection: Connection, engine: Engine, updates: Sequence[Update], books: Books, actor: str
) -> None:
    """Change what may be changed; the caller commits.

    The file was compared with rows that nobody held, and customers and managers go on meanwhile. So each is held only
    now, for as short as can be, and compared again: what others did to the rest of it stays. Raises Conflict where
    they changed the very thing that the file would change.
    """
    asked: dict[UUID, list[Update]] = {}
    for one in updates:
        if one.data is not None:
            asked.setdefault(one.subject, []).append(one)
    subjects = sorted(asked)  # as everybody locks
    for start in range(0, len(subjects), _AT_ONCE):
        some = [asked[one] for one in subjects[start : start + _AT_ONCE]]
        held = await _hold(connection, engine, [one for mine in some for one in mine], books)
        for one in (one for mine in some for one in mine):
            _refuse_overtaken(one, held)
        now = await clock.now(connection)
        # Several lines may speak of one agreement, as of its main contracts: each goes on from the one before.
        for number, turn in enumerate(zip_longest(*some)):
            present = [one for one in turn if one is not None]
            if number > 0:
                held = await _hold(connection, engine, present, books)
            fresh = [_again(one, held) for one in present]
            commands = [_command(one, now, actor) for one in fresh if one.differences and one.data is not None]
            if commands:
                await engine.run(connection, [books.processor.id], commands, held=held)


async def _hold(connection: Connection, engine: Engine, updates: Sequence[Update], books: Books) -> Held:
    ids = list(dict.fromkeys(one.subject for one in updates))
    return await engine.hold(connection, [books.processor.id], ids)


def _again(one: Update, held: Held) -> Update:
    return one.again(held.loaded[one.subject][0], held.subjects[one.subject].state)


def _refuse_overtaken(one: Update, held: Held) -> None:
    """What the file says otherwise by now it said otherwise before; less of it is well, as another did the same."""
    fresh = _again(one, held)
    if set(fresh.differences) <= set(one.differences) and not (fresh.differences and fresh.data is None):
        return
    raise overtaken(one.differences[0].line)


def _command(one: Update, now: datetime, actor: str) -> Command:
    return Command(subject=one.subject, trigger=_TRIGGER, at=now, now=now, actor=actor, data=one.data)
