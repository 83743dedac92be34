"""What a data subject's request is, as it concerns the processor. Pure."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.agreement import Agreement
from workflows.model.evidence import Evidence
from workflows.model.parties import Channel, Customer, Entity, Processor
from workflows.terms.model import Terms

RequestKind = Literal["access", "rectification", "erasure", "restriction", "portability", "objection"]


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A span in which what is needed from the customer was missing; `until` null while it lasts. UTC.

    `agreed_by`: who at the customer agreed that the help may take as much longer; empty: nothing moves.
    """

    since: datetime
    reason: str
    until: datetime | None = None
    agreed_by: str = ""


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """The controller takes longer (GDPR 12(3)), or agreed to a later day for the processor's help."""

    at: datetime
    reason: str
    until: date | None = None
    agreed_by: str = ""


class Request(Entity, frozen=True, kw_only=True):
    """A request of a data subject, known by a reference and never by its name; `origin` names the form it came by.

    `due_at` (UTC) is when the processor's help is due; `original_due_at` what it was before an agreed pause or
    extension moved it; both null where the agreement gives no number. `answer_due_at` is the controller's own
    month, shown and never acted on.
    """

    agreement_id: UUID
    customer_id: UUID
    kind: RequestKind
    received_at: datetime
    received_from: Literal["customer", "data_subject"]
    channel: Channel | None = None
    controller_received_at: datetime | None = None
    reference: str = ""
    note: str = ""
    origin: str = ""
    due_at: datetime | None = None
    original_due_at: datetime | None = None
    answer_due_at: datetime | None = None
    written_at: datetime | None = None
    forwarded_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    settled_at: datetime | None = None
    result: str = ""
    evidence: str = ""


class RequestContext(msgspec.Struct, frozen=True, kw_only=True):
    agreement: Agreement
    customer: Customer
    processor: Processor
    terms: Terms


class RequestIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new request. `reference` tells requests apart without naming anybody; `controller_received_at` is when the
    customer itself got it, where that is known."""

    agreement_id: UUID
    kind: RequestKind
    received_from: Literal["customer", "data_subject"]
    received_at: datetime | None = None
    channel: Channel | None = None
    controller_received_at: datetime | None = None
    reference: str = ""
    note: str = ""


class Because(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str


class PauseIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is missing; `agreed_by` who at the customer agreed that the help may take as much longer."""

    reason: str
    agreed_by: str = ""


class Extend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it takes longer; `until` a day that the customer agreed to for the processor's help, and who agreed."""

    reason: str
    until: date | None = None
    agreed_by: str = ""


class Assist(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer asks for help with what was passed to it: how that reached us and who said so (P10)."""

    channel: Channel
    by: str
    evidence: Evidence = ""


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request came in writing too: how, by whom, and where it is kept (P10)."""

    channel: Channel
    by: str
    evidence: Evidence
    received_at: datetime | None = None


class Fulfil(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done, and the proof of it."""

    note: str = ""
    evidence: Evidence = ""
