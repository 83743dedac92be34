"""The watch: another vendor's list of subprocessors, read again and again.

    following ⇄ failing → stopped

What is found opens notices from upstream, which have a life of their own; a watch decides nothing.
"""

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import asdict, replace

from workflows.machine.effects import CloseTasks, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, State, StepInput, Table
from workflows.model.parties import NoContext
from workflows.model.task_words import in_each, task_words
from workflows.model.watch import Differed, LookAgain, NotRead, StopWatching, Unread, Watch, WatchUpdate
from workflows.words import Language, said_in

WatchStep = StepInput[Watch, NoContext, D_co]

STATES = (
    State("following", "Its list is read every few hours."),
    State("failing", "Its list could not be read for several attempts. It is tried again, less often."),
    State("stopped", "It is looked at no more.", final=True),
)
OPEN = ("following", "failing")
_TASKS: Final = ("watch_failing",)


def created(ctx: WatchStep) -> Outcome[Watch]:
    """What stands there is what later looks are compared with."""
    entity = ctx.entity
    host = urlsplit(entity.url).netloc
    said = {"subprocessor_id": entity.subprocessor_id, "host": host, "carry_on": entity.carry_on}
    return Outcome(entity, said)


def update(ctx: WatchStep[WatchUpdate]) -> Outcome[Watch]:
    """Each field given takes the place of the old."""
    given = {key: value for key, value in asdict(ctx.data).items() if value is not msgspec.UNSET}
    said: dict[str, Any] = {"fields": sorted(given)}
    if "url" in given:
        said["host"] = urlsplit(given["url"]).netloc
    if "carry_on" in given:
        said["carry_on"] = given["carry_on"]
    return Outcome(replace(ctx.entity, **given), said)


def asked(ctx: WatchStep[LookAgain]) -> Outcome[Watch]:
    return Outcome(ctx.entity)


def failed(ctx: WatchStep[NotRead]) -> Outcome[Watch]:
    """A person should look what is wrong there; attempts go on meanwhile."""
    why, status = ctx.data.why, ctx.data.status
    words: object = ctx.data.words
    if why is not None:
        words = in_each(lambda lang: why_unread(why, status, lang))
    text = task_words("watch_failing", words=words)
    said = {"words": ctx.data.words, "status": ctx.data.status}
    task = OpenTask("watch_failing", text, ctx.id)
    return Outcome(replace(ctx.entity, failing_since=ctx.at), said, effects=(task,))


def why_unread(why: Unread, status: int | None, lang: Language) -> str:
    """Why a list could not be read, in a language; the words of the other side are in no task and no event."""
    return str(said_in(lang)(f"watch.why_{why}", **({"status": status} if why == "refused" else {})))


def recovered(ctx: WatchStep) -> Outcome[Watch]:
    return Outcome(replace(ctx.entity, failing_since=None), effects=(CloseTasks(_TASKS),))


def differed(ctx: WatchStep[Differed]) -> Outcome[Watch]:
    """What it was read to say goes into notices; here stands only that it did."""
    return Outcome(replace(ctx.entity, differed_at=ctx.at), msgspec.to_builtins(ctx.data))


def stopped(ctx: WatchStep[StopWatching]) -> Outcome[Watch]:
    said = {"reason": ctx.data.reason} if ctx.data.reason else {}
    return Outcome(ctx.entity, said, effects=(CloseTasks(_TASKS),))


WATCH = Workflow(
    Table(
        name="watch",
        entity=Watch,
        context=NoContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "following", created, event="created"),
            Row("update", OPEN, None, update, data=WatchUpdate, event="updated"),
            Row("look", OPEN, None, asked, data=LookAgain, event="asked", action=True),
            Row("stop", OPEN, "stopped", stopped, data=StopWatching, event="stopped", action=True),
            Row("failed", ("following",), "failing", failed, data=NotRead, event="unread"),
            Row("recovered", ("failing",), "following", recovered, event="read_again"),
            Row("differed", ("following",), None, differed, data=Differed),
        ),
        path="watches",
    )
)
