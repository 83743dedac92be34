"""A form as its page shows it: fields, what was typed, what may be chosen, what is wrong."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from service.board.forms import clocks
from service.board.forms.choices import Around, Choice, Choices, options
from service.board.forms.fields import Field
from service.board.forms.places import country_names
from service.board.forms.placing import Mistake, places, rows
from service.board.forms.sent import KEPT, LISTS, UNITS, inside
from service.board.forms.typed import Typed
from service.board.forms.uploads import file_names
from service.wording import say_place
from workflows.words import LANGUAGES

_ODD: Final = re.compile(r"[^a-zA-Z0-9]")
_NONE: Final = Choices(())


class Filled:
    """What the templates of a form ask for."""

    units = UNITS
    all_languages = LANGUAGES

    def __init__(
        self,
        around: Around,
        fields: Sequence[Field],
        typed: Typed,
        found: dict[str, Choices],
        mistakes: Sequence[Mistake],
        trouble: str,
        names: Mapping[str, str],
    ) -> None:
        self.w = around.words
        self.typed = typed
        self.mistakes = mistakes
        self.trouble = trouble
        self._zone = around.zone
        self._found = found
        self._names = names
        self._kinds = {field.kind for _, field in places(fields, typed)}

    @property
    def place(self) -> str:
        """Whose clocks local times are on."""
        return say_place(self._zone, self.w.lang)

    @property
    def places_asked(self) -> bool:
        """Whether a country is asked for."""
        return "country" in self._kinds

    @property
    def countries(self) -> list[str]:
        return [name for _, name in country_names(self.w.lang)]

    def inside(self, path: str, name: str) -> str:
        return inside(path, name)

    def id(self, path: str) -> str:
        """What links and labels call an input."""
        return "f-" + _ODD.sub("-", path)

    def choices(self, field: Field, path: str) -> dict[str, Markup]:
        """What a field takes, with its words; of several that say the same, one, or the one that is chosen."""
        said: dict[Markup, str] = {}
        for value in map(str, field.choices):
            label = self.w.choice(field, value)
            if label not in said or value in self.typed.all(path):
                said[label] = value
        return {value: label for label, value in said.items()}

    def wrong(self, path: str) -> list[Mistake]:
        return [one for one in self.mistakes if one.place == path]

    def options(self, path: str) -> Choices:
        return self._found.get(path, _NONE)

    def rows(self, field: Field, path: str) -> range:
        del field
        return rows(self.typed, path)

    def twice(self, path: str) -> bool:
        """Whether the clocks show twice what was typed."""
        try:
            return len(clocks.readings(self.typed.one(path), self._zone).found) > 1
        except clocks.NoTime:
            return False

    def other(self, path: str) -> str:
        """What was written that is none of those that are offered."""
        offered = {one.value for one in self.options(path).found}
        return next((one for one in self.typed.all(path) if one not in offered), "")

    def opened(self, path: str, fields: Sequence[Field]) -> bool:
        """Whether something stands in one of these, or is wrong with it."""
        there = [inside(path, one.name) for one in fields]
        return any(self.typed.below(one) for one in there) or any(one.place in there for one in self.mistakes)

    def languages(self, path: str) -> bool:
        """Whether a text was given for some language."""
        return any(self.typed.one(f"{path}.{lang}") for lang in LANGUAGES)

    @property
    def files_asked(self) -> bool:
        """Whether files may be handed in with it."""
        return "evidence" in self._kinds

    def files(self, path: str) -> list[tuple[str, str]]:
        """The files that were handed in at a place, each with its name."""
        return [(one, self._names[one]) for one in dict.fromkeys(self.typed.all(f"{path}{KEPT}")) if one in self._names]

    def may_be_none(self, field: Field) -> bool:
        """Whether somebody has to say that there is nothing."""
        return field.required and field.kind in LISTS


async def filled(
    around: Around, fields: Sequence[Field], typed: Typed, mistakes: Sequence[Mistake] = (), trouble: str = ""
) -> Filled:
    """The form with what may be chosen in it, read now."""
    read: dict[tuple[str, str], Choices] = {}
    found: dict[str, Choices] = {}
    for path, field in places(fields, typed):
        if field.kind in ("reference", "references"):
            q = typed.one(f"{path}~find")
            if (field.of, q) not in read:
                read[field.of, q] = await options(around, field.of, q, ())
            found[path] = await _with_chosen(around, field.of, read[field.of, q], typed.all(path))
    kept = [
        one for path, field in places(fields, typed) if field.kind == "evidence" for one in typed.all(f"{path}{KEPT}")
    ]
    names = await file_names(around.request, kept)
    return Filled(around, fields, typed, found, mistakes, trouble, names)


async def _with_chosen(around: Around, of: str, found: Choices, chosen: Sequence[str]) -> Choices:
    """The same with what is chosen already, whatever it is called."""
    there = {one.value for one in found.found}
    lacking = [value for value in chosen if value not in there]
    if not lacking or found.free:
        return found
    more = await options(around, of, "", chosen) if found.searched else _NONE
    kept = tuple(one for one in more.found if one.value in lacking)
    known = {one.value for one in kept}
    lost = tuple(Choice(one, around.words("option.unknown")) for one in lacking if one not in known)
    return Choices((*kept, *lost, *found.found), found.more, found.searched)
