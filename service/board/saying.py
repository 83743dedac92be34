"""What happened, what is due and what must be done, in words for the reader."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape

from service.answers.deadline_text import deadline_text
from service.board.desk import PageDesk
from service.board.happened import happened
from service.foresight.told import EventForeseen
from workflows.ledger.chain import Body
from workflows.task.table import of_director


def say_deadline(desk: PageDesk, rule: str, text: str) -> Markup:
    """What is to be done by a deadline; `text` is what stands there for a rule that nobody has put in words."""
    key = f"rule.{rule}"
    return desk.w(key) if desk.w.has(key) else escape(deadline_text(rule, text, desk.lang))


def say_task(desk: PageDesk, text: str, data: Mapping[str, Any]) -> Markup:
    """What a task asks for, in the reader's language where it was written in it; `text` is English."""
    return desk.f.named(data.get(f"text_{desk.lang}") or text)


def say_doer(desk: PageDesk, owner: str | None, role: str, escalated_at: datetime | None) -> Markup:
    """Whose a task is: somebody's by name, a role's, or a manager's that the directors have been told of since."""
    if owner:
        return escape(owner)
    if role == "director" and not of_director(role, escalated_at):
        manager, director = desk.f.role("manager"), desk.f.role("director")
        return desk.w("say.escalated", manager=manager, director=director, since=desk.day_of(escalated_at))
    return desk.f.role(role)


def say_event(desk: PageDesk, said: Body | EventForeseen) -> Markup:
    """What an event of the ledger was, or would be."""
    return happened(desk.w, desk.f, said.type, said.after if said.before != said.after else None)


def say_actor(desk: PageDesk, actor: str, names: Mapping[UUID, str]) -> Markup:
    """Who did something: a person by name, a program by its key's, the service itself."""
    kind, _, id = actor.partition(":")
    known = names.get(UUID(id)) if id and _is_id(id) else None
    if known is not None:
        return escape(known)
    key = f"actor.{kind}"
    return desk.w(key) if desk.w.has(key) else desk.w("actor.service")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def actor_id(actor: str) -> UUID | None:
    """The person, key or contact that an event names."""
    id = actor.partition(":")[2]
    return UUID(id) if id and _is_id(id) else None
