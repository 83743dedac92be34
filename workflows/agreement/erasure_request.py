"""Asking for erasure on a contact's own page (P23): it counts only when it is confirmed from a second message.

Asking sends that message, and nothing else. Pure.
"""

from typing import Any
from uuid import UUID

import msgspec

from workflows.agreement.guards import AgreementStanding, AgreementStep
from workflows.machine.effects import Effect, RevokeLinks, Send
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.parties import Contact

CONFIRM = "erase_confirm"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; `form` is the showing of the page it came from."""

    contact_id: UUID
    form: str = ""


def ask_erasure(ctx: AgreementStep[Ask]) -> Outcome[Agreement]:
    """P23: a message with a link of its own goes to whoever asked; only what that link confirms is a choice."""
    contact = _asking(ctx)
    data = {"form": ctx.data.form, "received_at": ctx.at.isoformat()}
    return Outcome(
        ctx.entity,
        {"contact_id": contact.id, "channel": "link"},
        {"form": ctx.data.form},
        (_letter(ctx, CONFIRM, contact, data),),
    )


def spent_links(ctx: AgreementStanding) -> tuple[Effect, ...]:
    """A choice was made: links that would confirm an erasure asked before open nothing any more."""
    return tuple(RevokeLinks(one.id, purpose="erasure") for one in ctx.context.customer.contacts)


def _letter(ctx: AgreementStanding, kind: str, contact: Contact, data: dict[str, Any]) -> Send:
    customer = ctx.context.customer
    return Send(kind, customer.id, contact.id, contact.email or "", customer.language, data)


def _asking(ctx: AgreementStep[Ask]) -> Contact:
    return next(one for one in ctx.context.customer.contacts if one.id == ctx.data.contact_id)


def contact_here(ctx: AgreementStep[Ask]) -> str | None:
    if any(one.id == ctx.data.contact_id and one.email for one in ctx.context.customer.contacts):
        return None
    return "Whoever asks is no contact with an e-mail address of this customer."


def erasure_open(ctx: AgreementStanding) -> str | None:
    """There is a choice, and erasure was not chosen."""
    end, chosen = ctx.context.terms.end, ctx.entity.choice
    if end.data != "choice":
        return f"The data go by themselves under these terms ({end.clause}): there is nothing to choose."
    return "Erasure was chosen before." if chosen is not None and chosen.data == "erase" else None
