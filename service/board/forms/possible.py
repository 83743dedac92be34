"""What is known before a form is filled in: whether its action is possible, by whom, and which choices within it are.

The answer is the table's own, by its guards: the same that the post would be given.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup

from service.board.forms import calling
from service.board.forms.choices import Around
from service.board.forms.deeds import UPDATE, Deed, deeds
from service.board.forms.fields import Field
from service.board.resources import RESOURCES
from service.http.offers import stands
from workflows.agreement.data_guards import unwritten_choice
from workflows.agreement.guards import SPOKEN
from workflows.kinds import WORKFLOWS
from workflows.terms.clauses import as_found

_MANY: Final = 2
"""Only rows of a table that share a trigger are told apart by a choice."""


STILL: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = {
    ("agreements", UPDATE): ("editable", ("external_id", "labels")),
}
"""By list and action: once a subject has no longer this tag, nothing but these fields may be given."""


class Possible(msgspec.Struct, frozen=True, kw_only=True):
    """Why an action is not possible now, None where it is; and why choices within it are not, by field and
    value."""

    why: Markup | None = None
    of_role: bool = False
    """Whether it is the role alone that is in the way."""
    closed: Mapping[tuple[str, str], Markup] = {}
    only: tuple[str, ...] | None = None
    """The fields that may be given still, where others may not."""

    def narrowed(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Fields that may be given, without the choices that are not possible."""
        return tuple(
            msgspec.structs.replace(
                one, choices=tuple(value for value in one.choices if (one.name, value) not in self.closed)
            )
            if any(name == one.name for name, _ in self.closed)
            else one
            for one in fields
            if self.only is None or one.name in self.only
        )


async def possible(around: Around, deed: Deed, id: UUID | None, fields: tuple[Field, ...]) -> Possible:
    """What stands in the way of an action on a subject, for whoever is signed in."""
    subject, action = around.subject, deed.action
    flow = WORKFLOWS.get(deed.kind)
    if id is None or flow is None or deed.list not in RESOURCES or "actions" not in subject:
        return Possible()
    rows = [row for row in flow.table.rows if row.trigger == action and row.action]
    state = subject["state"]
    if not rows:  # the record itself is changed, whatever its table knows
        tag, fields_left = STILL.get((deed.list, action), ("", ()))
        return Possible(only=fields_left if tag and tag not in flow.states[state].tags else None)
    if action not in flow.actions(state):
        return Possible(why=not_now(around, deed, state, subject["actions"]))
    several = len(rows) >= _MANY
    if action in subject["actions"] and not several:
        return Possible()
    call = calling.FormCall(around.request)
    async with call.reading() as unit:
        row: Any = await RESOURCES[deed.list].row(unit, id)
        entity, context = (await stands(unit.connection, unit.engine, deed.kind, [row]))[id]
    role = call.caller.role
    why = flow.refusal(action, row["state"], entity, context, role=role)
    if why is not None:
        other = flow.refusal(action, row["state"], entity, context)
        return Possible(why=around.words.told(why), of_role=other is None)
    closed = {
        (one.name, value): around.words.told(said)
        for one in fields
        if one.kind == "choice" and several
        for value in one.choices
        if (said := flow.closed(action, SimpleNamespace(**{one.name: value}), row["state"], entity, context, role=role))
    }
    return Possible(closed={**closed, **await _in_writing(around, deed)})


async def _in_writing(around: Around, deed: Deed) -> Mapping[tuple[str, str], Markup]:
    """Ways in which a choice may not come in, where the agreement wants it in writing."""
    if (deed.list, deed.action) != _CHOICE or around.subject.get("terms_version_id") is None:
        return {}
    version = UUID(around.subject["terms_version_id"])
    call = calling.FormCall(around.request)
    async with call.reading() as unit:
        terms = (await unit.engine.terms(unit.connection, [version]))[version]
    why = unwritten_choice(terms)
    if why is None:
        return {}
    shown = around.words.told(why.replace(terms.end.clause, as_found(terms, terms.end.clause, around.lang)))
    return {("channel", one): shown for one in SPOKEN}


_CHOICE: Final = ("agreements", "choose")


def not_now(around: Around, deed: Deed, state: str, actions: Any) -> Markup:
    """Why a state takes no such action, and what it takes: by the names that people know both by."""
    w = around.words
    said = w.state(deed.kind, state)
    known = [one for one in actions if (deed.list, one) in deeds()]
    if not known:
        return w("error.not_now_nothing", state=said)
    return w("error.not_now", state=said, actions=Markup(", ").join(w.action(deed.list, one) for one in known))
