"""Which days are holidays by law, and on which days a customer may be expected to act.

The `holidays` package is the basis for the movable days. Its own selection matches no legal list: for
the Netherlands it counts Good Friday and gives 5 May only every fifth year, for Belgium it adds two
Sundays. So the days are picked by name here and completed.
"""

from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from itertools import pairwise
from typing import Final, Literal

import msgspec
from holidays import HolidayBase
from holidays.countries.belgium import Belgium
from holidays.countries.netherlands import Netherlands

from workflows.errors import BadInput
from workflows.time.zones import LAST_YEAR, check_day, tzdata_version

Country = Literal["NL", "BE"]

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5

_DUTCH: Final = {
    # Algemene termijnenwet, art. 3(1), without the fifth of May: names of the package and ours.
    "New Year's Day": "New Year's Day",
    "Easter Monday": "Easter Monday",
    "King's Day": "King's Day",
    "Queen's Day": "Queen's Day",
    "Ascension Day": "Ascension Day",
    "Pentecost Monday": "Whit Monday",
    "Christmas Day": "Christmas Day",
    "Second Day of Christmas": "Second Christmas Day",
}
_DUTCH_DAYS: Final = 7  # King's Day and Queen's Day are one entry of the list
_BELGIAN: Final = {
    # Act of 4 January 1974 and royal decree of 18 April 1974: ten days.
    "New Year's Day": "New Year's Day",
    "Easter Monday": "Easter Monday",
    "Labor Day": "Labour Day",
    "Ascension Day": "Ascension Day",
    "Pentecost Monday": "Whit Monday",
    "National Day": "National Day",
    "Assumption Day": "Assumption Day",
    "All Saints' Day": "All Saints' Day",
    "Armistice Day": "Armistice Day",
    "Christmas Day": "Christmas Day",
}


class _Netherlands(Netherlands):
    end_year = LAST_YEAR + 1  # the package stops at 2100; its rules for these days do not


class _Belgium(Belgium):
    end_year = LAST_YEAR + 1


_PACKAGED: Final[dict[Country, type[HolidayBase]]] = {"NL": _Netherlands, "BE": _Belgium}


class Decree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decree under art. 3(3) Algemene termijnenwet: the years it is about and its days."""

    title: str
    source: str
    first_year: int
    last_year: int
    days: tuple[date, ...]


class Decrees(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The maintained list of decrees, oldest first and without a gap between their years."""

    edition: str
    decree: tuple[Decree, ...]


@lru_cache(maxsize=1)
def decrees() -> Decrees:
    """Give the packaged `decreed_days.toml`; ValueError where it contradicts itself."""
    data = files("workflows.time").joinpath("decreed_days.toml").read_bytes()
    listed = msgspec.toml.decode(data, type=Decrees)
    for decree in listed.decree:
        if any(not decree.first_year <= day.year <= decree.last_year for day in decree.days):
            raise ValueError(f"decreed_days.toml: {decree.title} has a day outside its years")
    if any(later.first_year != earlier.last_year + 1 for earlier, later in pairwise(listed.decree)):
        raise ValueError("decreed_days.toml: the decrees' years must follow each other without a gap")
    return listed


class Calendar(msgspec.Struct, frozen=True):
    """The legal holidays of one country; days outside 1970..9990 raise BadInput.

    `version` names what an answer rests on. `equated_years` are the first and the last year for which
    the decrees on equated days are known, None where the law knows no such days.
    """

    country: Country
    version: str
    equated_years: tuple[int, int] | None

    def holiday(self, day: date) -> str | None:
        """Name of the legal holiday (NL: Algemene termijnenwet art. 3(1); BE: the ten days)."""
        return _holidays(self.country, check_day(day).year).get(day)

    def equated(self, day: date) -> str | None:
        """Name of a day put on the same footing as a holiday: Good Friday or by decree (NL alone)."""
        return _equated(self.country, check_day(day).year).get(day)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and no legal holiday; Good Friday and decreed days do count (I-07)."""
        return day.weekday() < _SATURDAY and self.holiday(day) is None

    def is_open_day(self, day: date) -> bool:
        """A day on which a customer's period may end (I-05): no weekend, holiday or equated day."""
        return self.is_working_day(day) and self.equated(day) is None

    def next_open_day(self, day: date) -> date:
        """Give the first open day from `day` on: the day itself if it is one."""
        while not self.is_open_day(day):
            day += _ONE_DAY
        return day

    def next_working_day_after(self, day: date) -> date:
        """Give the first working day later than `day`."""
        day += _ONE_DAY
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def last_working_day_before(self, day: date) -> date:
        """Give the last working day earlier than `day`, what a planner should aim at."""
        day -= _ONE_DAY
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day


def working_day_on_or_before(day: date, named: str) -> date:
    """The day itself where it is a working day, else the last one before it; `named` as a calendar names itself."""
    return day if _works(day, named) else last_working_day_before(day, named)


def last_working_day_before(day: date, named: str) -> date:
    """The last working day earlier than `day`."""
    return _step(day, named, -_ONE_DAY)


def next_working_day_after(day: date, named: str) -> date:
    """The first working day later than `day`."""
    return _step(day, named, _ONE_DAY)


def _step(day: date, named: str, by: timedelta) -> date:
    day += by
    while not _works(day, named):
        day += by
    return day


def _works(day: date, named: str) -> bool:
    """By the calendar that counted a deadline (its `version`); where none did, Monday to Friday."""
    country = named.partition(" ")[0]
    if country in _PACKAGED:
        return calendar_for(country).is_working_day(day)
    return day.weekday() < _SATURDAY


@lru_cache(maxsize=8)
def calendar_for(country: Country) -> Calendar:
    """Give the calendar of `NL` or `BE`; BadInput for another country."""
    if country not in ("NL", "BE"):
        raise BadInput(f"There is no calendar of {country!r}: write NL or BE.")
    listed = decrees()
    years = (listed.decree[0].first_year, listed.decree[-1].last_year) if country == "NL" else None
    return Calendar(
        country=country,
        version=f"{country} {listed.edition}, holidays {version('holidays')}, tzdata {tzdata_version()}",
        equated_years=years,
    )


def _add(days: dict[date, str], day: date, name: str) -> None:
    days[day] = f"{days[day]} and {name}" if day in days else name


@lru_cache(maxsize=2048)
def _holidays(country: Country, year: int) -> dict[date, str]:
    """The legal list of one year, from the package and corrected; not to be changed by callers."""
    packaged = _PACKAGED[country](years=year, language="en_US")
    wanted, expected = (_DUTCH, _DUTCH_DAYS) if country == "NL" else (_BELGIAN, len(_BELGIAN))
    days: dict[date, str] = {}
    found = 0
    for day, names in sorted(packaged.items()):
        for name in names.split("; "):
            if name in wanted:
                _add(days, day, wanted[name])
                found += 1
    if found != expected:
        raise RuntimeError(f"holidays {version('holidays')} names the days of {country} {year} otherwise")
    if country == "NL":
        _add(days, date(year, 5, 5), "Liberation Day")
    return days


@lru_cache(maxsize=2048)
def _equated(country: Country, year: int) -> dict[date, str]:
    """Good Friday and decreed days of one year (NL), which are no holidays of art. 3(1)."""
    if country == "BE":
        return {}
    days: dict[date, str] = {}
    for day, name in _holidays(country, year).items():
        if "Easter Monday" in name:
            days[day - timedelta(days=3)] = "Good Friday"
    for decree in decrees().decree:
        for day in decree.days:
            if day.year == year:
                _add(days, day, f"a day equated with a holiday by the {decree.title}")
    return days
