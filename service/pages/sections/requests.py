"""Requests of data subjects on a contact's own page: what was passed on or asked, and asking for help with one."""

from collections.abc import Sequence
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from markupsafe import Markup

from db.queries import sql
from service.pages.forms import Trouble
from service.pages.read import ContactPage
from service.pages.sections.section import Section, Taking
from service.pages.words import Words
from workflows.agreement.table import AGREEMENT
from workflows.intake.checks import LINE, line_problem
from workflows.intake.requests import new_request
from workflows.model.request import Request, RequestIn, RequestKind
from workflows.request.table import counted_from_here
from workflows.terms.clauses import in_words
from workflows.terms.law import ANSWER, rule_of

NAME: Final = "requests"
KINDS: Final[tuple[RequestKind, ...]] = get_args(RequestKind)
_ORIGIN: Final = "page form {}"
_BLOCK: Final = "requests_of_customer"


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    title: Markup
    reference: str
    state: Markup
    received: Markup
    due: Markup | None
    answer_due: Markup | None
    answer_clause: str
    answer_from_here: bool
    result: str


class AskableRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement under which help can be asked."""

    id: UUID
    title: str
    references: str


class RequestsView(msgspec.Struct, frozen=True, kw_only=True):
    """The section: what there is, and under which agreements more can be asked."""

    requests: tuple[RequestView, ...]
    agreements: tuple[AskableRequest, ...]
    kinds: tuple[tuple[str, Markup], ...]
    longest: int


def _view(p: ContactPage, rows: Sequence[Any], w: Words) -> RequestsView | None:
    agreements = tuple(
        AskableRequest(
            id=one.agreement.id,
            title=p.terms[one.agreement.terms_version_id].title,
            references=", ".join(contract.reference for contract in one.agreement.main_contracts),
        )
        for one in p.agreements
        if AGREEMENT.states[one.state].tags & {"in_force", "ending"}
    )
    if not rows and not agreements:
        return None
    return RequestsView(
        requests=tuple(_one(p, row, w) for row in rows),
        agreements=agreements,
        kinds=tuple((one, w(f"request.{one}")) for one in KINDS),
        longest=LINE,
    )


def _one(p: ContactPage, row: Any, w: Words) -> RequestView:
    request = msgspec.json.decode(row["request"], type=Request)
    terms = p.terms[row["terms_version_id"]]
    zone, answer = terms.zone, rule_of(terms, ANSWER)
    live = row["open"]
    return RequestView(
        title=w(f"request.{request.kind}"),
        reference=request.reference,
        state=w(f"request.state_{row['state']}"),
        received=w.at(request.received_at, zone),
        due=w.last(request.due_at, zone) if live and request.due_at is not None else None,
        answer_due=w.last(request.answer_due_at, zone) if live and request.answer_due_at is not None else None,
        answer_clause=in_words(terms, answer.clause, w.lang) if answer is not None else "",
        answer_from_here=counted_from_here(request),
        result=request.result,
    )


async def _take(t: Taking) -> Trouble | None:
    view = _view(t.page, (), t.w)
    wanted = next((one for one in (view.agreements if view else ()) if str(one.id) == t.form["agreement"]), None)
    kind = next((one for one in KINDS if one == t.form["kind"]), None)
    if wanted is None or kind is None:
        return Trouble(status=400, message=t.w("error.request_kind"), field="request-kind")
    reference = t.form["reference"]
    if reference and line_problem(reference):
        message = t.w("error.words_long", count=LINE)
        return Trouble(status=422, message=message, field="request-reference")
    link, origin = t.page.link, _ORIGIN.format(t.seal.nonce)
    await t.engine.lock(t.connection, [link.processor], [wanted.id])
    rows = await t.connection.fetch(sql(_BLOCK), [link.processor], link.customer, link.contact)
    known = (msgspec.json.decode(row["request"], type=Request) for row in rows)
    if any((one.origin, one.kind, one.reference) == (origin, kind, reference) for one in known):
        return None
    acting = t.acting
    given = RequestIn(
        agreement_id=wanted.id,
        kind=kind,
        received_from="customer",
        received_at=acting.at,
        channel="link",
        reference=reference,
    )
    new = await new_request(t.connection, t.engine, acting, given, origin=origin)
    await t.engine.create(t.connection, [new], acting)
    return None


REQUESTS: Final = Section(name=NAME, block=_BLOCK, view=_view, take=_take)
