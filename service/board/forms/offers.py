"""What may be done with a subject, as links to the forms: for its page on the board.

offers = await offers_of(request, "agreements", agreement)      # the subject as the API shows it
{% include "forms/actions.html" %}                              with `offers` and the forms' words as `f`
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.connection import Request
from markupsafe import Markup

from service.board.forms import calling
from service.board.forms.deeds import UPDATE, deeds
from service.board.forms.words import FormWords, form_words
from service.board.render import root, words_for
from service.http.auth import Role
from service.http.request_context import RequestContext
from workflows.kinds import WORKFLOWS
from workflows.machine.vocabulary import READER


class ActionLink(msgspec.Struct, frozen=True, kw_only=True):
    """An action, by what it is called, with the way to its form; none where another role's it is."""

    action: str
    label: Markup
    href: str = ""
    role: Role | None = None
    """Whose it is, where it is not for whoever is signed in."""
    for_good: bool = False


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """What may be done now: by whoever is signed in, and by another role alone."""

    mine: tuple[ActionLink, ...] = ()
    others: tuple[ActionLink, ...] = ()


_HIGHER: Final[Role] = "director"
"""Whose decisions the terms reserve."""


async def offers_of(request: Request[Any, Any, Any], list: str, subject: Mapping[str, Any]) -> Offers:
    """What may be done with a subject; `subject` is as the API shows it to whoever is signed in."""
    caller = RequestContext(request).caller
    if caller.role == READER:
        return Offers()
    id = str(subject["id"])
    w = form_words(words_for(request).lang)
    mine = tuple(_offer(request, w, list, id, one) for one in _shown(list, subject) if caller.may(_role(list, one)))
    if caller.may(_HIGHER):
        return Offers(mine=mine)
    seen = await calling.one(request, list, UUID(id), role=_HIGHER)
    known = {one.action for one in mine}
    others = tuple(
        ActionLink(action=one, label=w.action(list, one), role=_HIGHER)
        for one in _shown(list, seen)
        if one not in known
    )
    return Offers(mine=mine, others=others)


def link_to(request: Request[Any, Any, Any], list: str, id: UUID | str | None, action: str, **filled: Any) -> str:
    """The way to a form; `filled` are fields that it begins with."""
    place = f"{root(request)}board/{list}/{action}" if id is None else f"{root(request)}board/{list}/{id}/{action}"
    query = "&".join(f"{name}={value}" for name, value in filled.items())
    return f"{place}?{query}" if query else place


def done_in(request: Request[Any, Any, Any], list: str) -> Markup | None:
    """What was just done to the subject whose page this is; None where nothing was."""
    action = request.query_params.get("done", "")
    w = form_words(words_for(request).lang)
    return w("done.said", action=w.action(list, action)) if (list, action) in deeds() else None


def _offer(request: Request[Any, Any, Any], w: FormWords, list: str, id: str, action: str) -> ActionLink:
    deed = deeds()[list, action]
    return ActionLink(
        action=action,
        label=w.action(list, action),
        href=link_to(request, list, id, action),
        for_good=deed.for_good,
    )


def _shown(list: str, subject: Mapping[str, Any]) -> tuple[str, ...]:
    """The subject's actions that have a form; changing it where the API takes that without a row of the table."""
    asked = tuple(one for one in subject.get("actions", ()) if (list, one) in deeds())
    deed = deeds().get((list, UPDATE))
    if deed is None or not deed.fills or UPDATE in asked or not _changeable(list, subject):
        return asked
    return (UPDATE, *asked)


def _changeable(list: str, subject: Mapping[str, Any]) -> bool:
    """Whether the table lets the record itself be changed in this state."""
    flow = WORKFLOWS[deeds()[list, UPDATE].kind]
    return flow.answers(UPDATE, subject.get("state", flow.table.initial))


def _role(list: str, action: str) -> Role:
    return deeds()[list, action].role
