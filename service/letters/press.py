"""The press of letters: facts in, the bytes of a PDF out, the same bytes for the same facts. Pure but for its files."""

from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
import typst

from service.certificate.render_pdf import fonts
from service.certificate.saying import CATALOGUE
from service.certificate.wording import Shown, in_any_font, in_own_font, printable
from service.letters.facts import LetterFacts

_LONGEST: Final = 12_000
"""Characters of a part: a letter says all that its mail says."""


def press_letter(facts: LetterFacts, number: str) -> bytes:
    """The letter as PDF/A-2a and PDF/UA-1, its address behind the left window of an envelope (DIN 5008, form B).

    Takes some milliseconds of CPU. Raises typst.TypstError where the template is wrong.
    """

    def made(shown: Shown) -> bytes:
        return typst.compile(
            _source(),
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"values": msgspec.json.encode(_values(facts, number, shown)).decode()},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(datetime.combine(facts.on, time(), UTC).timestamp()),
        )

    try:
        return made(in_any_font)
    except typst.TypstError:
        return made(in_own_font)  # as for the declaration


def _values(facts: LetterFacts, number: str, shown: Shown) -> dict[str, Any]:
    def text(given: str) -> str:
        return printable(given, shown, longest=_LONGEST)

    return {
        "lang": facts.language,
        "sender": text(facts.sender),
        "from": [text(line) for line in (facts.sender, *facts.sender_address)],
        "address": [text(line) for line in facts.address],
        "day": text(facts.day),
        "at": [facts.on.year, facts.on.month, facts.on.day],
        "about": text(facts.about),
        "parts": [{"kind": one.kind, "text": text(one.text), "label": text(one.label)} for one in facts.parts],
        "reply": text(facts.reply),
        "number": f"{CATALOGUE.in_language(facts.language)('letter.number')} {_short(number)}",
    }


def _short(number: str) -> str:
    return f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:16]}".upper()


@cache
def _source() -> bytes:
    return (files("service.letters") / "templates" / "letter.typ").read_bytes()
