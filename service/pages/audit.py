"""Asking for an audit on a contact's own page: what the agreement says of it, and the request."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from service.pages.asking import asked_before
from service.pages.forms import LONGEST_GROUNDS, Trouble
from service.pages.read import ContactPage
from service.pages.section import Section, Taking
from service.pages.words import Words
from workflows.agreement import AGREEMENT
from workflows.agreement_asks import AUDIT as KIND
from workflows.agreement_asks import Ask
from workflows.terms.explain import explained
from workflows.terms.phrases import phrases_in


class Auditable(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement under which an audit can be asked for, with its own rules of audits."""

    id: UUID
    title: str
    references: str
    rules: tuple[str, ...]
    needs_reason: bool


def _view(p: ContactPage, rows: Sequence[Any], w: Words) -> tuple[Auditable, ...] | None:
    del rows
    title = phrases_in(w.lang).sections["audit"]
    found = []
    for one in p.agreements:
        terms = p.terms[one.agreement.terms_version_id]
        if not AGREEMENT.answers("ask_audit", one.state):
            continue
        told = explained(terms, w.lang, one.agreement.facts)
        rules = next((tuple(w.soft(line) for line in part.lines) for part in told if part.title == title), ())
        found.append(
            Auditable(
                id=one.agreement.id,
                title=terms.title,
                references=", ".join(contract.reference for contract in one.agreement.main_contracts),
                rules=rules,
                needs_reason=terms.audit is not None and terms.audit.needs_reason,
            )
        )
    return tuple(found) or None


async def _take(t: Taking) -> Trouble | None:
    found = _view(t.page, (), t.w) or ()
    wanted = next((one for one in found if str(one.id) == t.form["agreement"]), None)
    if wanted is None:
        return Trouble(status=400, message=t.w("error.audit_agreement"), field="audit")
    field, words = f"audit-words-{wanted.id}", t.form["words"]
    if wanted.needs_reason and not words:
        return Trouble(status=422, message=t.w("error.audit_reason"), field=field)
    if len(words) > LONGEST_GROUNDS:
        return Trouble(status=422, message=t.w("error.words_long", count=t.w.number(LONGEST_GROUNDS)), field=field)
    await t.parts.engine.lock(t.connection, [t.page.link.processor], [wanted.id])
    match await asked_before(t, wanted.id, KIND):
        case "same":
            return None
        case "open":
            return Trouble(status=409, message=t.w("error.asked_before"), field=field)
        case "no":
            data = Ask(contact_id=t.page.contact.id, words=words, form=t.seal.nonce)
            await t.act(wanted.id, "ask_audit", data)
            return None


AUDIT: Final = Section(name="audit", view=_view, take=_take)
