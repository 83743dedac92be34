"""What may be written down at all: text, addresses, countries, days and instants. Pure.

Each check adds what is wrong to a list, so that everything wrong is told at once.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from workflows.errors import BadInput, Problem
from workflows.intake.phones import phone_problem
from workflows.mail_address import address_problem
from workflows.model.parties import Wording, WordingList
from workflows.names import hidden_problem
from workflows.terms.countries import country_problem
from workflows.terms.model import Terms
from workflows.terms.selected import selected_problem
from workflows.time import parse_period
from workflows.time.zones import check_day, check_instant
from workflows.words import Language

T = TypeVar("T", bound=msgspec.Struct)

LINE: Final = 200
"""Characters of a name, a reference or a tag."""
WORDS: Final = 10_000
"""Characters of a reason, grounds or a note."""
MANY: Final = 200
"""Entries of a list in one request."""
LINES: Final = 6
WIDTH: Final = 60
"""What stands behind the window of an envelope, below the name."""

_NO_TIME: Final = re.compile(r"PT?0+(?:D|W|M|Y|WD|H)")
_LINE_ENDS: Final = "\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_NAMES: Final = ("by", "name", "function", "contact")
"""Fields that say who somebody is."""


class Checks:
    """What is wrong with one input, gathered until `done`."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def wrong(self, path: str, message: str) -> None:
        self.found.append(Problem(path, message))

    def done(self) -> None:
        """Raise BadInput with everything that was noted; nothing noted, nothing raised."""
        if self.found:
            first = self.found[0]
            more = "" if len(self.found) == 1 else f" (and {len(self.found) - 1} more)"
            raise BadInput(f"{first.path}: {first.message}{more}.", tuple(self.found))

    def line(self, path: str, value: str | None) -> None:
        """Check one line of text, such as a name: not empty, no control characters."""
        if value is None:
            return
        if problem := line_problem(value):
            self.wrong(path, problem)

    def words(self, path: str, value: str | None, *, required: bool = False) -> None:
        """Check text of several lines, such as a reason."""
        if value is None:
            return
        if problem := words_problem(value):
            self.wrong(path, problem)
        elif required and not value.strip():
            self.wrong(path, "is empty: say it in words")

    def wording(self, path: str, given: Wording | None, check: Callable[[str, str], None]) -> None:
        """Check a text, in each language where it is given so."""
        if isinstance(given, dict):
            self.languages(path, given)
            for lang, text in given.items():
                check(f"{path}.{lang}", text)
        elif given is not None:
            check(path, given)

    def wordings(self, path: str, given: WordingList | None) -> None:
        """Check a list of texts on one line each, in each language where it is given so."""
        if isinstance(given, dict):
            self.languages(path, given)
            for lang, texts in given.items():
                self.each(f"{path}.{lang}", texts, self.line)
        elif given is not None:
            self.each(path, given, lambda place, one: self.wording(place, one, self.line))

    def languages(self, path: str, given: Mapping[Language, object]) -> None:
        """Check that a text per language names one."""
        if not given:
            self.wrong(path, 'names no language: give a text, or one for each language, such as {"nl": "…", "en": "…"}')

    def email(self, path: str, value: str | None) -> None:
        """Check one e-mail address and nothing besides it."""
        if value is not None and (problem := address_problem(value)):
            self.wrong(path, problem)

    def phone(self, path: str, value: str | None) -> None:
        """Check a telephone number as people write it."""
        if value is not None and (problem := phone_problem(value)):
            self.wrong(path, problem)

    def country(self, path: str, value: str | None) -> None:
        """Check a country code (ISO 3166-1 alpha-2)."""
        if value is not None and (problem := country_problem(value)):
            self.wrong(path, problem)

    def period(self, path: str, value: object) -> None:
        """Check a period (ISO 8601 in one unit, or working days)."""
        if not isinstance(value, str):
            self.wrong(path, 'is not a period in quotes, such as "P30D"')
            return
        self._try(path, lambda: parse_period(value))

    def day(self, path: str, value: date | None) -> None:
        """Check that a day can be computed with."""
        if value is not None:
            self._try(path, lambda: check_day(value))

    def instant(self, path: str, value: datetime | None) -> None:
        """Check that an instant has an offset and can be computed with."""
        if value is not None:
            self._try(path, lambda: check_instant(value))

    def past(self, path: str, value: datetime | None, now: datetime) -> None:
        """Check that an instant does not lie after `now`."""
        if value is not None and value.tzinfo is not None and value > now:
            self.wrong(path, "lies in the future: give the instant at which it arrived, up to now")

    def facts(self, path: str, terms: Terms, facts: Mapping[str, Any]) -> None:
        """Check that facts say what the terms leave blank, all of it and nothing else."""
        self.known_facts(path, terms, facts)
        for field in terms.fields:
            if field.required and facts.get(field.name) is None:
                self.wrong(f"{path}.{field.name}", f"is missing ({field.clause}): {field.text}")

    def known_facts(self, path: str, terms: Terms, facts: Mapping[str, Any]) -> None:
        """Check that facts say what the terms leave blank, some of it and nothing else."""
        fields = {one.name: one for one in terms.fields}
        known = ", ".join(fields) or "none, these terms leave nothing blank"
        for name, value in facts.items():
            place = f"{path}.{name[:60]}"
            field = fields.get(name)
            if field is None:
                self.wrong(place, f"is nothing that {terms.id} leaves blank; known: {known}")
                continue
            match field.kind:
                case "duration":
                    self.period(place, value)
                    if isinstance(value, str) and _NO_TIME.fullmatch(value):
                        self.wrong(place, "is no time at all: write a period, such as P30D")
                case "date":
                    self._iso_day(place, value)
                case "places":
                    problem = selected_problem(terms, name, value)
                    if problem is not None:
                        self.wrong(place, problem)
                case "text":
                    self.line(place, value if isinstance(value, str) else "")

    def _iso_day(self, path: str, value: object) -> None:
        try:
            self.day(path, date.fromisoformat(value if isinstance(value, str) else ""))
        except ValueError:
            self.wrong(path, 'is not a day in quotes, such as "2026-03-31"')

    def each(self, path: str, values: Iterable[Any], check: Callable[[str, Any], None]) -> None:
        """Check every entry of a list, and that there are not too many."""
        many = list(values)
        if len(many) > MANY:
            self.wrong(path, f"has {len(many)} entries: at most {MANY}")
            return
        for number, value in enumerate(many):
            check(f"{path}[{number}]", value)

    def _try(self, path: str, check: Callable[[], object]) -> None:
        try:
            check()
        except BadInput as error:
            self.wrong(path, error.detail.rstrip("."))


def line_problem(value: str) -> str | None:
    """Say what is wrong with one line of text; None where it is good."""
    if any(mark in value for mark in _LINE_ENDS):
        return "has a line break or a tab: write it on one line"
    if problem := hidden_problem(value) or words_problem(value, LINE):
        return problem
    if not any(unicodedata.category(mark)[0] in "LNPS" for mark in value):
        return "is empty: write at least one character that can be seen"
    return None


def words_problem(value: str, largest: int = WORDS) -> str | None:
    """Say what is wrong with a text of several lines; None where it can be stored."""
    if len(value) > largest:
        return f"has {len(value)} characters: at most {largest}"
    for mark in value:
        kind = unicodedata.category(mark)
        if kind == "Cs":
            return "has half a character (a lone surrogate): send valid Unicode"
        if kind == "Cc" and mark not in "\n\r\t":
            return f"has the control character U+{ord(mark):04X}: leave it out"
    return None


def check_arrival(data: msgspec.Struct, now: datetime) -> None:
    """Refuse an answer that is said to have arrived after `now` (P5: before is fine).

    Raises BadInput.
    """
    checks = Checks()
    checks.past("received_at", getattr(data, "received_at", None), now)
    checks.done()


def check_filled(data: msgspec.Struct) -> None:
    """Refuse a required text that says nothing, such as a blank reason, a text that cannot be stored, and a name that
    hides something.

    Raises BadInput.
    """
    checks = Checks()
    for field in _fields_of(type(data)):
        value = getattr(data, field.name)
        if isinstance(value, str):
            checks.words(field.encode_name, value, required=field.required)
        if field.name in _NAMES and isinstance(value, str) and (problem := hidden_problem(value)):
            checks.wrong(field.encode_name, problem)
    checks.done()


@cache
def _fields_of(shape: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(shape)


def in_utc(data: T) -> T:
    """Give the same data with every instant of its own on the clock of UTC, so that it is stored one way."""
    instants = {
        name: value.astimezone(UTC)
        for name in data.__struct_fields__
        if isinstance(value := getattr(data, name), datetime)
    }
    return msgspec.structs.replace(data, **instants) if instants else data


def missing(kind: str, one: UUID, path: str) -> str:
    """The sentence for an id in a body that names nothing of this processor."""
    return f"{path}: there is no {kind} with the id {one}; look at the list for its id."


def postal_address(checks: Checks, given: str | None) -> str | None:
    """The address without blanks around its lines and without empty ones among them; it fits behind a window."""
    if given is None:
        return None
    lines = [line for line in (" ".join(line.split()) for line in given.splitlines()) if line]
    for line in lines:
        checks.line("address", line)
    if not lines or len(lines) > LINES or any(len(line) > WIDTH for line in lines):
        checks.wrong("address", f"has 1 to {LINES} lines of at most {WIDTH} characters, as on an envelope")
    return "\n".join(lines)
