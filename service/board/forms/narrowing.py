"""Forms that ask by what was chosen first: of each kind of change what has a meaning for it, and nothing else. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from service.board.forms.deeds import NEW
from service.board.forms.fields import Field
from service.board.forms.typed import Typed
from workflows.intake.changes import NEEDS, asked_of


class FirstChoice(msgspec.Struct, frozen=True):
    """A choice that decides what else is asked: its field, and by what is chosen what is asked and what is required."""

    field: str
    asked: Callable[[Any], frozenset[str]]
    needs: Mapping[Any, tuple[str, ...]]


BY_CHOICE: Final[Mapping[tuple[str, str], FirstChoice]] = {("changes", NEW): FirstChoice("kind", asked_of, NEEDS)}
"""By list and action."""


def narrowed(list: str, action: str, fields: tuple[Field, ...], typed: Typed) -> tuple[Field, ...]:
    """What is asked once the choice is made; before that the choice alone."""
    choosing = BY_CHOICE.get((list, action))
    if choosing is None:
        return fields
    chosen = typed.one(choosing.field)
    if chosen not in choosing.needs:
        return tuple(one for one in fields if one.name == choosing.field)
    found = [
        msgspec.structs.replace(one, required=one.required or one.name in choosing.needs[chosen])
        for one in fields
        if one.name in choosing.asked(chosen)
    ]
    return tuple(sorted(found, key=lambda one: not one.required))


def of_kind(list: str, fields: tuple[Field, ...], kind: str) -> tuple[Field, ...]:
    """What may be amended of a change: of what only other kinds of it are asked, nothing."""
    choice = BY_CHOICE.get((list, NEW))
    if choice is None or kind not in choice.needs:
        return fields
    others = frozenset[str]().union(*map(choice.asked, choice.needs)) - choice.asked(kind)
    return tuple(
        msgspec.structs.replace(one, inner=tuple(each for each in one.inner if each.name not in others))
        if one.standing and one.inner
        else one
        for one in fields
    )


def choosing(list: str, action: str, typed: Typed) -> bool:
    """Whether the choice is still to be made."""
    found = BY_CHOICE.get((list, action))
    return found is not None and typed.one(found.field) not in found.needs
