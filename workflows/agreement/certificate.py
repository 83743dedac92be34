"""A certificate that the data are gone, which only a customer gets that asks for it. Pure.

Where the terms have a declaration come unasked, that one does; this is for those that say "upon request".
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from workflows.agreement.guards import AgreementStanding, AgreementStep, AgreementUnderTerms
from workflows.agreement.shared import letters
from workflows.deletion.clocks import CERTIFICATE
from workflows.deletion.items import item_in_words
from workflows.machine.effects import CloseDeadline, Effect, OpenDeadline
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.evidence import Evidence
from workflows.model.parties import Channel
from workflows.terms.due import due


class AskCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """The customer wants it on paper that its data are gone; how that reached us, and who said so (P10)."""

    channel: Channel
    by: str
    received_at: datetime | None = None
    evidence: Evidence | None = None


def ask(ctx: AgreementStep[AskCertificate]) -> Outcome[Agreement]:
    """Asked before the data are gone: it goes out with the word that they are, and its time runs from the request."""
    entity, said, personal = _asked(ctx)
    found = due(ctx.context.terms, CERTIFICATE, said["received_at"], entity.facts)
    shown = (OpenDeadline(found, "Certify that the data are gone", ctx.id),) if found.due_at is not None else ()
    return Outcome(entity, said, personal, shown)


def give(ctx: AgreementStep[AskCertificate]) -> Outcome[Agreement]:
    """Asked once the data are gone: everything that it says is confirmed, so it goes out at once."""
    entity, said, personal = _asked(ctx)
    mails = letters(ctx, "deleted", {"not_confirmed": not_confirmed(ctx, entity), "certificate": True})
    return Outcome(entity, said, personal, mails)


def not_confirmed(ctx: AgreementStanding, entity: Agreement) -> list[str]:
    """What could not be confirmed as gone, in the customer's words."""
    lang = ctx.context.customer.language
    return [str(item_in_words(one, lang)) for one in entity.plan if one.how == "not_confirmed"]


def with_the_last_word(ctx: AgreementStanding) -> tuple[dict[str, bool], tuple[Effect, ...]]:
    """What the message that the data are gone carries besides, and what that settles."""
    if ctx.entity.certificate_asked_at is None:
        return {}, ()
    return {"certificate": True}, (CloseDeadline(CERTIFICATE, "met"),)


def _asked(ctx: AgreementStep[AskCertificate]) -> tuple[Agreement, dict[str, datetime], dict[str, str]]:
    at = ctx.data.received_at or ctx.at
    personal = {key: value for key, value in (("by", ctx.data.by), ("evidence", ctx.data.evidence)) if value}
    return replace(ctx.entity, certificate_asked_at=at), {"received_at": at}, personal


def on_request(ctx: AgreementUnderTerms) -> str | None:
    if CERTIFICATE in ctx.context.terms.rules:
        return None
    end = ctx.context.terms.end
    if end.declaration:
        return f"A declaration goes to the customer unasked once the data are gone ({end.declaration_clause})."
    return f"These terms promise no certificate ({end.clause}); GET agreements/{{id}}/certificate.pdf makes one."
