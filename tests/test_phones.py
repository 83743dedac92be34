"""Telephone numbers: what a person can dial is one, however it is written."""

import pytest

from workflows.intake.phones import phone_problem, tidy_phone

GOOD = (
    "+31 (0)20 123 45 67", "020-1234567", "0031201234567", "+32 470/12.34.56", "+32.470.12.34.56", "06 - 12 34 56 78",
    "+31 88 045 02 45", "+31 20 123 45 67 ext. 12", "+31 20 123 45 67 x12", "+31 20 123 4567x12", "020 1234567 #12",
    "+31 20 123 45 67 tst. 12", "088 - 1234567 (keuze 2)", "020 1234567 (toestel 12)", "+32 2 123.45.67 poste 4",
    "tel:+31201234567", "tel:+31-20-1234567;ext=12", "+31201234567,,12", "Tel. 020 123 4567", "T: +31 20 123 45 67",
    "+31\u00a020\u00a0123\u00a045\u00a067", "+31\u201120\u20111234567", "020–123 45 67", "０２０－１２３４５６７",
    "\u202a+31 20 1234567\u202c", "(020) 123 45 67", "0900-1234", "14 020", "+49 (0) 30 / 123 456-78", "31201234567",
    "+1 (555) 123-4567 ext 5", "mobiel: 06 12345678",
)  # fmt: skip
BAD = (
    "n.v.t.", "3,1201E+10", "3.12E10", "-", "+3120123456789012345678", "geen", "112", "1234", "", "abc 123456",
    "020-1234567 / 06-12345678", "++31 20 1234567", "(020 1234567", "020 1234567 bellen na 5", "kim@x.example", "x12",
    "020\n1234567", "020\t1234567", "+31 20 " + "1 " * 40,
)  # fmt: skip


@pytest.mark.parametrize("written", GOOD)
def test_what_a_person_can_dial_is_taken(written: str) -> None:
    assert phone_problem(written) is None


@pytest.mark.parametrize("written", BAD)
def test_what_no_telephone_takes_is_refused(written: str) -> None:
    assert phone_problem(written) is not None


def test_it_is_kept_as_written_in_plain_characters() -> None:
    assert tidy_phone("\u202a+31\u00a0(0)20\u20111234567 tst. 12\u202c") == "+31 (0)20-1234567 tst. 12"
