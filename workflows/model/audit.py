"""What an audit by the controller is. Pure."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from workflows.model.agreement import Agreement
from workflows.model.evidence import Evidence
from workflows.model.parties import Channel, Customer, Entity, Processor
from workflows.terms.model import Terms

Shortfall = Literal["none", "minor", "security", "material"]
"""How grave a finding is: `security` a security duty not (fully) met, `material` a culpable failure in a material
duty; which of them moves the cost is for the terms to say. Null where nobody has said how grave it is."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was found, and by when it is to be better."""

    id: UUID
    text: str
    kind: Shortfall | None = None
    improve_by: date | None = None
    done_at: datetime | None = None
    note: str = ""


class Audit(Entity, frozen=True, kw_only=True):
    """An audit from its request to its last improvement.

    `indications`: the customer's substantiated signs, recorded and never judged; `authority`: an authority asks
    for it; `origin` names the form it came by. `warnings` say what the terms limit; they never block. `cost` is
    who bears it, by what was found, null where the agreement does not say; where it is `shared`, `cost_share` is
    the processor's part in per cent, null while nobody has said. `next_from` (UTC) is from when the terms foresee
    the next one.
    """

    agreement_id: UUID
    customer_id: UUID
    requested_at: datetime
    channel: Channel | None = None
    origin: str = ""
    indications: str = ""
    authority: str = ""
    auditor: str = ""
    warnings: tuple[str, ...] = ()
    planned_on: date | None = None
    scope: str = ""
    nda_signed_on: date | None = None
    nda_evidence: str = ""
    reported_at: datetime | None = None
    certificate: str = ""
    findings: tuple[Finding, ...] = ()
    cost: Literal["controller", "processor", "own", "shared"] | None = None
    cost_share: int | None = None
    cost_clause: str = ""
    next_from: datetime | None = None
    closed_at: datetime | None = None
    result: str = ""


class AuditContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit's steps see besides its own fields.

    `same_year`: other audits of the agreement in that year; `last_at` when the last one before it was (UTC).
    """

    agreement: Agreement
    customer: Customer
    processor: Processor
    terms: Terms
    same_year: tuple[UUID, ...] = ()
    last_at: datetime | None = None


class AuditIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    agreement_id: UUID
    requested_at: datetime | None = None
    channel: Channel | None = None
    indications: str = ""
    authority: str = ""
    auditor: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day agreed on, what is looked at and by whom.

    `agreed_by`: who of the processor agreed that it takes place sooner than the agreement's notice has it.
    """

    on: date
    agreed_by: str = ""
    scope: str | None = None
    auditor: str | None = None


class SignNda(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The auditor signed for secrecy on that day."""

    on: date
    auditor: str | None = None
    evidence: Evidence = ""


class FindingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    kind: Shortfall | None = None
    improve_by: date | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report, as far as it concerns the processor; none found is an empty list.

    `unsigned`: why the auditor had not signed for secrecy before the audit, where the terms want it.
    """

    findings: tuple[FindingIn, ...]
    received_at: datetime | None = None
    evidence: Evidence = ""
    unsigned: str = ""


class DivideCost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far what was found moves the cost: the processor's part in per cent, and why."""

    processor: Annotated[int, msgspec.Meta(ge=0, le=100)]
    reason: str


class Certificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A certificate, a third party's report or a statement of applicability that is offered instead."""

    evidence: Evidence


class Improve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    finding_id: UUID
    note: str = ""


class CloseAudit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    result: str = ""


class RefuseAudit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is refused, where the agreement lets the processor refuse at all."""

    reason: str
