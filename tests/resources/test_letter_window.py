"""All of an address is read through the window of its envelope, however long it is."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from service.letters.facts import LetterFacts
from service.letters.press import press_letter
from service.mail.texts.paper import PaperPart
from workflows.ids import new_id
from workflows.intake.checks import LINES, WIDTH

SHORT = ("Klant BV", "Keizersgracht 1", "1015 CN Amsterdam")
LONG = (
    "Stichting tot behoud van zeer lange namen in het midden en oosten van het land",
    "T.a.v. mevrouw drs. Kim Johanna de Vries-van den Heuvel, juridische zaken",
    *(f"Regel {number} ".ljust(WIDTH, "x") for number in range(LINES)),
    "DUITSLAND",
)


def written(address: tuple[str, ...]) -> list[tuple[str, float, float]]:
    """What stands on the first page: the words, their size in points, their baseline in mm from the top."""
    facts = LetterFacts(
        subject=new_id(), kind="announcement", language="nl", sender="Acme BV", address=address, on=date(2026, 3, 2),
        day="2 maart 2026", about="Nieuwe subverwerker", parts=(PaperPart("text", "Hosting BV."),), reply="Schrijf.",
    )  # fmt: skip
    page = PdfReader(BytesIO(press_letter(facts, "a" * 64))).pages[0]
    found: list[tuple[str, float, float]] = []

    def visit(text: str, placed: Any, _: Any, __: Any, size: float) -> None:
        if text.strip():
            found.append((text.strip(), size, (float(page.mediabox.height) - placed[5]) / 72 * 25.4))

    page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize(("address", "size"), [(SHORT, 10.5), (LONG, 8.0)])
def test_the_last_line_of_an_address_stands_in_the_window(address: tuple[str, ...], size: float) -> None:
    lines = written(address)
    at = next(number for number, (text, *_) in enumerate(lines) if text == "2 maart 2026")
    assert lines[at - 1][0] == address[-1]
    assert {found for _, found, _ in lines[1:at]} == {size}
    assert all(45 < mm < 90 for *_, mm in lines[:at])
