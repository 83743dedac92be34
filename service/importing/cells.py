"""One row's cells, read as what they are: text, words of a list, days, instants, facts. Pure."""

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec

from service.importing.endless import says_no_end
from service.importing.findings import Findings
from service.importing.headings import FACT, Columns, Mapping, known, plain
from service.importing.sheet import Record
from workflows.errors import BadInput
from workflows.intake.checks import line_problem
from workflows.terms.names import did_you_mean, listed
from workflows.time import parse_instant, start_of_day
from workflows.time.zones import check_day
from workflows.unicode import normalise

_QUOTED: Final = re.compile(r'="(.*)"', re.DOTALL)
"""How spreadsheets keep a number such as 0201234567 from losing its zero."""
_DEFUSED: Final = re.compile(r"'(?=[=+\-@])")
"""How lists are written so that a name such as @Work does not run as a formula."""
_TIME: Final = r"(?:[ T](?:00:00|23:59)(?::(?:00|59)(?:\.[0-9]+)?)?)?"
"""Midnight, or a day's last minute, that databases put behind a day."""
_ISO: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{2})[-/.]([0-9]{2})" + _TIME)
_PARTS: Final = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})" + _TIME)
_SERIAL: Final = re.compile(r"[0-9]{5}(?:[.,]0+)?")
_FAR: Final = 2200
_EXCEL: Final = date(1899, 12, 30)
_LONGEST_SHOWN: Final = 60


@cache
def _words(kind: str) -> dict[str, str]:
    return {plain(alias): word for word, aliases in known().values[kind].items() for alias in aliases}


class Cells:
    """The cells of one row by our columns; what cannot be read is noted in `findings` and reads as None."""

    def __init__(self, row: Record, columns: Columns, mapping: Mapping, findings: Findings) -> None:
        self.line = row.line
        self._mapping = mapping
        self._findings = findings
        self._texts: dict[str, str] = {}
        self._bad: set[str] = set()
        for field, cell in zip(columns.fields, row.cells, strict=True):
            text = normalise("NFC", cell).strip()
            text = _DEFUSED.sub("", _QUOTED.sub(r"\1", text), count=1).strip()
            if field is None or not text or text in ("-", "–", "—"):
                continue  # a lone dash says that there is nothing
            table = mapping.values.get(_shared(field), {})
            self._texts[field] = table.get(plain(text), text)
        self._given = frozenset(self._texts) | self._bad
        self._texts = {**mapping.defaults, **self._texts}

    def wrong(self, field: str, message: str) -> None:
        """Note what is wrong with a cell; it reads as None from now on, and is not missed."""
        self._findings.add(self.line, field, message)
        self._bad.add(field)
        self._texts.pop(field, None)

    def given(self, *fields: str) -> bool:
        """Whether the row itself says anything in these columns (a default does not count)."""
        return not self._given.isdisjoint(fields)

    def raw(self) -> tuple[tuple[str, str], ...]:
        """All that the row says, to compare it with another."""
        return tuple(sorted(self._texts.items()))

    def peek(self, field: str) -> str | None:
        """The cell as it stands there, unchecked."""
        return self._texts.get(field)

    def facts(self) -> dict[str, Any]:
        """The facts of the row: one JSON cell and the columns `fact:NAME`."""
        found: dict[str, Any] = {}
        if text := self._texts.get("facts"):
            try:
                found = msgspec.json.decode(text, type=dict[str, Any])
            except (msgspec.MsgspecError, ValueError, RecursionError):
                self.wrong("facts", 'is no JSON object: write it such as {"end.erasure": "P30D"}')
        for field in sorted(self._texts):
            if not field.startswith(FACT):
                continue
            name, value = field.removeprefix(FACT), self._texts[field]
            if found.setdefault(name, value) != value:
                self.wrong(field, f"is {_show(value)} here and {_show(str(found[name]))} in the cell with all facts")
        return found

    def text(self, field: str, *, missing: str = "") -> str | None:
        """One line of text; `missing` says what to write where it may not be empty."""
        found = self._texts.get(field)
        if found is None:
            if missing and field not in self._bad:
                self.wrong(field, f"is empty: {missing}")
            return None
        if problem := line_problem(found):
            self.wrong(field, problem)
            return None
        return " ".join(found.split())

    def word(self, field: str, kind: str, *, missing: str = "") -> str | None:
        """One of the known words of a kind (`state`, `language`, …), in our own spelling."""
        found = self.text(field, missing=missing)
        return None if found is None else self._word(field, kind, found)

    def several(self, field: str) -> tuple[str, ...] | None:
        """The entries of a list, split at semicolons, bars or line ends, or else at commas; None where it is empty."""
        found = self._texts.get(field)
        if found is None:
            return None
        table = self._mapping.values.get(_shared(field), {})
        parts = re.split(r"[;|\r\n]", found)
        entries = [entry.strip() for entry in (parts if len(parts) > 1 else found.split(","))]
        entries = [table.get(plain(entry), entry) for entry in entries if entry]
        for entry in entries:
            if problem := line_problem(entry):
                self.wrong(field, problem)
                return None
        return tuple(dict.fromkeys(" ".join(entry.split()) for entry in entries))

    def words(self, field: str, kind: str) -> tuple[str, ...]:
        """A list of known words, in our own spelling; also split at spaces and slashes."""
        entries = [word for entry in self.several(field) or () for word in re.split(r"[\s/&+]+", entry) if word]
        found = [self._word(field, kind, entry) for entry in entries]
        return tuple(dict.fromkeys(word for word in found if word is not None))

    def last_day(self, field: str) -> date | None:
        """As `day`, but for what other systems write where there is no end: that is None, and noted."""
        found = self._texts.get(field, "")
        if says_no_end(found):
            self._findings.endless[found[:_LONGEST_SHOWN]] += 1
            del self._texts[field]
            return None
        day = self.day(field)
        if day is not None and day.year > _FAR:
            self.wrong(field, f"is {_show(found)}: leave it empty where there is no end, else write the day itself")
            return None
        return day

    def day(self, field: str, *, missing: str = "") -> date | None:
        """A day: ISO 8601, or as the mapping file says that days are written."""
        found = self.text(field, missing=missing)
        if found is None:
            return None
        try:
            return check_day(self._day(found))
        except BadInput as error:
            self.wrong(field, f"is {_show(found)}: {error.detail.rstrip('.')}: write the day itself")
        except ValueError:
            self.wrong(field, f"is {_show(found)}, which is no day: {self._how(found)}")
        return None

    def instant(self, field: str, zone: str) -> datetime | None:
        """An instant (RFC 3339), or a day, which is its first instant in `zone`; UTC."""
        found = self.text(field)
        if found is None:
            return None
        if "T" not in found and ":" not in found.removesuffix(":00").removesuffix("00:00"):
            day = self.day(field)
            return None if day is None else start_of_day(day, zone)
        try:
            moment = parse_instant(found, zone)
        except BadInput as error:
            self.wrong(field, error.detail.rstrip("."))
            return None
        return moment if isinstance(moment, datetime) else start_of_day(moment, zone)

    def _word(self, field: str, kind: str, text: str) -> str | None:
        table = _words(kind)
        found = table.get(plain(text))
        if found is None:
            hint = did_you_mean(plain(text), table)
            self.wrong(field, f"is {_show(text)}: write {listed(dict.fromkeys(table.values()))}.{hint}".rstrip("."))
        return found

    def _day(self, text: str) -> date:
        if iso := _ISO.fullmatch(text):
            return date(*map(int, iso.groups()))
        parts = _PARTS.fullmatch(text)
        if parts is None or self._mapping.dates == "Y-M-D":
            raise ValueError
        first, second, year = map(int, parts.groups())
        day, month = (first, second) if self._mapping.dates == "D-M-Y" else (second, first)
        return date(year, month, day)

    def _how(self, text: str) -> str:
        if _SERIAL.fullmatch(text):
            day = _EXCEL + timedelta(days=int(text[:5]))
            return (
                f"it is a spreadsheet's number, perhaps for {day.isoformat()}: write the day, such as 2026-03-31, or "
                "format the column as a date and save the list again"
            )
        if self._mapping.dates != "Y-M-D":
            return f"write it as {self._mapping.dates}, or as 2026-03-31"
        return 'write it as 2026-03-31, or say in a mapping file how the file writes days (dates = "D-M-Y")'


def _shared(field: str) -> str:
    """The column whose words a contact's column shares: those of the first contact."""
    return f"contact_1_{field.rpartition('_')[2]}" if field.startswith("contact_") else field


def _show(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")
