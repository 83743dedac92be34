"""Audits on a contact's own page: what the agreement says of them, how each stands, and asking for one."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup

from db.queries import sql
from service.pages.forms import LONGEST_GROUNDS, Trouble
from service.pages.read import ContactPage
from service.pages.sections.section import Section, Taking
from service.pages.words import Words
from workflows.agreement.table import AGREEMENT
from workflows.intake.audits import new_audit
from workflows.intake.checks import line_problem
from workflows.model.audit import Audit, AuditIn
from workflows.terms.explain import explained
from workflows.terms.phrases import section_title

_BLOCK: Final = "audits_of_customer"
_ORIGIN: Final = "page form {}"


class AuditOnPage(msgspec.Struct, frozen=True, kw_only=True):
    state: Markup
    requested: Markup
    planned: Markup | None
    auditor: str
    findings: tuple[str, ...]
    result: str


class Auditable(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement with its own rules of audits; `may_ask`: one can be asked for under it."""

    id: UUID
    title: str
    references: str
    rules: tuple[Markup, ...]
    needs_reason: bool
    may_ask: bool
    audits: tuple[AuditOnPage, ...]


def _view(p: ContactPage, rows: Sequence[Any], w: Words) -> tuple[Auditable, ...] | None:
    title = section_title("audit", w.lang)
    known = [(msgspec.json.decode(row["audit"], type=Audit), row["state"]) for row in rows]
    found = []
    for one in p.agreements:
        agreement, terms = one.agreement, p.terms[one.agreement.terms_version_id]
        audits = tuple(
            _shown(audit, state, w, terms.zone) for audit, state in known if audit.agreement_id == agreement.id
        )
        may_ask = AGREEMENT.states[one.state].tags & {"in_force", "ending"}
        if not (audits or may_ask):
            continue
        told = explained(terms, w.lang, agreement.facts)
        found.append(
            Auditable(
                id=agreement.id,
                title=terms.title,
                references=", ".join(contract.reference for contract in agreement.main_contracts),
                rules=next((tuple(w.marked(line) for line in part.lines) for part in told if part.title == title), ()),
                needs_reason=terms.audit is not None and terms.audit.needs_reason,
                may_ask=bool(may_ask),
                audits=audits,
            )
        )
    return tuple(found) or None


def _shown(audit: Audit, state: str, w: Words, zone: str) -> AuditOnPage:
    return AuditOnPage(
        state=w(f"audit.state_{state}"),
        requested=w.at(audit.requested_at, zone),
        planned=w.day(audit.planned_on) if audit.planned_on is not None else None,
        auditor=audit.auditor,
        findings=tuple(one.text for one in audit.findings),
        result=audit.result,
    )


async def _take(t: Taking) -> Trouble | None:
    link = t.page.link
    found = _view(t.page, (), t.w) or ()
    wanted = next((one for one in found if str(one.id) == t.form["agreement"]), None)
    if wanted is None:
        return Trouble(status=400, message=t.w("error.audit_agreement"), field="audit")
    auditor, signs = t.form["auditor"], t.form["indications"]
    if auditor and line_problem(auditor):
        return Trouble(status=422, message=t.w("error.audit_auditor"), field=f"auditor-{wanted.id}")
    if wanted.needs_reason and not signs:
        return Trouble(status=422, message=t.w("error.audit_reason"), field=f"signs-{wanted.id}")
    if len(signs) > LONGEST_GROUNDS:
        message = t.w("error.words_long", count=LONGEST_GROUNDS)
        return Trouble(status=422, message=message, field=f"signs-{wanted.id}")
    await t.engine.lock(t.connection, [link.processor], [wanted.id])
    rows = await t.connection.fetch(sql(_BLOCK), [link.processor], link.customer, link.contact)
    audits = [(msgspec.json.decode(row["audit"], type=Audit), row["open"]) for row in rows]
    origin = _ORIGIN.format(t.seal.nonce)
    if any(one.origin == origin for one, _ in audits):
        return None
    if any(is_open and one.agreement_id == wanted.id for one, is_open in audits):
        return Trouble(status=409, message=t.w("error.audit_open"), field="audit")
    acting = t.acting
    given = AuditIn(agreement_id=wanted.id, requested_at=acting.at, channel="link", indications=signs, auditor=auditor)
    new = await new_audit(t.connection, t.engine, acting, given, origin=origin)
    await t.engine.create(t.connection, [new], acting)
    return None


AUDIT: Final = Section(name="audit", block=_BLOCK, view=_view, take=_take)
