"""The versions of an agreement's terms: agreed on, asked for by date, and the facts that one waits for."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from db.session import Connection
from workflows.agreement.versions import on_day, text_at
from workflows.engine.engine import Engine
from workflows.errors import BadInput, NotFound, Problem
from workflows.intake.agreements import find_terms
from workflows.intake.checks import Checks
from workflows.model.agreement import Agreement
from workflows.model.terms_version import AmendText, AmendTextIn, Binds
from workflows.terms.load import to_document


class TextInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The version that binds an agreement `since` and `until` (UTC; null: from its entry into force, and on), why,
    by which change, notice and proof, and its rules as data."""

    agreement_id: UUID
    on: date | None
    terms: str
    version: str
    version_id: UUID
    since: datetime | None
    until: datetime | None
    how: Binds
    change_id: UUID | None
    notice_id: UUID | None
    agreed_on: date | None
    evidence: str | None
    document: dict[str, Any]


async def text_in_force(
    connection: Connection, engine: Engine, agreement: Agreement, on: date | None, now: datetime
) -> TextInForce:
    """The version on a day in the agreement's zone, or `now` (UTC).

    Raises NotFound for a day before it was in force, BadInput for one that cannot be computed with.
    """
    checks = Checks()
    checks.day("on", on)
    checks.done()
    present = (await engine.terms(connection, [agreement.terms_version_id]))[agreement.terms_version_id]
    found = text_at(agreement, now if on is None else on_day(present, on, now))
    if found is None:
        since = agreement.in_force_since
        when = f" since {since.isoformat()}" if since is not None else ""
        raise NotFound(f"No version bound this agreement on {on}: it is in force{when}. Ask for a later day.")
    text, until = found
    terms = (await engine.terms(connection, [text.version_id]))[text.version_id]
    return TextInForce(
        agreement_id=agreement.id,
        on=on,
        terms=agreement.terms,
        version=text.version,
        version_id=text.version_id,
        since=text.since,
        until=until,
        how=text.how,
        change_id=text.change_id,
        notice_id=text.notice_id,
        agreed_on=text.agreed_on,
        evidence=text.evidence,
        document=to_document(terms),
    )


async def agreed_text(connection: Connection, engine: Engine, agreement: Agreement, given: AmendTextIn) -> AmendText:
    """Say what an agreed amendment has to carry: the version that is meant.

    Raises BadInput where there is no such version, or a fact does not fit it.
    """
    try:
        meant = await find_terms(connection, engine, agreement.processor_id, agreement.terms, given.to_version)
    except BadInput as error:
        raise BadInput(error.detail, (Problem("to_version", error.problems[0].message),)) from None
    checks = Checks()
    checks.day("agreed_on", given.agreed_on)
    checks.day("effective_on", given.effective_on)
    checks.line("by", given.by)
    checks.known_facts("facts", meant.terms, given.facts)
    checks.done()
    return AmendText(**msgspec.structs.asdict(given), version_id=meant.id)


async def check_awaited_facts(
    connection: Connection, engine: Engine, agreement: Agreement, facts: dict[str, Any]
) -> None:
    """Check facts against the version that waits for them. Raises BadInput."""
    version = agreement.adopting.text.version_id if agreement.adopting is not None else agreement.terms_version_id
    terms = (await engine.terms(connection, [version]))[version]
    checks = Checks()
    checks.known_facts("facts", terms, facts)
    if not facts:
        checks.wrong("facts", 'is empty: give what the version leaves blank, such as {"end.erasure": "P30D"}')
    checks.done()
