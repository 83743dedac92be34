"""Matters on a contact's own page: what is asked or told, the answer to it, and asking something in turn."""

from collections.abc import Sequence
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from markupsafe import Markup

from db.queries import sql
from service.pages.forms import LONGEST_GROUNDS, Trouble
from service.pages.read import ContactPage
from service.pages.sections.section import Section, Taking
from service.pages.words import Words
from workflows.agreement.table import AGREEMENT
from workflows.intake.checks import line_problem
from workflows.intake.matters import new_matter, rule_for
from workflows.matter.table import CONSENTS
from workflows.model.matter import Matter, MatterAnswer, MatterIn, MatterReply, TakeBack
from workflows.terms.model import MatterKind, Terms

_ORIGIN: Final = "page form {}"
_BLOCK: Final = "matters_of_customer"
_ANSWERS: Final[tuple[MatterAnswer, ...]] = ("consent", "refuse", "noted")


class MatterView(msgspec.Struct, frozen=True, kw_only=True):
    """One matter, for its customer; `answers` those that can be given here, `take_back` a consent that stands."""

    id: UUID
    title: Markup
    subject: str
    text: str
    country: str
    state: Markup
    answer_text: str
    answers: tuple[tuple[str, Markup], ...]
    take_back: bool


class AskableMatter(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement under which something can be asked."""

    id: UUID
    title: str
    references: str


class MattersView(msgspec.Struct, frozen=True, kw_only=True):
    matters: tuple[MatterView, ...]
    agreements: tuple[AskableMatter, ...]
    kinds: tuple[tuple[str, Markup], ...]


def _view(p: ContactPage, rows: Sequence[Any], w: Words) -> MattersView | None:
    running = [one for one in p.agreements if AGREEMENT.states[one.state].tags & {"in_force", "ending"}]
    if not rows and not running:
        return None
    kinds = [
        kind
        for kind in get_args(MatterKind)
        if any(_asks(p.terms[one.agreement.terms_version_id], kind) for one in running)
    ]
    return MattersView(
        matters=tuple(_one(row, w) for row in rows),
        agreements=tuple(
            AskableMatter(
                id=one.agreement.id,
                title=p.terms[one.agreement.terms_version_id].title,
                references=", ".join(contract.reference for contract in one.agreement.main_contracts),
            )
            for one in running
        ),
        kinds=tuple((kind, w(f"matter.kind_{kind}")) for kind in kinds),
    )


def _asks(terms: Terms, kind: MatterKind) -> bool:
    """Whether the customer may raise it."""
    return rule_for(terms, kind, "controller").raised_by == "controller"


def _terms_of(p: ContactPage, agreement: UUID) -> Terms:
    held = next(one.agreement for one in p.agreements if one.agreement.id == agreement)
    return p.terms[held.terms_version_id]


def _one(row: Any, w: Words) -> MatterView:
    matter = msgspec.json.decode(row["matter"], type=Matter)
    if not row["open"]:
        state = w("matter.state_closed")
    elif matter.outcome is not None:
        state = w(f"matter.outcome_{matter.outcome}")
    else:
        state = w(f"matter.state_open_{matter.raised_by}")
    asked = row["open"] and matter.outcome is None and matter.raised_by == "processor"
    answers: tuple[MatterAnswer, ...] = ()
    if asked:
        answers = ("consent", "refuse") if matter.kind in CONSENTS else ("noted",)
    counted = [one for one in matter.answers if one.counts]
    return MatterView(
        id=matter.id,
        title=w(f"matter.kind_{matter.kind}"),
        subject=matter.subject,
        text=matter.text,
        country=w.country(matter.country) if matter.country else "",
        state=state,
        answer_text=counted[-1].text if counted else "",
        answers=tuple((one, w(f"matter.{one}")) for one in answers),
        take_back=row["open"] and matter.outcome == "consent",
    )


async def _take(t: Taking) -> Trouble | None:
    if t.form["matter"]:
        return await _answer(t)
    return await _ask(t)


async def _answer(t: Taking) -> Trouble | None:
    link, origin = t.page.link, _ORIGIN.format(t.seal.nonce)
    row = next((one for one in t.page.more["matters"] if str(one["id"]) == t.form["matter"]), None)
    if row is None:
        return Trouble(status=409, message=t.w("error.not_now"), field="matters")
    matter: Matter = await t.posted.hold(link, row["id"])
    if any((one.evidence, one.answer) == (origin, t.form["answer"]) for one in matter.answers):
        return None
    if t.form["answer"] == "take-back":
        if matter.outcome != "consent":
            return None  # taken back before: by this very form, or by another contact
        name = t.page.contact.name
        data = TakeBack(reason=f"{name}, {origin}", channel="link", by=name, evidence=origin)
        await t.act(row["id"], "take-back", data, requested=True)
        return None
    answer = next((one for one in _ANSWERS if one == t.form["answer"]), None)
    if answer is None:
        return Trouble(status=400, message=t.w("error.choose"), field="matters")
    reply = MatterReply(answer=answer, by=t.page.contact.name, channel="link", evidence=origin)
    await t.act(row["id"], "answer", reply, requested=True)
    return None


async def _ask(t: Taking) -> Trouble | None:
    view = _view(t.page, (), t.w)
    wanted = next((one for one in (view.agreements if view else ()) if str(one.id) == t.form["agreement"]), None)
    kind = next((one for one in get_args(MatterKind) if one == t.form["kind"]), None)
    if wanted is None or kind is None or view is None or kind not in {one for one, _ in view.kinds}:
        return Trouble(status=400, message=t.w("error.matter_kind"), field="matter-kind")
    subject, text = t.form["subject"], t.form["text"]
    if not subject or line_problem(subject):
        return Trouble(status=422, message=t.w("error.matter_subject"), field="matter-subject")
    if len(text) > LONGEST_GROUNDS:
        message = t.w("error.words_long", count=LONGEST_GROUNDS)
        return Trouble(status=422, message=message, field="matter-text")
    link, origin = t.page.link, _ORIGIN.format(t.seal.nonce)
    await t.engine.lock(t.connection, [link.processor], [wanted.id])
    rows = await t.connection.fetch(sql(_BLOCK), [link.processor], link.customer, link.contact)
    known = (msgspec.json.decode(row["matter"], type=Matter) for row in rows)
    if any((one.origin, one.kind, one.subject, one.text) == (origin, kind, subject, text) for one in known):
        return None
    acting = t.acting
    given = MatterIn(
        agreement_id=wanted.id, kind=kind, subject=subject, text=text, raised_at=acting.at, channel="link",
        raised_by=rule_for(_terms_of(t.page, wanted.id), kind, "controller").raised_by,
    )  # fmt: skip
    new = await new_matter(t.connection, t.engine, acting, given, origin=origin)
    await t.engine.create(t.connection, [new], acting)
    return None


MATTERS: Final = Section(name="matters", block=_BLOCK, view=_view, take=_take)
