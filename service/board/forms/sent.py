"""From what was typed to the JSON that the API takes, and from JSON to what stands in a form. Pure.

What cannot be sent at all, since it is no number or no time, is told here; all else is the API's own to judge.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from markupsafe import Markup

from service.board.forms import clocks
from service.board.forms.fields import Field, Kind
from service.board.forms.places import country_code, country_name
from service.board.forms.typed import BESIDE, Typed
from workflows.errors import BadInput
from workflows.time import Period, parse_instant, parse_period
from workflows.words import LANGUAGES, Language


class Untaken(msgspec.Struct, frozen=True):
    """What is wrong with one input: a key of the catalogue, words of the API, or what is `said` to the reader."""

    path: str
    key: str = ""
    words: str = ""
    said: Markup = Markup()


class _Nothing:
    """Nothing to be sent: the member is left out."""


NOTHING: Final = _Nothing()
KEPT: Final = f"{BESIDE}files"
"""Beside the words of evidence: the ids of its files."""
LISTS: Final = frozenset[Kind]({"choices", "lines", "countries", "references", "groups", "wordings"})
"""Kinds whose value is a list: where one is required, that it holds nothing has to be said."""
_EMPTIED: Final[Mapping[Kind, Any]] = {"group": {}, "map": {}}
"""What a kind whose value is an object is once nothing is left in it: its defaults."""
UNITS: Final[tuple[str, ...]] = ("hours", "days", "working_days", "weeks", "months", "years")


class Sent(msgspec.Struct, frozen=True):
    """The body, and what kept fields out of it."""

    body: dict[str, Any]
    wrong: tuple[Untaken, ...] = ()


def sent(fields: Sequence[Field], typed: Typed, zone: str, before: Typed | None = None) -> Sent:
    """The body that a filled form stands for; local times are on the clocks of `zone`.

    `before` is what stood in the form: a field that still has it is left out, one that was emptied is taken away.
    """
    reader = _FormReader(zone, typed)
    return Sent(_changed(reader, fields, typed, before, ""), tuple(reader.wrong))


def _changed(
    reader: "_FormReader", fields: Sequence[Field], typed: Typed, before: Typed | None, path: str
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for one in fields:
        place = inside(path, one.name)
        if before is not None and typed.below(place) == before.below(place):
            continue
        value = reader.value(one, place) if not one.standing else _changed(reader, one.inner, typed, before, place)
        if value is NOTHING and before is not None:
            value = None if one.null else _EMPTIED.get(one.kind, [] if one.kind in LISTS else "")
        if value is not NOTHING:
            body[one.name] = value
    return body


def closed_up(fields: Sequence[Field], typed: Typed, path: str = "") -> Typed:
    """What was typed, rows that were left blank gone, so that places are numbered as in the body."""
    for one in fields:
        place = inside(path, one.name)
        match one.kind:
            case "groups":
                typed = typed.closed_up(place, [more.name for more in one.inner if more.kind == "hidden"])
                for row in typed.rows(place):
                    typed = closed_up(one.inner, typed, f"{place}[{row}]")
            case "group" | "map":
                typed = closed_up(one.inner, typed, place)
            case _:
                pass
    return typed


def inside(path: str, name: str) -> str:
    """The place of a member."""
    return f"{path}.{name}" if path else name


class _FormReader:
    """Reads values out of what was typed, and notes what cannot be read."""

    def __init__(self, zone: str, typed: Typed) -> None:
        self.zone = zone
        self.typed = typed
        self.wrong: list[Untaken] = []
        self._read: dict[Kind, Callable[[str], Any]] = {
            "country": country_code,
            "date": lambda text: date.fromisoformat(text).isoformat(),
            "number": int,
            "yes": lambda text: text == "yes",
            "boolean": lambda text: text == "yes",
        }

    def value(self, field: Field, path: str) -> Any:
        """What one field sends."""
        if field.required and field.kind in LISTS and self.typed.one(f"{path}~none"):
            return []
        match field.kind:
            case "group":
                return self._group(field, path)
            case "groups":
                rows = [self._members(field.inner, f"{path}[{row}]") for row in self.typed.rows(path)]
                return rows or NOTHING
            case "map":
                return self._members(field.inner, path) or NOTHING
            case "lines":
                return list(_lines(self.typed.one(path))) or NOTHING
            case "countries":
                return [country_code(one) for one in _lines(self.typed.one(path))] or NOTHING
            case "choices" | "references":
                return list(dict.fromkeys(self.typed.all(path))) or NOTHING
            case "evidence":
                return self._evidence(path)
            case "wording":
                return self._wording(path, lambda text: text)
            case "wordings":
                return self._wording(path, lambda text: list(_lines(text)))
            case _:
                return self._single(field, path)

    def _single(self, field: Field, path: str) -> Any:
        text = self.typed.one(path)
        if not text:
            return NOTHING
        if field.kind == "reference" and len(set(self.typed.all(path))) > 1:  # one is chosen, another written
            return self._not(path, "error.two")
        if field.kind == "instant":
            return self._instant(text, path)
        if field.kind == "period":
            return self._period(text, path)
        try:
            return self._read.get(field.kind, str)(text)
        except ValueError:
            return self._not(path, f"error.{field.kind}")

    def _instant(self, text: str, path: str) -> Any:
        try:
            found = clocks.instant(text, self.zone, self.typed.one(f"{path}~which"))
        except clocks.NoTime:
            return self._not(path, "error.instant")
        except clocks.Skipped:
            return self._not(path, "error.instant.skipped")
        except clocks.Twice:
            return self._not(path, "error.instant.twice")
        return found.isoformat().replace("+00:00", "Z")

    def _period(self, text: str, path: str) -> Any:
        unit = self.typed.one(f"{path}~unit")
        if not unit:
            return text
        if unit not in UNITS or not text.isdecimal():
            return self._not(path, "error.period")
        try:
            return Period(unit, int(text)).text  # type: ignore[arg-type]  # one of UNITS, which a test compares
        except BadInput:
            return self._not(path, "error.period")

    def _evidence(self, path: str) -> Any:
        text, files = self.typed.one(path), self.typed.all(f"{path}{KEPT}")
        if not files:
            return text or NOTHING
        named = {"files": list(dict.fromkeys(files))}
        return {"text": text, **named} if text else named

    def _group(self, field: Field, path: str) -> Any:
        found = self._members(field.inner, path)
        own = {one.name: one.default for one in field.inner}
        filled = any(value != own[name] for name, value in found.items())
        return found if field.required or filled else NOTHING

    def _members(self, fields: Sequence[Field], path: str) -> dict[str, Any]:
        values = {one.name: self.value(one, inside(path, one.name)) for one in fields}
        return {name: value for name, value in values.items() if value is not NOTHING}

    def _wording(self, path: str, read: Callable[[str], Any]) -> Any:
        base = self.typed.one(path)
        each = {lang: read(text) for lang in LANGUAGES if (text := self.typed.one(f"{path}.{lang}"))}
        if base and each:
            return self._not(path, "error.wording")
        return each or (read(base) if base else NOTHING)

    def _not(self, path: str, key: str) -> _Nothing:
        self.wrong.append(Untaken(path, key))
        return NOTHING


def standing(fields: Sequence[Field], body: Mapping[str, Any], zone: str, lang: Language) -> Typed:
    """A form filled with what a body says; what it leaves out stands blank."""
    found: dict[str, tuple[str, ...]] = {}
    for one in fields:
        if (value := body.get(one.name)) is not None:
            _stand(one, one.name, value, zone, lang, found)
    return Typed(found)


def by_default(fields: Sequence[Field], zone: str, lang: Language) -> Typed:
    """A form as it is when nobody has typed: what the program would take for what is left blank."""
    return standing(fields, {one.name: one.default for one in fields if not one.required}, zone, lang)


def _stand(field: Field, path: str, value: Any, zone: str, lang: Language, found: dict[str, tuple[str, ...]]) -> None:
    def put(place: str, *texts: str) -> None:
        if any(texts):
            found[place] = texts

    match field.kind, value:
        case "group" | "map", dict():
            for one in field.inner:
                if value.get(one.name) is not None:
                    _stand(one, inside(path, one.name), value[one.name], zone, lang, found)
        case "groups", list():
            for row, item in enumerate(value):
                for one in field.inner:
                    if item.get(one.name) is not None:
                        _stand(one, f"{path}[{row}].{one.name}", item[one.name], zone, lang, found)
        case "evidence", dict():
            put(path, value.get("text", ""))
            put(f"{path}{KEPT}", *value.get("files", ()))
        case "wording" | "wordings", dict():
            for spoken, text in value.items():
                put(f"{path}.{spoken}", text if isinstance(text, str) else "\n".join(text))
        case "wordings", list() if any(isinstance(one, dict) for one in value):
            for spoken in LANGUAGES:
                each = [one if isinstance(one, str) else one.get(spoken, "") for one in value]
                put(f"{path}.{spoken}", "\n".join(each))
        case "lines" | "wordings", list():
            put(path, "\n".join(value))
        case "countries", list():
            put(path, "\n".join(country_name(one, lang) for one in value))
        case "choices" | "references", list():
            put(path, *map(str, value))
        case "country", str():
            put(path, country_name(value, lang))
        case "period", str():
            _stand_period(path, value, put)
        case "instant", str():
            _stand_instant(path, value, zone, put)
        case _, bool():
            put(path, "yes" if value else "" if field.kind == "yes" else "no")
        case _:
            put(path, str(value))


def _stand_period(path: str, value: str, put: Callable[..., None]) -> None:
    try:
        period = parse_period(value)
    except BadInput:
        put(path, value)
        return
    put(path, str(period.count))
    put(f"{path}~unit", period.unit)


def _stand_instant(path: str, value: str, zone: str, put: Callable[..., None]) -> None:
    at = parse_instant(value)
    text, which = clocks.typed(at if isinstance(at, datetime) else datetime.fromisoformat(value).astimezone(UTC), zone)
    put(path, text)
    put(f"{path}~which", which)


def _lines(text: str) -> list[str]:
    return [one.strip() for one in text.splitlines() if one.strip()]
