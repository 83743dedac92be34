"""The breach: one incident, from its discovery until it is settled. Its customers' clocks run in their cases.

discovered → notified → closed
"""

from msgspec.structs import replace

from workflows.machine.effects import CloseTasks, Effect, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.messages import CASE_CLOSE, CASE_NOTIFY, CASE_REDISCOVERED, CASE_UPDATED
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.breach import (
    Breach,
    BreachClose,
    BreachContext,
    BreachCorrect,
    BreachUpdate,
    Closing,
    Discovered,
    Said,
    SentUpdate,
    Updated,
)

BreachStep = StepInput[Breach, BreachContext, D_co]
BreachStanding = Standing[Breach, BreachContext]

STATES = (
    State("discovered", "On record, and the clocks of its customers run; nobody was told yet.", frozenset({"live"})),
    State("notified", "Its customers are told, each in the way its agreement asks for.", frozenset({"live", "told"})),
    State("closed", "Settled; it stays in the register.", final=True),
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
    }
    contents = {one.id: one.text for one in entity.contents}
    return Outcome(entity, said, {"summary": entity.summary, "categories": entity.categories, "contents": contents})


def notify(ctx: BreachStep) -> Outcome[Breach]:
    """Every customer that was not told yet is told."""
    untold = [one.id for one in ctx.context.cases if one.open and not one.notified]
    effects: list[Effect] = [*(CASE_NOTIFY.to(one) for one in untold), CloseTasks(("breach_notify",))]
    if ctx.entity.notified_at is None:
        text = "Complete what the agreements ask to be told of this breach, and keep the customers informed."
        effects.append(OpenTask("breach_follow_up", text, ctx.id))
    return Outcome(replace(ctx.entity, notified_at=ctx.entity.notified_at or ctx.at), effects=tuple(effects))


def update(ctx: BreachStep[BreachUpdate]) -> Outcome[Breach]:
    """More is known: told to whoever was told before. No clock moves."""
    given = ctx.data
    known = {one.id: one for one in ctx.entity.contents}
    known |= {id: Said(id=id, text=text, at=ctx.at) for id, text in given.contents.items()}
    news = bool(given.summary or given.categories or given.contents or given.text) or (
        given.people_min is not None or given.people_max is not None
    )
    told = "told" in ctx.tags and news
    entity = replace(
        ctx.entity,
        summary=given.summary or ctx.entity.summary,
        categories=given.categories if given.categories is not None else ctx.entity.categories,
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
    words = {"summary": given.summary, "contents": given.contents, "text": given.text}
    return Outcome(
        entity,
        said,
        {key: value for key, value in words.items() if value},
        tuple(tell if told else ()),
    )


def correct(ctx: BreachStep[BreachCorrect]) -> Outcome[Breach]:
    """P25: the clocks run from another instant; nothing that was done is rewritten."""
    entity = replace(ctx.entity, discovered_at=ctx.data.discovered_at)
    said = {"discovered_at": ctx.data.discovered_at, "before": ctx.entity.discovered_at, "reason": ctx.data.reason}
    return Outcome(entity, said, effects=tuple(CASE_REDISCOVERED.to(one.id) for one in ctx.context.cases))


def close(ctx: BreachStep[BreachClose]) -> Outcome[Breach]:
    """It is settled, whatever it was: every breach stays in the register."""
    entity = replace(ctx.entity, closed_at=ctx.at, conclusion=ctx.data.conclusion)
    over = Closing(conclusion=ctx.data.conclusion)
    tell = tuple(CASE_CLOSE.to(one.id, over) for one in ctx.context.cases if one.open)
    done = CloseTasks(("breach_notify", "breach_follow_up"))
    personal = {"conclusion": ctx.data.conclusion} if ctx.data.conclusion else {}
    return Outcome(entity, {}, personal, (done, *tell))


def _someone_untold(ctx: BreachStanding) -> str | None:
    return (
        None if any(one.open and not one.notified for one in ctx.context.cases) else "Every customer was told already."
    )


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
            Row("close", ("discovered", "notified"), "closed", close, require=(_all_informed,),
                data=BreachClose, event="closed", action=True),
        ),
        tells=(CASE_NOTIFY, CASE_UPDATED, CASE_REDISCOVERED, CASE_CLOSE),
        path="breaches",
        reads_messages_first=True,
    )
)  # fmt: skip
