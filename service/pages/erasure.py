"""Erasure by link (P23): asked for on the own page, confirmed on a page of its own that a second mail leads to."""

from datetime import timedelta
from typing import Final

from db.queries import sql
from db.session import Connection
from service.http.services import Services
from service.links import digest
from service.pages.forms import Form, Trouble
from service.pages.read import LONGEST_TOKEN, ContactPage, ErasurePage, Held, open_link, own_token, read_erasure
from service.pages.run_command import NotOurs, Posted, Taken
from service.pages.seal import FIELD, Sealed, read_seal
from service.pages.words import words_in
from workflows.agreement.erasure_request import Ask
from workflows.model.agreement import Choose

EVIDENCE: Final = "page form {}"
AGAIN: Final = timedelta(hours=1)
"""A mail with the link was just sent: asked again within this, it is not sent again."""


async def ask_erasure(posted: Posted, page: ContactPage, held: Held, seal: Sealed) -> Taken | Trouble:
    """Send the mail that asks for confirmation; nothing else happens. The agreement must be locked."""
    w = words_in(page.customer.language)
    agreement, contact = held.agreement.id, page.contact
    asked = await posted.connection.fetchrow(sql("erasure_asked"), [page.link.processor], agreement, contact.id)
    if asked is not None and asked["form"] == seal.nonce:
        return Taken(seal.nonce, "erasure_asked")
    if asked is not None and posted.now < asked["created_at"] + AGAIN:
        return Trouble(status=409, message=w("error.erasure_asked"), field="choice")
    if not contact.email:
        return Trouble(status=409, message=w("error.erasure_address"), field="choice")
    data = Ask(contact_id=contact.id, form=seal.nonce)
    await posted.run(page.link, agreement, "ask_erasure", data, requested=False)
    return Taken(seal.nonce, "erasure_asked")


async def load_erasure(connection: Connection, parts: Services, token: str) -> ErasurePage | None:
    """What a token that confirms an erasure opens."""
    link = await open_link(connection, token, "erasure")
    return await read_erasure(connection, parts.engine, parts.settings.secret_key, link) if link else None


async def confirm_erasure(posted: Posted, token: str, form: Form, seconds: float) -> Taken | NotOurs | Trouble | None:
    """Record that the customer chose erasure; None where the link opens nothing. `seconds` of real time."""
    connection, parts = posted.connection, posted.parts
    page = await load_erasure(connection, parts, token)
    if page is None:
        return await _confirmed_before(connection, parts, token, form, seconds)
    seal = read_seal(parts.settings.secret_key, page.link.id, form[FIELD], seconds)
    if seal is None:
        return NotOurs()
    w = words_in(page.customer.language)
    if seal.stale:
        return Trouble(status=409, message=w("error.stale"), field="confirm")
    if form["confirm"] != "erase":
        return Trouble(status=400, message=w("error.confirm"), field="confirm")
    await posted.hold(page.link, page.agreement.id)
    if await open_link(connection, token, "erasure") is None:
        # Somebody chose while we waited, perhaps this very form.
        return await _confirmed_before(connection, parts, token, form, seconds)
    data = Choose(
        data="erase",
        channel="link",
        received_at=posted.at,
        by=page.contact.name,
        evidence=EVIDENCE.format(seal.nonce),
    )
    await posted.run(page.link, page.agreement.id, "choose", data)
    return Taken(seal.nonce, "erasure", page.own_token)


async def _confirmed_before(
    connection: Connection, parts: Services, token: str, form: Form, seconds: float
) -> Taken | None:
    """The same form once more: the link is spent, and the answer is the one that was given."""
    if len(token) > LONGEST_TOKEN:
        return None
    row = await connection.fetchrow(sql("open_spent"), digest(token))
    if row is None:
        return None
    seal = read_seal(parts.settings.secret_key, row["id"], form[FIELD], seconds)
    tenant = [row["processor_id"]]
    evidence = await connection.fetchval(sql("choice_evidence"), tenant, row["subject_id"])
    if seal is None or evidence != EVIDENCE.format(seal.nonce):
        return None
    own = await connection.fetchrow(sql("own_page"), tenant, row["customer_id"], row["contact_id"])
    if own is None:
        return None
    return Taken(seal.nonce, "erasure", own_token(parts.settings.secret_key, own) or "")
