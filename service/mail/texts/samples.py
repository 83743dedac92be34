"""Made-up values for every kind of message, each turn of its text among them: templates are tried on these.

The first ones of a kind go together as they would in life, so that a preview reads well.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.views import (
    NOTICE_KINDS,
    Act,
    AnswerView,
    CalendarEntry,
    DataView,
    Entries,
    LineView,
    MailAgreement,
    MailChange,
    MailNotice,
    MailRight,
    Sub,
)
from service.wording import Moment
from workflows.model.parties import Language

_MOMENT: Final = Moment(
    day="Thursday 24 December 2026", short="24 December 2026", time="24:00", place="Amsterdam", whole_day=True
)
_HOUR: Final = replace(_MOMENT, time="14:05", whole_day=False)
_SUB: Final = Sub(
    name="Example Hosting", service="hosting", country="Ireland", categories="names, e-mail addresses",
    transfer_basis="adequacy decision",
)  # fmt: skip
_CHANGE: Final = MailChange(
    kind="add", name="Example Hosting", sub=_SUB, replaced=None, country="Ireland", from_country="", version="",
    version_now="", services="telephony", reason="a second data centre", wished="",
)  # fmt: skip
_CHANGES: Final = (
    _CHANGE,
    replace(_CHANGE, kind="replace", replaced=replace(_SUB, name="Former Hosting")),
    replace(_CHANGE, kind="replace"),
    replace(_CHANGE, kind="relocate", from_country="Netherlands"),
    replace(
        _CHANGE,
        kind="terms",
        name="",
        sub=None,
        country="",
        version="2027-01",
        version_now="2026-01",
        services="",
        reason="a new law",
        lines=(
            LineView(label="Erasure", was="within 3 months", becomes="within 2 months"),
            LineView(label="Subprocessor Former Hosting", was="hosting", becomes=""),
            LineView(label="Subprocessor Example Hosting", was="", becomes="hosting"),
        ),
        more=2,
    ),
    replace(_CHANGE, kind="remove"),
    replace(_CHANGE, kind="measure", name="", sub=None, country="", reason=""),
)
_OBJECT: Final = MailRight(kind="object", clause="7.1", until=_MOMENT, written=False, grounds="asked", ends="")
_CONSENT: Final = replace(_OBJECT, kind="consent", until=None, written=True)
_END: Final = replace(_OBJECT, kind="terminate", written=True, grounds="required", ends="agreement")
_NOTICE: Final = MailNotice(
    rule="objection", clause="7.1", written=False, rights=(_OBJECT,), closes=_MOMENT, own=None, starts="day",
    starts_day="Friday 25 December 2026", amended=False, objected=False, engaged=False, place_decides=False,
    overruling="none",
)  # fmt: skip
_OPEN_RIGHTS: Final = (replace(_OBJECT, until=None, grounds="required", written=True), _END)
_NOTICES: Final = (
    _NOTICE,
    replace(_NOTICE, rights=_OPEN_RIGHTS, closes=None, own=_MOMENT, overruling="termination"),
    replace(_NOTICE, rule="consent", rights=(_CONSENT,), closes=None, starts="after_yes", written=True,
            place_decides=True),
    replace(_NOTICE, rule="consent", rights=(replace(_CONSENT, until=_HOUR),), closes=None, starts="after_yes",
            starts_day="", written=True, engaged=True),
    replace(_NOTICE, rule="termination_right", rights=(_END,)),
    replace(_NOTICE, rule="information", clause="", rights=(), closes=None, starts="at_once", starts_day=""),
    replace(_NOTICE, rule="information", rights=(), closes=None),
    replace(_NOTICE, rule="information", rights=(), closes=None, starts="once_agreed", starts_day=""),
    replace(_NOTICE, rule="termination_right", rights=(replace(_END, until=None, ends="main_contract"),),
            closes=None),
    replace(_NOTICE, amended=True, engaged=True),
    replace(_NOTICE, amended=True, objected=True),
)  # fmt: skip
_COMMON: Final[dict[str, Any]] = {
    "processor": "Example Processing", "can_reply": True, "customer": "Example Customer", "passes_on": False,
    "contact": "Kim de Vries", "agreement": MailAgreement(title="Processing agreement", references="M-1"),
    "notice_url": "https://dpa.example.org/n/sample", "page_url": "https://dpa.example.org/p/sample",
    "host": "dpa.example.org",
}  # fmt: skip
_BARE: Final[dict[str, Any]] = {
    **_COMMON, "can_reply": False, "passes_on": True, "notice_url": None, "page_url": None,
    "agreement": MailAgreement(title="Processing agreement", references=""),
}  # fmt: skip
_ANSWER: Final = AnswerView(
    kind="object", by="Kim de Vries", received=_HOUR, grounds="too far away", late=False, counts=True
)
_ANSWERS: Final = (
    *(replace(_ANSWER, kind=kind) for kind in ("object", "consent", "refuse", "take-back", "terminate")),
    replace(_ANSWER, kind="acknowledge", by="", grounds=""),
    replace(_ANSWER, late=True),
    replace(_ANSWER, counts=False),
)
_DATA: Final = DataView(
    how="choice", clause="9", chosen="", choice_until=_MOMENT, choice_open=True, choice_clause="9.5",
    erased_by=_MOMENT, erased_after=False, erasure_clause="9.5", declaration=True, retention_clause="12.3",
)  # fmt: skip
_ALL_DATA: Final = (
    _DATA,
    replace(_DATA, choice_until=None, erased_by=None, declaration=False, retention_clause=""),
    replace(_DATA, erased_by=None, erased_after=True),
    replace(_DATA, erased_by=None, erased_after=True, chosen="erase"),
    replace(_DATA, how="return_first", choice_open=False),
    replace(_DATA, how="erase", choice_open=False),
    replace(_DATA, chosen="return"),
    replace(_DATA, chosen="erase"),
)
_ENDS: Final = (
    *({"last_day": "Thursday 24 December 2026", "after": one, "outlives": ""} for one in _ALL_DATA),
    {"last_day": "Thursday 24 December 2026", "after": _DATA, "outlives": "1.1"},
)

_VARIANTS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "announcement": ({},),
    "confirmation": tuple({"answer": one} for one in _ANSWERS),
    "decision": (
        {"decision": "overrule", "reason": "no other host", "not_before": "Friday 1 January 2027", "way_out": _END},
        {"decision": "overrule", "reason": "no other host", "not_before": "",
         "way_out": replace(_END, until=None, ends="main_contract")},
        {"decision": "overrule", "reason": "no other host", "not_before": "", "way_out": None},
        {"decision": "uphold", "reason": "a fair point", "not_before": "", "way_out": None},
    ),
    "withdrawal": ({"ended": True, "reason": ""}, {"ended": False, "reason": "Another supplier"}),
    "reminder": (
        {"right": _OBJECT}, {"right": replace(_END, until=_HOUR)}, {"right": replace(_CONSENT, until=_MOMENT)},
        {"right": _CONSENT}, {"right": replace(_END, ends="main_contract")},
    ),
    "superseded": ({},),
    "held_open": ({"held_until": _MOMENT, "held_from": "1 mei 2026"}, {"held_until": _MOMENT, "held_from": ""}),
    "agreement": (
        {"starts": _HOUR, "entry_clause": "1.1", "on_signature": False, "window": "", "listed": [_SUB]},
        {"starts": None, "entry_clause": "2.1", "on_signature": True, "window": "14 days", "listed": []},
    ),
    "agreement_withdrawn": ({},),
    "end_planned": _ENDS,
    "end_confirmed": tuple(
        {"ground": ground, "ends": ends, "ends_at": _MOMENT, "clause": clause, "outlives": outlives}
        for ground, ends, clause, outlives in (
            ("overruled_objection", "main_contract", "7.2", ""), ("amendment", "agreement", "12", ""),
            ("breach_of_law", "main_contract_alone", "11.5", "1.1"), ("breach_of_law", "", "", ""))
    ),
    "ended": _ENDS,
    "end_cancelled": ({},),
    "choice": (
        {"chosen": "return", "format": "CSV", "received": _HOUR, "over": False,
         "until": None, "returned_first": False, "clause": "9.5"},
        {"chosen": "return", "format": "", "received": _HOUR, "over": True,
         "until": _MOMENT, "returned_first": False, "clause": "9.5"},
        {"chosen": "erase", "format": "", "received": _HOUR, "over": True,
         "until": _MOMENT, "returned_first": False, "clause": "9.5"},
        {"chosen": "erase", "format": "", "received": _HOUR, "over": True,
         "until": None, "returned_first": True, "clause": ""},
    ),
    "deleted": (
        {"confirmed": ["the live system"], "not_confirmed": [], "declaration_clause": "10.3", "outlives": ""},
        {"confirmed": [], "not_confirmed": ["the backups"], "declaration_clause": "", "outlives": "1.1"},
    ),
    "corrected": ({"reason": "a wrong day"},),
}  # fmt: skip
_ENTRY: Final[dict[str, Any]] = {
    "processor": "Example Processing", "customer": "Example Customer", "agreement": _COMMON["agreement"],
    "act": "object", "clause": "7.1", "until": _MOMENT, "change": _CHANGE, "over": False,
    "url": "https://dpa.example.org/n/sample",
}  # fmt: skip
ENTRY_SAMPLES: Final[tuple[dict[str, Any], ...]] = tuple(
    _ENTRY | more
    for act in get_args(Act)
    for more in (
        {"act": act, "change": None if act == "choose" else _CHANGE},
        {"act": act, "change": None, "until": None, "clause": "", "over": True, "url": None},
    )
)
"""Variables of an entry in the reader's calendar."""
_IN_DUTCH: Final = {
    "Thursday 24 December 2026": "donderdag 24 december 2026", "24 December 2026": "24 december 2026",
    "Friday 25 December 2026": "vrijdag 25 december 2026", "Friday 1 January 2027": "vrijdag 1 januari 2027",
    "Example Processing": "Voorbeeld Verwerking", "Example Customer": "Voorbeeldklant",
    "Example Hosting": "Voorbeeldhosting", "Former Hosting": "Vorige Hosting", "Ireland": "Ierland",
    "Netherlands": "Nederland", "names, e-mail addresses": "namen, e-mailadressen", "telephony": "telefonie",
    "adequacy decision": "adequaatheidsbesluit", "a second data centre": "een tweede datacentrum",
    "a new law": "een nieuwe wet", "Processing agreement": "Verwerkersovereenkomst",
    "too far away": "te ver weg", "no other host": "er is geen andere host", "a fair point": "een terecht punt",
    "Another supplier": "Een andere leverancier", "14 days": "14 dagen", "the live system": "het systeem in gebruik",
    "the backups": "de reservekopieën", "a wrong day": "een verkeerde dag",
}  # fmt: skip
_WITH_ENTRIES: Final = frozenset(("announcement", "reminder", "held_open", "end_planned", "ended", "choice"))
_WITHOUT_MORE: Final = frozenset(("withdrawal", "superseded", "end_cancelled"))


@lru_cache(maxsize=128)
def samples(kind: str, lang: Language = "en") -> tuple[dict[str, Any], ...]:
    """Variables for a kind's template, in as many sets as it takes to pass every turn of it."""
    of_notice = kind in NOTICE_KINDS
    variants = MAIL_KINDS[kind].samples if kind in MAIL_KINDS else _VARIANTS[kind]
    rounds = max(len(variants), len(_CHANGES) if of_notice else 2, len(_NOTICES) if of_notice else 2)
    if kind == "announcement":
        rounds = len(_NOTICES) * 2
    made = []
    for number in range(rounds):
        one = dict(_BARE if number % 2 else _COMMON) | variants[number % len(variants)]
        if of_notice:
            one["change"] = _CHANGES[number % len(_CHANGES)]
            one["notice"] = _NOTICES[number % len(_NOTICES)]
        made.append({name: _in(lang, value) for name, value in one.items()})
    return tuple(made)


def sample_entries(kind: str) -> Entries:
    """The entry that a preview of a kind carries, about the moment that its samples name; none where it has none."""
    act: Act = "object" if kind in NOTICE_KINDS else "choose"
    one = CalendarEntry(
        subject=UUID("01990000-0000-7000-8000-000000000001"),
        rule="sample",
        act=act,
        clause="7.1" if act == "object" else "9.5",
        until=datetime(2026, 12, 24, 23, tzinfo=UTC),
    )
    if kind in _WITHOUT_MORE:
        return Entries((one,), cancelled=True)
    return Entries((one,)) if kind in _WITH_ENTRIES else Entries()


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
