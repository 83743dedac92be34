"""The breach: one incident, from its discovery until it is settled. Its customers' clocks run in their cases.

discovered → notified → closed
"""

from msgspec.structs import replace

from workflows.machine.effects import (
    CloseTasks,
    Effect,
    OpenTask,
    Tell,
)
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import (
    Carrier,
    Outcome,
    Row,
    State,
    Table,
)
from workflows.model.breach import (
    Breach,
    BreachClose,
    BreachContext,
    BreachCorrect,
    BreachUpdate,
    Said,
    Update,
)

At = Carrier[Breach, BreachContext]

STATES = (
    State("discovered", "On record, and the clocks of its customers run; nobody was told yet.", frozenset({"live"})),
    State("notified", "Its customers are told, each in the way its agreement asks for.", frozenset({"live", "told"})),
    State("closed", "Settled; it stays in the register.", final=True),
)


def notify(c: At) -> Outcome[Breach]:
    """Every customer that was not told yet is told."""
    effects: list[Effect] = [Tell(one.id, "notify") for one in c.context.cases if one.open and not one.notified]
    effects.append(CloseTasks(("breach_notify",)))
    if c.entity.notified_at is None:
        text = "Complete what the agreements ask to be told of this breach, and keep the customers informed."
        effects.append(OpenTask("breach_follow_up", text, c.id))
    return Outcome(replace(c.entity, notified_at=c.entity.notified_at or c.at), effects=tuple(effects))


def update(c: At) -> Outcome[Breach]:
    """More is known: told to whoever was told before. No clock moves."""
    given: BreachUpdate = c.data
    known = {one.id: one for one in c.entity.contents}
    known |= {id: Said(id=id, text=text, at=c.at) for id, text in given.contents.items()}
    news = bool(given.summary or given.categories or given.contents or given.text) or (
        given.people_min is not None or given.people_max is not None
    )
    told = "told" in c.tags and news
    entity = replace(
        c.entity,
        summary=given.summary or c.entity.summary,
        categories=given.categories if given.categories is not None else c.entity.categories,
        people_min=given.people_min if given.people_min is not None else c.entity.people_min,
        people_max=given.people_max if given.people_max is not None else c.entity.people_max,
        contents=tuple(known.values()),
        updates=(*c.entity.updates, Update(at=c.at, text=given.text)) if told and given.text else c.entity.updates,
        phase=c.entity.phase + 1 if told else c.entity.phase,
    )
    said = {
        "phase": entity.phase,
        "contents": sorted(given.contents),
        "people_min": entity.people_min,
        "people_max": entity.people_max,
        "agreements": tuple(dict.fromkeys(given.agreements)),
    }
    news_of = {"phase": entity.phase, "text": given.text}
    tell = [Tell(one.id, "updated", news_of) for one in c.context.cases if one.open and one.notified]
    words = {"summary": given.summary, "contents": given.contents, "text": given.text}
    return Outcome(
        entity,
        said,
        {key: value for key, value in words.items() if value},
        tuple(tell if told else ()),
        event="updated",
    )


def correct(c: At) -> Outcome[Breach]:
    """P25: the clocks run from another instant; nothing that was done is rewritten."""
    entity = replace(c.entity, discovered_at=c.data.discovered_at)
    said = {"discovered_at": c.data.discovered_at, "before": c.entity.discovered_at, "reason": c.data.reason}
    return Outcome(
        entity, said, effects=tuple(Tell(one.id, "rediscovered") for one in c.context.cases), event="corrected"
    )


def close(c: At) -> Outcome[Breach]:
    """It is settled, whatever it was: every breach stays in the register."""
    entity = replace(c.entity, closed_at=c.at, conclusion=c.data.conclusion)
    tell = tuple(Tell(one.id, "close", {"conclusion": c.data.conclusion}) for one in c.context.cases if one.open)
    done = CloseTasks(("breach_notify", "breach_follow_up"))
    personal = {"conclusion": c.data.conclusion} if c.data.conclusion else {}
    return Outcome(entity, {}, personal, (done, *tell), event="closed")


def _someone_untold(c: At) -> str | None:
    return None if any(one.open and not one.notified for one in c.context.cases) else "Every customer was told already."


def _all_informed(c: At) -> str | None:
    left = sum(1 for one in c.context.cases if one.open and one.notified and not one.informed)
    if left:
        return (
            f"{left} of its customers are not on record as informed: telephone them and record the call, or wait "
            "for the message to arrive; `cases` shows which."
        )
    return None


def _number_makes_sense(c: At) -> str | None:
    low = c.data.people_min if c.data.people_min is not None else c.entity.people_min
    high = c.data.people_max if c.data.people_max is not None else c.entity.people_max
    if low is not None and high is not None and low > high:
        return f"people_min ({low}) is more than people_max ({high}): give both."
    return None


def _discovered_by_now(c: At) -> str | None:
    return None if c.data.discovered_at <= c.now else "The breach cannot have been discovered later than now."


BREACH = Workflow(
    Table(
        name="breach",
        entity=Breach,
        context=BreachContext,
        initial="discovered",
        states=STATES,
        rows=(
            Row("notify", ("discovered",), "notified", notify, action=True),
            Row("notify", ("notified",), None, notify, require=("someone_untold",), action=True),
            Row("update", ("discovered", "notified"), None, update, require=("number_makes_sense",),
                data=BreachUpdate, action=True),
            Row("correct", ("discovered", "notified"), None, correct, require=("discovered_by_now",),
                data=BreachCorrect, action=True),
            Row("close", ("discovered", "notified"), "closed", close, require=("all_informed",),
                data=BreachClose, action=True),
        ),
        guards={
            "someone_untold": _someone_untold,
            "all_informed": _all_informed,
            "number_makes_sense": _number_makes_sense,
            "discovered_by_now": _discovered_by_now,
        },
    )
)  # fmt: skip
