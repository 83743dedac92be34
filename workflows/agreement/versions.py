"""Which version of its terms binds an agreement: told and adopted, agreed by both, taken back again. Pure.

What is open keeps the instants it was opened with; all that opens later goes by the version that binds then.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from workflows.agreement.guards import SPOKEN, AgreementStep, facts_missing
from workflows.machine.effects import RANK_CLOSE, ClearTimer, CloseTasks, Effect, OpenTask, SetTimer, Tell
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, AgreementContext
from workflows.model.text import Adopting, Text
from workflows.terms.model import Terms
from workflows.time import end_of_day, local_day, start_of_day


def texts(entity: Agreement) -> tuple[Text, ...]:
    """Every version that ever bound it, oldest first; the first one from its entry into force on."""
    first = Text(version=entity.terms_version, version_id=entity.terms_version_id)
    oldest, *later = entity.terms_history or (first,)
    return (replace(oldest, since=entity.in_force_since), *later)


def text_at(entity: Agreement, at: datetime) -> tuple[Text, datetime | None] | None:
    """The version that binds at an instant (UTC) and until when (None: on), or None before any did.

    What is not in force yet is answered with the version it will begin under.
    """
    known = texts(entity)
    if entity.in_force_since is None:
        return known[-1], None
    last: tuple[Text, datetime | None] | None = None
    for number, one in enumerate(known):
        if one.since is not None and one.since <= at:
            last = one, known[number + 1].since if number + 1 < len(known) else None
    return last


def on_day(terms: Terms, day: date, now: datetime) -> datetime:
    """The instant (UTC) for which a day in the agreement's zone stands: its last one, or now where it is today."""
    return now if day == local_day(now, terms.zone) else end_of_day(day, terms.zone) - timedelta(microseconds=1)


def under(entity: Any, context: Any) -> Any:
    """What an agreement may know once a step has put it under another version, as reading it anew would give."""
    if isinstance(entity, Agreement) and isinstance(context, AgreementContext):
        terms = context.versions.get(entity.terms_version_id)
        if terms is not None and terms is not context.terms:
            return replace(context, terms=terms)
    return context


def _bound(entity: Agreement, text: Text) -> Agreement:
    first = Text(version=entity.terms_version, version_id=entity.terms_version_id)
    return replace(
        entity,
        terms_version=text.version,
        terms_version_id=text.version_id,
        terms_history=(*(entity.terms_history or (first,)), text),
        adopting=None,
    )


def _said(ctx: AgreementStep, text: Text) -> dict[str, Any]:
    before = ctx.entity.terms_version
    return {
        "version": text.version,
        "before": before,
        "since": text.since,
        "how": text.how,
        **({"change_id": text.change_id, "notice_id": text.notice_id} if text.notice_id is not None else {}),
        **({"agreed_on": text.agreed_on} if text.agreed_on is not None else {}),
    }


SETTLED: tuple[Effect, ...] = (ClearTimer("bind"), CloseTasks(("facts_missing",)))
"""What falls with whatever waited to bind."""


def _bind(ctx: AgreementStep, text: Text, *more: Effect, personal: dict[str, Any] | None = None) -> Outcome[Agreement]:
    entity = _bound(ctx.entity, text)
    return Outcome(entity, _said(ctx, text), personal or {}, (*SETTLED, *more), event="text_adopted")


def _told(ctx: AgreementStep) -> Text:
    return Text(
        version=ctx.data.version, version_id=ctx.data.version_id, since=ctx.at, how=ctx.data.how,
        change_id=ctx.data.change_id,
        notice_id=ctx.data.notice_id,
    )  # fmt: skip


def adopt(ctx: AgreementStep) -> Outcome[Agreement]:
    """A notice went through: its new version binds from now on (P13)."""
    return _bind(ctx, _told(ctx))


def adopt_later(ctx: AgreementStep) -> Outcome[Agreement]:
    """The customer is leaving, or has left: the text that it left stands, unless the end is taken back."""
    entity = replace(ctx.entity, adopting=Adopting(text=_told(ctx), waits_for="end"))
    return Outcome(entity, {"version": ctx.data.version, "waits_for": "end"}, effects=SETTLED, event="text_waits")


def adopt_with_facts(ctx: AgreementStep) -> Outcome[Agreement]:
    """The new version leaves blank what this agreement does not say: it binds once that is given."""
    return _wait_for_facts(ctx, ctx.entity, _told(ctx))


def _wait_for_facts(ctx: AgreementStep, entity: Agreement, text: Text) -> Outcome[Agreement]:
    missing = _lacking(ctx, text.version_id, entity.facts)
    task = OpenTask(
        "facts_missing",
        f"Version {text.version} of the terms binds this agreement once what it leaves blank is given "
        f"(give-facts): {'; '.join(missing)}.",
        ctx.id,
        data={"version": text.version, "missing": missing},
    )
    entity = replace(entity, adopting=Adopting(text=text, waits_for="facts"))
    said = {"version": text.version, "waits_for": "facts", "missing": missing}
    return Outcome(entity, said, effects=(*SETTLED, task), event="text_waits")


def passed_over(ctx: AgreementStep) -> Outcome[Agreement]:
    """A change that was announced after this one binds already, or what both agreed on since: that stands."""
    said = {"version": ctx.data.version, "holds": ctx.entity.terms_version}
    task: tuple[Effect, ...] = ()
    if ctx.data.version_id != ctx.entity.terms_version_id:
        text = (
            f"Version {ctx.data.version} was to bind this agreement by a notice, but "
            f"{ctx.entity.terms_version} came later "
            "and stands. See whether that is what was meant; both can agree on another version (amend)."
        )
        task = (OpenTask("text_passed_over", text, ctx.id, key=ctx.data.version),)
    return Outcome(ctx.entity, said, effects=task, event="text_passed_over")


def bind(ctx: AgreementStep) -> Outcome[Agreement]:
    """What it waited for is there."""
    assert ctx.entity.adopting is not None
    text = ctx.entity.adopting.text
    if text.since is None or text.since < ctx.at:
        text = replace(text, since=ctx.at)
    if _lacking(ctx, text.version_id, ctx.entity.facts):
        return _wait_for_facts(ctx, ctx.entity, text)
    return _bind(ctx, text)


def give_facts(ctx: AgreementStep) -> Outcome[Agreement]:
    """What a version waits for: where that is all, it binds from now on."""
    assert ctx.entity.adopting is not None
    text = replace(ctx.entity.adopting.text, since=ctx.at)
    ctx.entity = replace(ctx.entity, facts={**ctx.entity.facts, **ctx.data.facts})
    found = (
        _wait_for_facts(ctx, ctx.entity, text) if _lacking(ctx, text.version_id, ctx.entity.facts) else _bind(ctx, text)
    )
    return replace(found, data={**found.data, "facts": ctx.data.facts})


def amend(ctx: AgreementStep) -> Outcome[Agreement]:
    """Both agreed in writing: whatever the terms say of changing them, so much they may always do (CO-31)."""
    data = ctx.data
    since = start_of_day(data.effective_on or data.agreed_on, ctx.context.terms.zone)
    # Not before it was in force, nor before the version that it replaces.
    since = max(since, *(one.since for one in texts(ctx.entity) if one.since is not None))
    meant = [one for one in ctx.context.new_texts if one.version_id == data.version_id]
    text = Text(
        version=data.to_version, version_id=data.version_id, since=since, how="agreed", agreed_on=data.agreed_on,
        evidence=data.evidence, change_id=meant[-1].change_id if meant else None,
        notice_id=meant[-1].notice_id if meant else None,
    )  # fmt: skip
    ctx.entity = replace(ctx.entity, facts={**ctx.entity.facts, **data.facts})
    tell = tuple(Tell(one.notice_id, "agreed", {"since": since.isoformat()}) for one in meant)
    personal = {"by": data.by, "evidence": data.evidence}
    if since <= ctx.now:
        return _bind(ctx, text, *tell, personal=personal)
    entity = replace(ctx.entity, adopting=Adopting(text=text, waits_for="day"))
    said = {**_said(ctx, text), "waits_for": "day"}
    timer = SetTimer("bind", since, "bind", RANK_CLOSE)
    return Outcome(entity, said, personal, (*SETTLED, timer, *tell), event="text_agreed")


def take_back(ctx: AgreementStep) -> Outcome[Agreement]:
    """P18: the yes is gone on which the version rests; what bound before binds again from now on."""
    before = back(ctx.entity, ctx.at, ctx.data.notice_id)
    text = before.terms_history[-1]
    return Outcome(before, {**_said(ctx, text), "why": ctx.data.why}, effects=SETTLED, event="text_taken_back")


def forget(ctx: AgreementStep) -> Outcome[Agreement]:
    """The yes is gone before the version bound."""
    said = {"notice_id": ctx.data.notice_id, "why": ctx.data.why}
    return Outcome(replace(ctx.entity, adopting=None), said, effects=SETTLED, event="text_given_up")


def back(entity: Agreement, since: datetime, notice: UUID | None) -> Agreement:
    """The agreement under the version before the one it is under, from `since` (UTC) on."""
    before, now = entity.terms_history[-2:]
    text = Text(
        version=before.version, version_id=before.version_id, since=since, how="taken_back",
        change_id=now.change_id, notice_id=notice,
    )  # fmt: skip
    return _bound(entity, text)


def left_over(ctx: AgreementStep, entity: Agreement, arrived: datetime) -> Agreement:
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
    return (SetTimer("bind", waiting.text.since, "bind", RANK_CLOSE),)


# --- conditions --------------------------------------------------------------------------------------


def _lacking(ctx: AgreementStep, version: UUID, facts: dict[str, Any]) -> list[str]:
    terms = ctx.context.versions.get(version)
    return facts_missing(terms, facts) if terms is not None else []


def _leaving(ctx: AgreementStep) -> str | None:
    if ctx.entity.terminates_at is not None and ctx.entity.end_ground == "amendment":
        return None
    return "it goes on"


def _staying(ctx: AgreementStep) -> str | None:
    return "the customer is leaving over a change" if _leaving(ctx) is None else None


def _newer_binds(ctx: AgreementStep) -> str | None:
    """Changes are told apart by their ids, which are in the order of their making."""
    if ctx.data.version_id == ctx.entity.terms_version_id:
        return None
    last = ctx.entity.terms_history[-1] if ctx.entity.terms_history else None
    told = local_day(ctx.data.told_at, ctx.context.terms.zone) if ctx.data.told_at is not None else None
    if told is not None and last is not None and last.agreed_on is not None and told <= last.agreed_on:
        return None
    newest = max((one.change_id for one in ctx.entity.terms_history if one.change_id is not None), default=None)
    return None if newest is not None and newest > ctx.data.change_id else "it is the newest"


def _newest(ctx: AgreementStep) -> str | None:
    return "a newer one binds" if _newer_binds(ctx) is None else None


def _says_all(ctx: AgreementStep) -> str | None:
    missing = _lacking(ctx, ctx.data.version_id, ctx.entity.facts)
    return f"facts are missing: {'; '.join(missing)}" if missing else None


def _leaves_blank(ctx: AgreementStep) -> str | None:
    return "no facts are missing" if _says_all(ctx) is None else None


def _text_ready(ctx: AgreementStep) -> str | None:
    return None if ctx.entity.adopting is not None else "no version waits to bind"


def _facts_awaited(ctx: AgreementStep) -> str | None:
    if ctx.entity.adopting is not None and ctx.entity.adopting.waits_for == "facts":
        return None
    return "No version of the terms waits for facts; one that was entered wrongly is put right by `correct`."


def _text_rests(ctx: AgreementStep) -> str | None:
    history = ctx.entity.terms_history
    if len(history) > 1 and history[-1].notice_id == ctx.data.notice_id and history[-1].how != "taken_back":
        return None
    return "the version that binds does not rest on this notice"


def _text_waits(ctx: AgreementStep) -> str | None:
    waiting = ctx.entity.adopting
    if waiting is not None and waiting.text.notice_id == ctx.data.notice_id:
        return None
    return "nothing waits that rests on this notice"


def _amended_in_writing(ctx: AgreementStep) -> str | None:
    if ctx.data.channel in SPOKEN:
        clause = ctx.context.terms.amendment.clause or "GDPR art. 28(9)"
        return f"A change of the text needs writing ({clause}): enter it once both have signed or written."
    return None


def _another_text(ctx: AgreementStep) -> str | None:
    if ctx.data.version_id == ctx.entity.terms_version_id:
        return f"It runs under version {ctx.data.to_version} already."
    return None


def _agreed_by_now(ctx: AgreementStep) -> str | None:
    if ctx.data.agreed_on > local_day(ctx.now, ctx.context.terms.zone):
        return "`agreed_on` lies in the future: enter it once both have agreed; `effective_on` may lie ahead."
    if ctx.data.effective_on is not None and ctx.data.effective_on < ctx.data.agreed_on:
        return "`effective_on` lies before `agreed_on`: a text binds from the day of agreeing at the earliest."
    return None


def _amended_facts(ctx: AgreementStep) -> str | None:
    missing = _lacking(ctx, ctx.data.version_id, {**ctx.entity.facts, **ctx.data.facts})
    if missing:
        return f"Version {ctx.data.to_version} leaves blank what this agreement does not say: {'; '.join(missing)}."
    return None


TEXT_GUARDS: dict[str, Callable[[AgreementStep], str | None]] = {
    "agreed_by_now": _agreed_by_now,
    "amended_facts": _amended_facts,
    "amended_in_writing": _amended_in_writing,
    "another_text": _another_text,
    "facts_awaited": _facts_awaited,
    "leaves_blank": _leaves_blank,
    "leaving": _leaving,
    "newer_binds": _newer_binds,
    "newest": _newest,
    "says_all": _says_all,
    "staying": _staying,
    "text_ready": _text_ready,
    "text_rests": _text_rests,
    "text_waits": _text_waits,
}
