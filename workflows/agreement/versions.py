"""Which version of its terms binds an agreement: told and adopted, agreed by both, taken back again. Pure.

What is open keeps the instants it was opened with; all that opens later goes by the version that binds then.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from workflows.agreement.guards import AgreementAlone, AgreementStanding, AgreementStep, facts_missing
from workflows.agreement.timers import BIND
from workflows.machine.effects import CloseTasks, Effect, OpenTask
from workflows.machine.messages import AGREED
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, AgreementContext
from workflows.model.notice import Agreed
from workflows.model.task_words import task_words
from workflows.model.terms_version import Adopt, Adopting, AmendText, GiveFacts, TakenBack, TermsVersion
from workflows.terms.model import Terms
from workflows.time import end_of_day, local_day, start_of_day


def texts(entity: Agreement) -> tuple[TermsVersion, ...]:
    """Every version that ever bound it, oldest first; the first one from its entry into force on."""
    first = TermsVersion(version=entity.terms_version, version_id=entity.terms_version_id)
    oldest, *later = entity.terms_history or (first,)
    return (replace(oldest, since=entity.in_force_since), *later)


def text_at(entity: Agreement, at: datetime) -> tuple[TermsVersion, datetime | None] | None:
    """The version that binds at an instant (UTC) and until when (None: on), or None before any did.

    What is not in force yet is answered with the version it will begin under.
    """
    known = texts(entity)
    if entity.in_force_since is None:
        return known[-1], None
    last: tuple[TermsVersion, datetime | None] | None = None
    for number, one in enumerate(known):
        if one.since is not None and one.since <= at:
            last = one, known[number + 1].since if number + 1 < len(known) else None
    return last


def on_day(terms: Terms, day: date, now: datetime) -> datetime:
    """The instant (UTC) for which a day in the agreement's zone stands: its last one, or now where it is today."""
    return now if day == local_day(now, terms.zone) else end_of_day(day, terms.zone) - timedelta(microseconds=1)


def under(entity: Agreement, context: AgreementContext) -> AgreementContext:
    """What an agreement may know once a step has put it under another version, as reading it anew would give."""
    terms = context.versions.get(entity.terms_version_id)
    return context if terms is None or terms is context.terms else replace(context, terms=terms)


def _bound(entity: Agreement, text: TermsVersion) -> Agreement:
    first = TermsVersion(version=entity.terms_version, version_id=entity.terms_version_id)
    return replace(
        entity,
        terms_version=text.version,
        terms_version_id=text.version_id,
        terms_history=(*(entity.terms_history or (first,)), text),
        adopting=None,
    )


def _text_fields(ctx: AgreementAlone, text: TermsVersion) -> dict[str, Any]:
    """What the event tells of a version that comes to bind."""
    before = ctx.entity.terms_version
    return {
        "version": text.version,
        "before": before,
        "since": text.since,
        "how": text.how,
        **({"change_id": text.change_id, "notice_id": text.notice_id} if text.notice_id is not None else {}),
        **({"agreed_on": text.agreed_on} if text.agreed_on is not None else {}),
    }


SETTLED: tuple[Effect, ...] = (BIND.clear(), CloseTasks(("facts_missing",)))
"""What falls with whatever waited to bind."""


def _bind(ctx: AgreementAlone, text: TermsVersion, facts: dict[str, Any]) -> Outcome[Agreement]:
    entity = _bound(replace(ctx.entity, facts=facts), text)
    return Outcome(entity, _text_fields(ctx, text), effects=SETTLED)


def _told(ctx: AgreementStep[Adopt]) -> TermsVersion:
    return TermsVersion(
        version=ctx.data.version, version_id=ctx.data.version_id, since=ctx.at, how=ctx.data.how,
        change_id=ctx.data.change_id,
        notice_id=ctx.data.notice_id,
    )  # fmt: skip


def adopt(ctx: AgreementStep[Adopt]) -> Outcome[Agreement]:
    """A notice went through: its new version binds from now on (P13)."""
    return _bind(ctx, _told(ctx), ctx.entity.facts)


def adopt_later(ctx: AgreementStep[Adopt]) -> Outcome[Agreement]:
    """The customer is leaving, or has left: the text that it left stands, unless the end is taken back."""
    entity = replace(ctx.entity, adopting=Adopting(text=_told(ctx), waits_for="end"))
    return Outcome(entity, {"version": ctx.data.version, "waits_for": "end"}, effects=SETTLED)


def adopt_with_facts(ctx: AgreementStep[Adopt]) -> Outcome[Agreement]:
    """The new version leaves blank what this agreement does not say: it binds once that is given."""
    return _wait_for_facts(ctx, _told(ctx), ctx.entity.facts)


def _wait_for_facts(ctx: AgreementStanding, text: TermsVersion, facts: dict[str, Any]) -> Outcome[Agreement]:
    missing = lacking(ctx, text.version_id, facts)
    task = OpenTask(
        "facts_missing",
        task_words("facts_missing", version=text.version, missing="; ".join(missing)),
        ctx.id,
        data={"version": text.version, "missing": missing},
    )
    entity = replace(ctx.entity, facts=facts, adopting=Adopting(text=text, waits_for="facts"))
    said = {"version": text.version, "waits_for": "facts", "missing": missing}
    return Outcome(entity, said, effects=(*SETTLED, task))


def passed_over(ctx: AgreementStep[Adopt]) -> Outcome[Agreement]:
    """A change that was announced after this one binds already, or what both agreed on since: that stands."""
    said = {"version": ctx.data.version, "holds": ctx.entity.terms_version}
    task: tuple[Effect, ...] = ()
    if ctx.data.version_id != ctx.entity.terms_version_id:
        text = task_words("text_passed_over", version=ctx.data.version, later=ctx.entity.terms_version)
        task = (OpenTask("text_passed_over", text, ctx.id, key=ctx.data.version),)
    return Outcome(ctx.entity, said, effects=task)


def bind(ctx: AgreementStep) -> Outcome[Agreement]:
    """What the version waited for is there: it binds."""
    return _bind(ctx, _waiting(ctx, ctx.at), ctx.entity.facts)


def bind_with_facts(ctx: AgreementStep) -> Outcome[Agreement]:
    """The version no longer waits for its day, and turns out to leave something blank."""
    return _wait_for_facts(ctx, _waiting(ctx, ctx.at), ctx.entity.facts)


def _waiting(ctx: AgreementAlone, at: datetime) -> TermsVersion:
    """The version that waits; it binds from `at` (UTC) at the earliest."""
    assert ctx.entity.adopting is not None
    text = ctx.entity.adopting.text
    return text if text.since is not None and text.since >= at else replace(text, since=at)


def give_facts(ctx: AgreementStep[GiveFacts]) -> Outcome[Agreement]:
    """All that a version waits for: it binds from now on."""
    found = _bind(ctx, _given_now(ctx), {**ctx.entity.facts, **ctx.data.facts})
    return replace(found, data={**found.data, "facts": ctx.data.facts})


def give_some_facts(ctx: AgreementStep[GiveFacts]) -> Outcome[Agreement]:
    """Part of what a version waits for."""
    found = _wait_for_facts(ctx, _given_now(ctx), {**ctx.entity.facts, **ctx.data.facts})
    return replace(found, data={**found.data, "facts": ctx.data.facts})


def _given_now(ctx: AgreementStep[GiveFacts]) -> TermsVersion:
    assert ctx.entity.adopting is not None
    return replace(ctx.entity.adopting.text, since=ctx.at)


def amend(ctx: AgreementStep[AmendText]) -> Outcome[Agreement]:
    """Both agreed in writing: whatever the terms say of changing them, so much they may always do (CO-31)."""
    text, effects = _agreed(ctx)
    found = _bind(ctx, text, {**ctx.entity.facts, **ctx.data.facts})
    personal = {"by": ctx.data.by, "evidence": ctx.data.evidence}
    return replace(found, personal=personal, effects=(*found.effects, *effects))


def amend_later(ctx: AgreementStep[AmendText]) -> Outcome[Agreement]:
    """Both agreed in writing on a version that binds from a later day on."""
    text, effects = _agreed(ctx)
    assert text.since is not None
    facts = {**ctx.entity.facts, **ctx.data.facts}
    entity = replace(ctx.entity, facts=facts, adopting=Adopting(text=text, waits_for="day"))
    said = {**_text_fields(ctx, text), "waits_for": "day"}
    personal = {"by": ctx.data.by, "evidence": ctx.data.evidence}
    return Outcome(entity, said, personal, (*SETTLED, BIND.at(text.since), *effects))


def _agreed(ctx: AgreementStep[AmendText]) -> tuple[TermsVersion, tuple[Effect, ...]]:
    """The version that was agreed on; notices that told of it wait for nothing any more."""
    data, since = ctx.data, agreed_since(ctx)
    meant = [one for one in ctx.context.new_texts if one.version_id == data.version_id]
    text = TermsVersion(
        version=data.to_version, version_id=data.version_id, since=since, how="agreed", agreed_on=data.agreed_on,
        evidence=data.evidence, change_id=meant[-1].change_id if meant else None,
        notice_id=meant[-1].notice_id if meant else None,
    )  # fmt: skip
    return text, tuple(AGREED.to(one.notice_id, Agreed(since=since)) for one in meant)


def agreed_since(ctx: AgreementStep[AmendText]) -> datetime:
    """From when on (UTC) what both agreed on binds: not before the agreement was in force, nor its last version."""
    since = start_of_day(ctx.data.effective_on or ctx.data.agreed_on, ctx.context.terms.zone)
    return max([since, *(one.since for one in texts(ctx.entity) if one.since is not None)])


def take_back(ctx: AgreementStep[TakenBack]) -> Outcome[Agreement]:
    """P18: the yes is gone on which the version rests; what bound before binds again from now on."""
    before = back(ctx.entity, ctx.at, ctx.data.notice_id)
    text = before.terms_history[-1]
    return Outcome(before, {**_text_fields(ctx, text), "why": ctx.data.why}, effects=SETTLED)


def forget(ctx: AgreementStep[TakenBack]) -> Outcome[Agreement]:
    """The yes is gone before the version bound."""
    said = {"notice_id": ctx.data.notice_id, "why": ctx.data.why}
    return Outcome(replace(ctx.entity, adopting=None), said, effects=SETTLED)


def back(entity: Agreement, since: datetime, notice: UUID | None) -> Agreement:
    """The agreement under the version before the one it is under, from `since` (UTC) on."""
    before, now = entity.terms_history[-2:]
    text = TermsVersion(
        version=before.version, version_id=before.version_id, since=since, how="taken_back",
        change_id=now.change_id, notice_id=notice,
    )  # fmt: skip
    return _bound(entity, text)


def left_over(entity: Agreement, arrived: datetime) -> Agreement:
    """P5: an end over a change that arrived before its version bound: the text that the customer left stands."""
    last = entity.terms_history[-1] if entity.terms_history else None
    if last is None or last.how != "notice" or last.since is None or last.since < arrived:
        return entity
    return back(entity, last.since, last.notice_id)


def goes_on(entity: Agreement) -> tuple[Effect, ...]:
    """The end was taken back: what waited for that, or for a day meanwhile past, binds now."""
    waiting = entity.adopting
    if waiting is None or waiting.waits_for == "facts" or waiting.text.since is None:
        return ()
    return (BIND.at(waiting.text.since),)


def lacking(ctx: AgreementStanding, version: UUID, facts: dict[str, Any]) -> list[str]:
    """What a version leaves blank and these facts do not say."""
    terms = ctx.context.versions.get(version)
    return facts_missing(terms, facts) if terms is not None else []
