"""The made-up values of every kind of message, as a template is given them: each turn of its text among them.

The first ones of a kind go together as they would in life, so that a preview reads well.
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.sample_values import ADD, BARE, COMMON, LAST_MOMENT
from service.mail.kinds.views import Act, CalendarEntry, Entries
from service.mail.texts.sentences import CATALOGUE
from service.wording import say_clock, say_country, say_day, short_day
from workflows.words import SOURCE, Language

_ENTRY: Final[dict[str, Any]] = {
    "processor": "Example Processing", "shown_as": "Example", "customer": "Example Customer",
    "agreement": COMMON["agreement"],
    "act": "object", "clause": "7.1", "until": LAST_MOMENT, "change": ADD, "over": False,
    "url": "https://dpa.example.org/n/sample",
}  # fmt: skip
ENTRY_SAMPLES: Final[tuple[dict[str, Any], ...]] = tuple(
    _ENTRY | more
    for act in get_args(Act)
    for more in (
        {"act": act, "change": None if act == "choose" else ADD},
        {"act": act, "change": None, "until": None, "clause": "", "over": True, "url": None},
    )
)
"""Variables of an entry in the reader's calendar."""
_DAYS: Final = (date(2026, 3, 2), date(2026, 5, 4), date(2026, 11, 30), date(2026, 12, 24), date(2026, 12, 25),
                date(2027, 1, 1))  # fmt: skip
_COUNTRIES: Final = ("IE", "NL", "NO")
_CLOCK: Final = ((10, 0), (14, 5), (24, 0))


@lru_cache(maxsize=8)
def _words(lang: Language) -> dict[str, str]:
    """What the samples say in English, and in another language."""
    english, said = CATALOGUE.in_language(SOURCE), CATALOGUE.in_language(lang)
    return {
        **{one.text(key): said.text(key) for one in (english,) for key in one if key.startswith("sample.")},
        **{say(day, SOURCE): say(day, lang) for day in _DAYS for say in (say_day, short_day)},
        **{say_country(code, SOURCE): say_country(code, lang) for code in _COUNTRIES},
        **{say_clock(*at, SOURCE): say_clock(*at, lang) for at in _CLOCK},
    }


@lru_cache(maxsize=128)
def samples(kind: str, lang: Language = "en") -> tuple[dict[str, Any], ...]:
    """Variables for a kind's template, in as many sets as it takes to pass every turn of it."""
    made = MAIL_KINDS[kind].samples
    return tuple(
        {
            name: _in(lang, value)
            for name, value in ((BARE if number % 2 else COMMON) | made[number % len(made)]).items()
        }
        for number in range(max(len(made), 2))
    )


def sample_entries(kind: str) -> Entries:
    """The entry that a preview of a kind carries, about the moment that its samples name; none where it has none."""
    found = MAIL_KINDS[kind]
    if found.entries is None:
        return Entries()
    act: Act = "object" if found.about == "notice" else "choose"
    one = CalendarEntry(
        subject=UUID("01990000-0000-7000-8000-000000000001"),
        rule="sample",
        act=act,
        clause="7.1" if act == "object" else "9.5",
        until=datetime(2026, 12, 24, 23, tzinfo=UTC),
    )
    return Entries((one,), cancelled=found.takes_out)


def _in(lang: Language, value: Any) -> Any:
    """The same in the reader's language, as far as the samples' own words go."""
    if lang == SOURCE:
        return value
    match value:
        case str():
            return _words(lang).get(value, value)
        case tuple() | list():
            return type(value)(_in(lang, one) for one in value)
        case msgspec.Struct():
            fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
            return replace(value, **{name: _in(lang, one) for name, one in fields})
    return value
