"""The made-up values of every kind of message, as a template is given them: each turn of its text among them.

The first ones of a kind go together as they would in life, so that a preview reads well.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.sample_values import ADD, BARE, COMMON, LAST_MOMENT
from service.mail.kinds.views import Act, CalendarEntry, Entries
from workflows.model.parties import Language

_ENTRY: Final[dict[str, Any]] = {
    "processor": "Example Processing", "customer": "Example Customer", "agreement": COMMON["agreement"],
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
_IN_DUTCH: Final = {
    "Thursday 24 December 2026": "donderdag 24 december 2026", "24 December 2026": "24 december 2026",
    "Friday 25 December 2026": "vrijdag 25 december 2026", "Friday 1 January 2027": "vrijdag 1 januari 2027",
    "Example Processing": "Voorbeeld Verwerking", "Example Customer": "Voorbeeldklant",
    "Example Hosting": "Voorbeeldhosting", "Former Hosting": "Vorige Hosting", "Ireland": "Ierland",
    "Norway": "Noorwegen",
    "Monday 30 November 2026": "maandag 30 november 2026",
    "Netherlands": "Nederland", "names, e-mail addresses": "namen, e-mailadressen", "telephony": "telefonie",
    "adequacy decision": "adequaatheidsbesluit", "a second data centre": "een tweede datacentrum",
    "a new law": "een nieuwe wet", "Processing agreement": "Verwerkersovereenkomst",
    "too far away": "te ver weg", "no other host": "er is geen andere host", "a fair point": "een terecht punt",
    "Another supplier": "Een andere leverancier", "14 days": "14 dagen", "the live system": "het systeem in gebruik",
    "the backups": "de reservekopieën", "a wrong day": "een verkeerde dag",
}  # fmt: skip


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
    if lang == "en":
        return value
    match value:
        case str():
            return _IN_DUTCH.get(value, value)
        case tuple() | list():
            return type(value)(_in(lang, one) for one in value)
        case msgspec.Struct():
            fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
            return replace(value, **{name: _in(lang, one) for name, one in fields})
    return value
