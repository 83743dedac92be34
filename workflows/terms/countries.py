"""Countries by ISO 3166-1 alpha-2 code, and the groups of them that agreements name: who belongs when, and by what.

Overseas territories with a code of their own (`RE`, `CW`, …) are in no group, whatever law reaches
them: who would engage a subprocessor there is then asked for consent, which is the safe side.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final, Protocol

import msgspec

from workflows.errors import BadInput

_CODES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
    YT ZA ZM ZW
"""

COUNTRIES: Final = frozenset(_CODES.split())
"""Every officially assigned code of ISO 3166-1."""

_ONE_DAY: Final = timedelta(days=1)
_OTHERWISE: Final = {
    "UK": "GB", "EL": "GR", "EER": "EEA", "EEE": "EEA", "EWR": "EEA", "ADEQUACY": "ADEQUATE", "DPF": "US:DPF",
    "US-DPF": "US:DPF",
}  # fmt: skip


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group that terms files may name. `framework`: only who is certified under it belongs."""

    framework: bool = False


class Membership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Countries in a group from one day to another, both included, and by what.

    `through`: only those there who are certified under that framework.
    """

    group: str
    countries: tuple[str, ...]
    source: str
    first_day: date = date.min
    last_day: date = date.max
    through: str = ""


class _Groups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    edition: str
    groups: dict[str, Group]
    member: tuple[Membership, ...]


class Certified(Protocol):
    """That somebody is certified under a framework, from one day to another."""

    @property
    def framework(self) -> str: ...
    @property
    def since(self) -> date: ...
    @property
    def until(self) -> date | None: ...


@lru_cache(maxsize=1)
def _data() -> _Groups:
    return msgspec.toml.decode(files("workflows.terms").joinpath("groups.toml").read_bytes(), type=_Groups)


def groups() -> Mapping[str, Group]:
    """Every group by its name; the mapping is shared, so leave it as it is."""
    return _data().groups


def frameworks() -> tuple[str, ...]:
    """The groups that somebody belongs to by being certified."""
    return tuple(name for name, group in groups().items() if group.framework)


def country_problem(code: str, *, groups_too: bool = False) -> str | None:
    """Say what is wrong with a country code and what would be right; None where it is one.

    `groups_too` lets the groups pass as well, such as `EEA`, `ADEQUATE` and `US:DPF`.
    """
    if code in COUNTRIES or (groups_too and code in groups()):
        return None
    better = _OTHERWISE.get(code, code.upper())
    if better != code and country_problem(better, groups_too=groups_too) is None:
        return f"{code!r} is not a country code: write {better!r}"
    wanted = "two capital letters of ISO 3166-1, such as NL"
    if groups_too:
        wanted += f", or a group: {', '.join(groups())}"
    return f"{code[:20]!r} is not a country code: write {wanted}"


def in_region(country: str, inside: Iterable[str], on: date, certified: Iterable[Certified] = ()) -> bool:
    """Whether a place is one of `inside` on a day, each a country (alpha-2) or a group.

    `certified` are the certifications of who works there; of a framework that is not among them nobody is a part.
    Raises BadInput for a code that ISO 3166-1 does not know.
    """
    problem = country_problem(country)
    if problem is not None:
        raise BadInput(f"{problem}.")
    held = tuple(certified)
    wanted = tuple(inside)
    return country in wanted or any(_holds(one, on, held) for one in _memberships(country, wanted))


def region_until(country: str, inside: Iterable[str], on: date, certified: Iterable[Certified] = ()) -> date | None:
    """The last day on which a place that is one of `inside` on a day will be so, as far as is known; None where no end
    is known, or where it is none of them."""
    wanted, held = tuple(inside), tuple(certified)
    spans = _memberships(country, wanted)
    if country in wanted:
        return None
    day, last = on, None
    while ends := [_lasts(one, day, held) for one in spans if _holds(one, day, held)]:
        last = max(ends)
        if last == date.max:
            return None
        day = last + _ONE_DAY
    return last


def left_region(country: str, inside: Iterable[str], on: date, certified: Iterable[Certified] = ()) -> str:
    """By what a place that was one of `inside` is so no more on a day, in words; empty where nothing is known."""
    held = tuple(certified)
    over = [one for one in _memberships(country, tuple(inside)) if _lasted(one, held) < on]
    if not over:
        return ""
    last = max(over, key=lambda one: _lasted(one, held))
    if last.through and last.last_day >= on:
        return f"the certification under {last.through} that is on record does not reach beyond {_lasted(last, held)}"
    return f"{last.source}, until {last.last_day}"


def _lasts(one: Membership, on: date, held: tuple[Certified, ...]) -> date:
    """The last day of a membership that holds on a day."""
    if not one.through:
        return one.last_day
    ends = [cert.until or date.max for cert in held if cert.framework == one.through and cert.since <= on]
    return min(one.last_day, max(ends))


def _lasted(one: Membership, held: tuple[Certified, ...]) -> date:
    """The last day on which a membership held for who has these certifications."""
    if not one.through:
        return one.last_day
    ends = [cert.until or date.max for cert in held if cert.framework == one.through]
    return min(one.last_day, max(ends, default=date.min))


@lru_cache(maxsize=4096)
def _memberships(country: str, inside: tuple[str, ...]) -> tuple[Membership, ...]:
    return tuple(one for one in _data().member if one.group in inside and country in one.countries)


def _holds(one: Membership, on: date, held: tuple[Certified, ...]) -> bool:
    if not one.first_day <= on <= one.last_day:
        return False
    return not one.through or any(
        cert.framework == one.through and cert.since <= on and (cert.until is None or on <= cert.until) for cert in held
    )
