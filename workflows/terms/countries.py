"""Countries by ISO 3166-1 alpha-2 code, and the two groups that agreements name.

Overseas territories with a code of their own (`RE`, `CW`, …) are in no group, whatever law reaches
them: who would engage a subprocessor there is then asked for consent, which is the safe side.
"""

from collections.abc import Iterable
from typing import Final

from workflows.errors import BadInput

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_OTHERS = """
    AD AE AF AG AI AL AM AO AQ AR AS AU AW AX AZ BA BB BD BF BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX DJ DM DO DZ EC EG EH ER ET FJ FK FM FO GA GB
    GD GE GF GG GH GI GL GM GN GP GQ GS GT GU GW GY HK HM HN HT ID IL IM IN IO IQ IR JE JM JO JP KE KG
    KH KI KM KN KP KR KW KY KZ LA LB LC LK LR LS LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MU
    MV MW MX MY MZ NA NC NE NF NG NI NP NR NU NZ OM PA PE PF PG PH PK PM PN PR PS PW PY QA RE RS RU RW
    SA SB SC SD SG SH SJ SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

EU: Final = frozenset(_EU.split())
"""The 27 Member States of the European Union since 1 February 2020."""

EEA: Final = EU | {"IS", "LI", "NO"}
"""The European Economic Area: the Union with Iceland, Liechtenstein and Norway."""

GROUPS: Final = {"EU": EU, "EEA": EEA}

COUNTRIES: Final = EEA | frozenset(_OTHERS.split())
"""Every officially assigned code of ISO 3166-1."""

_OTHERWISE: Final = {"UK": "GB", "EL": "GR", "EER": "EEA", "EEE": "EEA"}


def country_problem(code: str, *, groups: bool = False) -> str | None:
    """Say what is wrong with a country code and what would be right; None where it is one.

    `groups` lets `EU` and `EEA` pass as well.
    """
    if code in COUNTRIES or (groups and code in GROUPS):
        return None
    better = _OTHERWISE.get(code, code.upper())
    if better != code and country_problem(better, groups=groups) is None:
        return f"{code!r} is not a country code: write {better!r}"
    wanted = "two capital letters of ISO 3166-1, such as NL" + (", or EU or EEA" if groups else "")
    return f"{code[:20]!r} is not a country code: write {wanted}"


def in_region(country: str, groups: Iterable[str]) -> bool:
    """Whether a country (alpha-2) is one of `groups`, each a country or `EU` or `EEA`.

    Raises BadInput for a code that ISO 3166-1 does not know.
    """
    problem = country_problem(country)
    if problem is not None:
        raise BadInput(f"{problem}.")
    return any(country in GROUPS.get(group, (group,)) for group in groups)
