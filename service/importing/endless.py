"""How other systems write that a contract has no end: a day that never comes, one before all days, a word. Pure."""

import re
from typing import Final

from service.importing.headings import plain

_TIME: Final = r"(?:[ T].*)?"
_DAYS: Final = re.compile(
    # 9999-12-31 and the like, 0000-00-00, 0001-01-01
    rf"(?:9999|000[01])(?:[-/.].*)?|[^ T]*[-/.](?:9999|000[01]){_TIME}|00?[-/.]00?[-/.].*|0"
    # the last days of some programs and databases
    rf"|2999-12-31{_TIME}|31[-/.]12[-/.]2999{_TIME}|12/31/2999{_TIME}|3000-01-01{_TIME}|0?1[-/.]0?1[-/.]3000{_TIME}"
    rf"|2262-04-11{_TIME}"
    # their first days, which stand for an empty cell
    rf"|1753-01-01{_TIME}|0?1[-/.]0?1[-/.]1753{_TIME}|1899-12-30{_TIME}|30[-/.]12[-/.]1899{_TIME}|1900-01-0[01]{_TIME}"
    rf"|0?[01][-/.]0?1[-/.]1900{_TIME}|1/0/1900{_TIME}"
)
_WORDS: Final = frozenset((
    "none", "no_end", "never", "open", "open_end", "open_ended", "indefinite", "indefinitely", "unlimited", "permanent",
    "ongoing", "until_further_notice", "until_terminated", "n_a", "na", "not_applicable", "null", "nan", "nat",
    "geen", "geen_einde", "nooit", "onbepaald", "onbepaalde_tijd", "voor_onbepaalde_tijd", "doorlopend", "lopend",
    "tot_opzegging", "tot_wederopzegging", "nvt", "n_v_t", "niet_van_toepassing", "unbefristet", "illimite",
    "indetermine", "duree_indeterminee",
))  # fmt: skip


def says_no_end(text: str) -> bool:
    """Whether a cell for the last day says that there is none."""
    return _DAYS.fullmatch(text) is not None or plain(text) in _WORDS
