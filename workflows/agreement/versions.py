"""Which version of its terms binds an agreement: told and adopted, agreed by both, taken back again. Pure.

What is open keeps the instants it was opened with; all that opens later goes by the version that binds then.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from workflows.agreement.guards import SPOKEN, At, facts_missing
from workflows.machine.effects import (
    RANK_CLOSE,
    ClearTimer,
    CloseTasks,
    Effect,
    OpenTask,
    SetTimer,
    Tell,
)
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


def _said(c: At, text: Text) -> dict[str, Any]:
    before = c.entity.terms_version
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


def _bind(c: At, text: Text, *more: Effect, personal: dict[str, Any] | None = None) -> Outcome[Agreement]:
    entity = _bound(c.entity, text)
    return Outcome(entity, _said(c, text), personal or {}, (*SETTLED, *more), event="text_adopted")


def _told(c: At) -> Text:
    return Text(
        version=c.data.version, version_id=c.data.version_id, since=c.at, how=c.data.how, change_id=c.data.change_id,
        notice_id=c.data.notice_id,
    )  # fmt: skip


def adopt(c: At) -> Outcome[Agreement]:
    """A notice went through: its new version binds from now on (P13)."""
    return _bind(c, _told(c))


def adopt_later(c: At) -> Outcome[Agreement]:
    """The customer is leaving, or has left: the text that it left stands, unless the end is taken back."""
    entity = replace(c.entity, adopting=Adopting(text=_told(c), waits_for="end"))
    return Outcome(entity, {"version": c.data.version, "waits_for": "end"}, effects=SETTLED, event="text_waits")


def adopt_with_facts(c: At) -> Outcome[Agreement]:
    """The new version leaves blank what this agreement does not say: it binds once that is given."""
    return _wait_for_facts(c, c.entity, _told(c))


def _wait_for_facts(c: At, entity: Agreement, text: Text) -> Outcome[Agreement]:
    missing = _lacking(c, text.version_id, entity.facts)
    task = OpenTask(
        "facts_missing",
        f"Version {text.version} of the terms binds this agreement once what it leaves blank is given "
        f"(give-facts): {'; '.join(missing)}.",
        c.id,
        data={"version": text.version, "missing": missing},
    )
    entity = replace(entity, adopting=Adopting(text=text, waits_for="facts"))
    said = {"version": text.version, "waits_for": "facts", "missing": missing}
    return Outcome(entity, said, effects=(*SETTLED, task), event="text_waits")


def passed_over(c: At) -> Outcome[Agreement]:
    """A change that was announced after this one binds already, or what both agreed on since: that stands."""
    said = {"version": c.data.version, "holds": c.entity.terms_version}
    task: tuple[Effect, ...] = ()
    if c.data.version_id != c.entity.terms_version_id:
        text = (
            f"Version {c.data.version} was to bind this agreement by a notice, but {c.entity.terms_version} came later "
            "and stands. See whether that is what was meant; both can agree on another version (amend)."
        )
        task = (OpenTask("text_passed_over", text, c.id, key=c.data.version),)
    return Outcome(c.entity, said, effects=task, event="text_passed_over")


def bind(c: At) -> Outcome[Agreement]:
    """What it waited for is there."""
    assert c.entity.adopting is not None
    text = c.entity.adopting.text
    if text.since is None or text.since < c.at:
        text = replace(text, since=c.at)
    if _lacking(c, text.version_id, c.entity.facts):
        return _wait_for_facts(c, c.entity, text)
    return _bind(c, text)


def give_facts(c: At) -> Outcome[Agreement]:
    """What a version waits for: where that is all, it binds from now on."""
    assert c.entity.adopting is not None
    text = replace(c.entity.adopting.text, since=c.at)
    c.entity = replace(c.entity, facts={**c.entity.facts, **c.data.facts})
    found = _wait_for_facts(c, c.entity, text) if _lacking(c, text.version_id, c.entity.facts) else _bind(c, text)
    return replace(found, data={**found.data, "facts": c.data.facts})


def amend(c: At) -> Outcome[Agreement]:
    """Both agreed in writing: whatever the terms say of changing them, so much they may always do (CO-31)."""
    data = c.data
    since = start_of_day(data.effective_on or data.agreed_on, c.context.terms.zone)
    # Not before it was in force, nor before the version that it replaces.
    since = max(since, *(one.since for one in texts(c.entity) if one.since is not None))
    meant = [one for one in c.context.new_texts if one.version_id == data.version_id]
    text = Text(
        version=data.to_version, version_id=data.version_id, since=since, how="agreed", agreed_on=data.agreed_on,
        evidence=data.evidence, change_id=meant[-1].change_id if meant else None,
        notice_id=meant[-1].notice_id if meant else None,
    )  # fmt: skip
    c.entity = replace(c.entity, facts={**c.entity.facts, **data.facts})
    tell = tuple(Tell(one.notice_id, "agreed", {"since": since.isoformat()}) for one in meant)
    personal = {"by": data.by, "evidence": data.evidence}
    if since <= c.now:
        return _bind(c, text, *tell, personal=personal)
    entity = replace(c.entity, adopting=Adopting(text=text, waits_for="day"))
    said = {**_said(c, text), "waits_for": "day"}
    timer = SetTimer("bind", since, "bind", RANK_CLOSE)
    return Outcome(entity, said, personal, (*SETTLED, timer, *tell), event="text_agreed")


def take_back(c: At) -> Outcome[Agreement]:
    """P18: the yes is gone on which the version rests; what bound before binds again from now on."""
    before = back(c.entity, c.at, c.data.notice_id)
    text = before.terms_history[-1]
    return Outcome(before, {**_said(c, text), "why": c.data.why}, effects=SETTLED, event="text_taken_back")


def forget(c: At) -> Outcome[Agreement]:
    """The yes is gone before the version bound."""
    said = {"notice_id": c.data.notice_id, "why": c.data.why}
    return Outcome(replace(c.entity, adopting=None), said, effects=SETTLED, event="text_given_up")


def back(entity: Agreement, since: datetime, notice: UUID | None) -> Agreement:
    """The agreement under the version before the one it is under, from `since` (UTC) on."""
    before, now = entity.terms_history[-2:]
    text = Text(
        version=before.version, version_id=before.version_id, since=since, how="taken_back",
        change_id=now.change_id, notice_id=notice,
    )  # fmt: skip
    return _bound(entity, text)


def left_over(c: At, entity: Agreement, arrived: datetime) -> Agreement:
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


def _lacking(c: At, version: UUID, facts: dict[str, Any]) -> list[str]:
    terms = c.context.versions.get(version)
    return facts_missing(terms, facts) if terms is not None else []


def _leaving(c: At) -> str | None:
    if c.entity.terminates_at is not None and c.entity.end_ground == "amendment":
        return None
    return "it goes on"


def _staying(c: At) -> str | None:
    return "the customer is leaving over a change" if _leaving(c) is None else None


def _newer_binds(c: At) -> str | None:
    """Changes are told apart by their ids, which are in the order of their making."""
    if c.data.version_id == c.entity.terms_version_id:
        return None
    last = c.entity.terms_history[-1] if c.entity.terms_history else None
    told = local_day(c.data.told_at, c.context.terms.zone) if c.data.told_at is not None else None
    if told is not None and last is not None and last.agreed_on is not None and told <= last.agreed_on:
        return None
    newest = max((one.change_id for one in c.entity.terms_history if one.change_id is not None), default=None)
    return None if newest is not None and newest > c.data.change_id else "it is the newest"


def _newest(c: At) -> str | None:
    return "a newer one binds" if _newer_binds(c) is None else None


def _says_all(c: At) -> str | None:
    missing = _lacking(c, c.data.version_id, c.entity.facts)
    return f"facts are missing: {'; '.join(missing)}" if missing else None


def _leaves_blank(c: At) -> str | None:
    return "no facts are missing" if _says_all(c) is None else None


def _text_ready(c: At) -> str | None:
    return None if c.entity.adopting is not None else "no version waits to bind"


def _facts_awaited(c: At) -> str | None:
    if c.entity.adopting is not None and c.entity.adopting.waits_for == "facts":
        return None
    return "No version of the terms waits for facts; one that was entered wrongly is put right by `correct`."


def _text_rests(c: At) -> str | None:
    history = c.entity.terms_history
    if len(history) > 1 and history[-1].notice_id == c.data.notice_id and history[-1].how != "taken_back":
        return None
    return "the version that binds does not rest on this notice"


def _text_waits(c: At) -> str | None:
    waiting = c.entity.adopting
    if waiting is not None and waiting.text.notice_id == c.data.notice_id:
        return None
    return "nothing waits that rests on this notice"


def _amended_in_writing(c: At) -> str | None:
    if c.data.channel in SPOKEN:
        clause = c.context.terms.amendment.clause or "GDPR art. 28(9)"
        return f"A change of the text needs writing ({clause}): enter it once both have signed or written."
    return None


def _another_text(c: At) -> str | None:
    if c.data.version_id == c.entity.terms_version_id:
        return f"It runs under version {c.data.to_version} already."
    return None


def _agreed_by_now(c: At) -> str | None:
    if c.data.agreed_on > local_day(c.now, c.context.terms.zone):
        return "`agreed_on` lies in the future: enter it once both have agreed; `effective_on` may lie ahead."
    if c.data.effective_on is not None and c.data.effective_on < c.data.agreed_on:
        return "`effective_on` lies before `agreed_on`: a text binds from the day of agreeing at the earliest."
    return None


def _amended_facts(c: At) -> str | None:
    missing = _lacking(c, c.data.version_id, {**c.entity.facts, **c.data.facts})
    if missing:
        return f"Version {c.data.to_version} leaves blank what this agreement does not say: {'; '.join(missing)}."
    return None


TEXT_GUARDS: dict[str, Callable[[At], str | None]] = {
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
