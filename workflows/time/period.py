"""Lengths of time as agreements write them: a whole number of one unit."""

import re
from functools import lru_cache
from typing import Final, Literal

import msgspec

from workflows.errors import BadInput
from workflows.words import FIVE, Language, said_in

Unit = Literal["hours", "days", "weeks", "months", "years", "working_days"]

_FORM: Final = re.compile(r"P(?:(?P<days>[0-9]+)(?P<unit>D|W|M|Y|WD)|T(?P<hours>[0-9]+)H)")
_LONGEST_TEXT: Final = 20
_UNIT_OF: Final[dict[str, Unit]] = {
    "D": "days",
    "W": "weeks",
    "M": "months",
    "Y": "years",
    "WD": "working_days",
}
_MOST: Final[dict[Unit, int]] = {
    # A hundred years in each unit; what is longer is a slip of the pen, not a term.
    "hours": 876_600,
    "days": 36_525,
    "weeks": 5_217,
    "months": 1_200,
    "years": 100,
    "working_days": 26_089,
}
_SUFFIX: Final[dict[Unit, tuple[str, str]]] = {
    "hours": ("PT", "H"),
    "days": ("P", "D"),
    "weeks": ("P", "W"),
    "months": ("P", "M"),
    "years": ("P", "Y"),
    "working_days": ("P", "WD"),
}


class Period(msgspec.Struct, frozen=True):
    """`count` (0 or more, at most a hundred years) times `unit`; otherwise BadInput."""

    unit: Unit
    count: int

    def __post_init__(self) -> None:
        """Refuse an impossible number, also where data are decoded straight into a Period."""
        if not 0 <= self.count <= _MOST[self.unit]:
            raise BadInput(
                f"A period of {self.count} {self.words('en').partition(' ')[2]} cannot be used: "
                f"write a number up to {_MOST[self.unit]} (a hundred years)."
            )

    @property
    def text(self) -> str:
        """The ISO 8601 form, such as `PT48H`, or `P10WD` for working days."""
        before, after = _SUFFIX[self.unit]
        return f"{before}{self.count}{after}"

    def words(self, lang: Language, week: int = FIVE) -> str:
        """The length for a reader, such as `10 working days` or `10 werkdagen`, as it stands after “within”; `week`:
        how many days of a week the agreement has work on, which some languages tell by another word."""
        return _words(self.unit, self.count, lang, week)


@lru_cache(maxsize=1024)
def _words(unit: Unit, count: int, lang: Language, week: int) -> str:
    return said_in(lang, week)(f"period.{unit}", count=count)


def parse_period(text: str) -> Period:
    """Read `PT48H`, `P30D`, `P2W`, `P3M`, `P1Y` (ISO 8601, one unit) or `P10WD` (ours).

    Raises BadInput for anything else: several units, minutes, fractions, a sign, over 100 years.
    """
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if found is None:
        raise BadInput(
            f"{text[:40]!r} is not a period. Write one whole number of one unit in capitals: "
            "PT48H (hours), P30D (days), P2W (weeks), P3M (months), P1Y (years) "
            "or P10WD (working days)."
        )
    if found["hours"] is not None:
        return Period("hours", int(found["hours"]))
    return Period(_UNIT_OF[found["unit"]], int(found["days"]))
