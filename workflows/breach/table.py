"""The breach: one incident, from its discovery until it is settled. Its customers' clocks run in their cases.

discovered → notified → closed; closed is opened again where it was not settled after all.
"""

from typing import Any, Final

from msgspec.structs import replace

from workflows.breach.words import known, meaning
from workflows.machine.effects import CloseTasks, Effect, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.messages import (
    CASE_CLOSE,
    CASE_DROP,
    CASE_KIND_NAMED,
    CASE_NOTIFY,
    CASE_REDISCOVERED,
    CASE_REOPEN,
    CASE_UPDATED,
)
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.breach import (
    Breach,
    BreachClose,
    BreachContext,
    BreachCorrect,
    BreachDrop,
    BreachOfKind,
    BreachReopen,
    BreachUpdate,
    CaseRef,
    Closing,
    Discovered,
    Dropped,
    KindNamed,
    Reopened,
    Said,
    SentUpdate,
    Updated,
)
from workflows.model.per_language import as_given, base_of, list_base_of
from workflows.model.task_words import task_words
from workflows.terms.names import PLAIN

BreachStep = StepInput[Breach, BreachContext, D_co]
BreachStanding = Standing[Breach, BreachContext]

_MOST_NAMED: Final = 5
"""Of the agreements of one meaning, in a refusal."""

STATES = (
    State("discovered", "On record, and the clocks of its customers run; nobody was told yet.", frozenset({"live"})),
    State("notified", "Its customers are told, each in the way its agreement asks for.", frozenset({"live", "told"})),
    State("closed", "Settled; it stays in the register, and opens again where it was not.", final=True),
)


def discovered(ctx: StepInput[Breach, object, Discovered]) -> Outcome[Breach]:
    """On record; the clocks run in its cases, which begin with it."""
    entity = ctx.entity
    said = {
        "discovered_at": entity.discovered_at,
        "agreements": ctx.data.agreements,
        "people_min": entity.people_min,
        "people_max": entity.people_max,
        "subprocessor_id": entity.subprocessor_id,
        **({"kind": entity.kind} if entity.kind else {}),
    }
    contents = {one.id: one.text for one in entity.contents}
    words: dict[str, Any] = {
        "summary": as_given(entity.summary, entity.summary_in),
        "categories": as_given(entity.categories, entity.categories_in),
        "contents": contents,
    }
    return Outcome(entity, said, words)


def notify(ctx: BreachStep) -> Outcome[Breach]:
    """Every customer that was not told yet is told."""
    untold = [one.id for one in ctx.context.cases if one.open and not one.notified]
    effects: list[Effect] = [CASE_NOTIFY.to(one) for one in untold]
    if ctx.entity.notified_at is None:
        effects.append(_follow_up(ctx))
    return Outcome(replace(ctx.entity, notified_at=ctx.entity.notified_at or ctx.at), effects=tuple(effects))


def _follow_up(ctx: BreachStep) -> OpenTask:
    text = task_words("breach_follow_up")
    return OpenTask("breach_follow_up", text, ctx.id)


def update(ctx: BreachStep[BreachUpdate]) -> Outcome[Breach]:
    """More is known: told to whoever was told before. No clock moves.

    An agreement that was dropped and is named again is touched after all: its clock runs from the discovery.
    """
    given = ctx.data
    known = {one.id: one for one in ctx.entity.contents}
    known |= {id: Said(id=id, text=text, at=ctx.at) for id, text in given.contents.items()}
    news = bool(given.summary or given.categories or given.contents or given.text) or (
        given.people_min is not None or given.people_max is not None
    )
    told = "told" in ctx.tags and news
    entity = replace(
        ctx.entity,
        **_texts(given),
        people_min=given.people_min if given.people_min is not None else ctx.entity.people_min,
        people_max=given.people_max if given.people_max is not None else ctx.entity.people_max,
        contents=tuple(known.values()),
        updates=(*ctx.entity.updates, SentUpdate(at=ctx.at, text=given.text))
        if told and given.text
        else ctx.entity.updates,
        phase=ctx.entity.phase + 1 if told else ctx.entity.phase,
    )
    said = {
        "phase": entity.phase,
        "contents": sorted(given.contents),
        "people_min": entity.people_min,
        "people_max": entity.people_max,
        "agreements": tuple(dict.fromkeys(given.agreements)),
    }
    news_of = Updated(phase=entity.phase, text=given.text)
    tell = [CASE_UPDATED.to(one.id, news_of) for one in ctx.context.cases if one.open and one.notified]
    after_all = [one for one in ctx.context.cases if one.dropped and one.agreement_id in given.agreements]
    words = {"summary": given.summary, "contents": given.contents, "text": given.text}
    return Outcome(
        entity,
        said,
        {key: value for key, value in words.items() if value},
        (*(tell if told else ()), *(CASE_REOPEN.to(one.id, Reopened(given.text)) for one in after_all)),
    )


def _texts(given: BreachUpdate) -> dict[str, Any]:
    """What it is called by now, in each language where it was given so."""
    found: dict[str, Any] = {}
    if given.summary:
        found["summary"], found["summary_in"] = base_of(given.summary)
    if given.categories is not None:
        found["categories"], found["categories_in"] = list_base_of(given.categories)
    return found


def correct(ctx: BreachStep[BreachCorrect]) -> Outcome[Breach]:
    """P25: the clocks run from another instant; nothing that was done is rewritten."""
    entity = replace(ctx.entity, discovered_at=ctx.data.discovered_at)
    said = {"discovered_at": ctx.data.discovered_at, "before": ctx.entity.discovered_at, "reason": ctx.data.reason}
    return Outcome(entity, said, effects=tuple(CASE_REDISCOVERED.to(one.id) for one in ctx.context.cases))


def name_kind(ctx: BreachStep[BreachOfKind]) -> Outcome[Breach]:
    """Somebody says of which kind it is: the clock of whoever is not informed yet is the one of that kind."""
    given = ctx.data
    entity = ctx.entity if given.agreements else replace(ctx.entity, kind=given.kind)
    said = {"kind": given.kind, "before": ctx.entity.kind, "agreements": tuple(dict.fromkeys(given.agreements))}
    tell = tuple(CASE_KIND_NAMED.to(one.id, KindNamed(given.kind)) for one in _of_that_kind(ctx))
    return Outcome(entity, said, effects=tell)


def close(ctx: BreachStep[BreachClose]) -> Outcome[Breach]:
    """It is settled, whatever it was: every breach stays in the register."""
    conclusion, each = base_of(ctx.data.conclusion)
    entity = replace(ctx.entity, closed_at=ctx.at, conclusion=conclusion, conclusion_in=each)
    over = Closing(conclusion=ctx.data.conclusion)
    tell = tuple(CASE_CLOSE.to(one.id, over) for one in ctx.context.cases if one.open)
    done = CloseTasks(("breach_follow_up",))
    personal = {"conclusion": ctx.data.conclusion} if ctx.data.conclusion else {}
    return Outcome(entity, {"unanswered": _unanswered(ctx)}, personal, (done, *tell))


def drop(ctx: BreachStep[BreachDrop]) -> Outcome[Breach]:
    """It turned out not to touch some agreements: their clocks stop, and the reason stays on record."""
    cases = _to_drop(ctx)
    why = Dropped(ctx.data.reason)
    said = {"agreements": tuple(one.agreement_id for one in cases)}
    tell = tuple(CASE_DROP.to(one.id, why) for one in cases)
    return Outcome(ctx.entity, said, {"reason": ctx.data.reason}, tell)


def reopen(ctx: BreachStep[BreachReopen]) -> Outcome[Breach]:
    """It was not settled after all: the cases that it touches go on where they stood."""
    entity = replace(ctx.entity, closed_at=None, conclusion="", conclusion_in={})
    again = Reopened(ctx.data.reason)
    tell = tuple(CASE_REOPEN.to(one.id, again) for one in ctx.context.cases if not one.dropped)
    tasks = (_follow_up(ctx),) if entity.notified_at is not None else ()
    return Outcome(entity, {}, {"reason": ctx.data.reason}, (*tasks, *tell))


def _to_drop(ctx: BreachStep[BreachDrop]) -> tuple[CaseRef, ...]:
    wanted = ctx.data.agreements
    return tuple(
        one
        for one in ctx.context.cases
        if one.open and (one.agreement_id in wanted if wanted else not (one.notified or one.informed))
    )


def _unanswered(ctx: BreachStanding) -> tuple[str, ...]:
    """Questions of the agreements concerned to which nothing is known."""
    asked = (content for one in ctx.context.cases if one.open for content in one.contents)
    return tuple(dict.fromkeys(content.id for content in asked if not known(ctx.entity, content)))


def _someone_untold(ctx: BreachStanding) -> str | None:
    return (
        None if any(one.open and not one.notified for one in ctx.context.cases) else "Every customer was told already."
    )


def _all_told(ctx: BreachStanding) -> str | None:
    left = sum(1 for one in ctx.context.cases if one.open and not one.notified and not one.informed)
    if left:
        return (
            f"{left} of its customers were told nothing yet: tell them with notify, or say with drop, and a reason, "
            "which agreements it turned out not to touch; `cases` shows which."
        )
    return None


def _contents_answered(ctx: BreachStep[BreachClose]) -> str | None:
    left = _unanswered(ctx)
    if left and not base_of(ctx.data.conclusion)[0].strip():
        return (
            f"The agreements ask what is not answered yet ({', '.join(left)}): answer it with update, or close with "
            "a conclusion that says how it ended; the customers are told what stayed unknown."
        )
    return None


def _some_to_drop(ctx: BreachStep[BreachDrop]) -> str | None:
    found = {one.agreement_id for one in _to_drop(ctx)}
    if lost := [str(one) for one in ctx.data.agreements if one not in found]:
        return f"The breach has no open case for {', '.join(lost)}: `cases` shows those that it has."
    return None if found else "Every customer was told: name the agreements that it turned out not to touch."


def _kinds(ctx: BreachStanding) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind.id for one in ctx.context.cases if not one.dropped for kind in one.kinds))


def _counts_by_kind(ctx: BreachStanding) -> str | None:
    if _kinds(ctx):
        return None
    return "None of the agreements that it touches counts by the kind of breach: there is nothing to say."


def _kind_known(ctx: BreachStep[BreachOfKind]) -> str | None:
    known = (PLAIN, *_kinds(ctx))
    if ctx.data.kind in known:
        return None
    return f"None of its agreements names the kind {ctx.data.kind[:60]!r}. Known: {', '.join(known)}."


def _of_that_kind(ctx: BreachStep[BreachOfKind]) -> tuple[CaseRef, ...]:
    """Of whom it is said: the open cases whose agreement names that kind, or any where it is none of them."""
    given = ctx.data
    return tuple(
        one
        for one in ctx.context.cases
        if one.open
        and (one.kinds if given.kind == PLAIN else any(kind.id == given.kind for kind in one.kinds))
        and (not given.agreements or one.agreement_id in given.agreements)
    )


def _agreements_name_it(ctx: BreachStep[BreachOfKind]) -> str | None:
    found = {one.agreement_id for one in _of_that_kind(ctx)}
    if lost := [str(one) for one in ctx.data.agreements if one not in found]:
        return (
            f"The breach has no open case for {', '.join(lost)} whose text names that kind: `cases` shows those that "
            "it has, and their `kinds`."
        )
    return None


def _one_meaning(ctx: BreachStep[BreachOfKind]) -> str | None:
    if ctx.data.agreements:
        return None
    texts: dict[str, str] = {}
    whose: dict[str, list[str]] = {}
    for one in _of_that_kind(ctx):
        for kind in (each for each in one.kinds if each.id == ctx.data.kind):
            texts.setdefault(meaning(kind), kind.text)
            whose.setdefault(meaning(kind), []).append(str(one.agreement_id))
    if len(texts) <= 1:
        return None
    each = "; ".join(f"“{texts[one][:80]}”: {', '.join(ids[:_MOST_NAMED])}" for one, ids in whose.items())
    return (
        f"The agreements do not mean the same by {ctx.data.kind!r} ({each}): name in `agreements` those of which you "
        "say it."
    )


def _another_kind(ctx: BreachStep[BreachOfKind]) -> str | None:
    same = all(one.kind == ctx.data.kind for one in _of_that_kind(ctx))
    return "It is on record as of that kind already." if same else None


def _someone_uninformed(ctx: BreachStanding) -> str | None:
    if any(one.open and one.kinds and not one.informed for one in ctx.context.cases):
        return None
    return "Every customer is informed: the clock that its kind decides runs for nobody any more."


def _never_told(ctx: BreachStanding) -> str | None:
    return None if ctx.entity.notified_at is None else "customers were told of it"


def _all_informed(ctx: BreachStanding) -> str | None:
    left = sum(1 for one in ctx.context.cases if one.open and one.notified and not one.informed)
    if left:
        return (
            f"{left} of its customers are not on record as informed: telephone them and record the call, or wait "
            "for the message to arrive; `cases` shows which."
        )
    return None


def _number_makes_sense(ctx: BreachStep[BreachUpdate]) -> str | None:
    low = ctx.data.people_min if ctx.data.people_min is not None else ctx.entity.people_min
    high = ctx.data.people_max if ctx.data.people_max is not None else ctx.entity.people_max
    if low is not None and high is not None and low > high:
        return f"people_min ({low}) is more than people_max ({high}): give both."
    return None


def _discovered_by_now(ctx: BreachStep[BreachCorrect]) -> str | None:
    return None if ctx.data.discovered_at <= ctx.now else "The breach cannot have been discovered later than now."


BREACH = Workflow(
    Table(
        name="breach",
        entity=Breach,
        context=BreachContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "discovered", discovered, data=Discovered, event="created"),
            Row("notify", ("discovered",), "notified", notify, action=True),
            Row("notify", ("notified",), None, notify, require=(_someone_untold,), action=True),
            Row("update", ("discovered", "notified"), None, update, require=(_number_makes_sense,),
                data=BreachUpdate, event="updated", action=True),
            Row("correct", ("discovered", "notified"), None, correct, require=(_discovered_by_now,),
                data=BreachCorrect, event="corrected", action=True),
            Row("name-kind", ("discovered", "notified"), None, name_kind,
                require=(_counts_by_kind, _someone_uninformed, _kind_known, _agreements_name_it, _one_meaning,
                         _another_kind), data=BreachOfKind, event="kind_named", action=True),
            Row("drop", ("discovered", "notified"), None, drop, require=(_some_to_drop,), data=BreachDrop,
                event="dropped", action=True),
            Row("close", ("discovered", "notified"), "closed", close,
                require=(_all_told, _all_informed, _contents_answered), data=BreachClose, event="closed", action=True),
            Row("reopen", ("closed",), "discovered", reopen, when=(_never_told,), data=BreachReopen,
                event="reopened", action=True),
            Row("reopen", ("closed",), "notified", reopen, unless=(_never_told,), data=BreachReopen,
                event="reopened", action=True),
        ),
        tells=(CASE_NOTIFY, CASE_UPDATED, CASE_REDISCOVERED, CASE_KIND_NAMED, CASE_DROP, CASE_CLOSE, CASE_REOPEN),
        path="breaches",
        reads_messages_first=True,
    )
)  # fmt: skip
