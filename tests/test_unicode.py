"""Normal forms of text that strangers send."""

import re
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.unicode import MOST_MARKS, normalise

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
MARKS = "\u0300\u0316"
MARK_RUNS = "m+"


@given(st.sampled_from(FORMS), st.text(max_size=MOST_MARKS))
def test_what_people_write_is_as_unicode_has_it(form: Form, text: str) -> None:
    assert normalise(form, text) == unicodedata.normalize(form, text)


@given(st.sampled_from(FORMS), st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=MOST_MARKS + 1))
def test_however_long_it_is(form: Form, text: str) -> None:
    assert normalise(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("marks", [MARKS, "\u0f73", "\u0f75", "\u0f81\u0301", "\u0344", "\u1fbf", "\u00b4"])
def test_no_letter_has_marks_without_end_to_be_put_in_order(form: Form, marks: str) -> None:
    """Those too that are marks only once they are taken apart."""
    text = "a" + marks * 1_000
    said = unicodedata.normalize("NFKD", normalise(form, text))
    runs = re.findall(MARK_RUNS, "".join("m" if unicodedata.combining(one) else "l" for one in said))
    assert max(map(len, runs), default=0) <= MOST_MARKS
    assert sorted(said.replace("\u034f", "")) == sorted(unicodedata.normalize("NFKD", text)), "and none is lost"


def test_every_mark_is_known_as_one() -> None:
    """Of all that there is, run after run of one letter stays short once it is taken apart."""
    for code in range(0x110000):
        letter = chr(code)
        apart = unicodedata.normalize("NFKD", letter)
        if unicodedata.combining(apart[0]) or unicodedata.combining(apart[-1]):
            said = unicodedata.normalize("NFKD", normalise("NFC", letter * 70))
            marks = "".join("m" if unicodedata.combining(one) else "l" for one in said)
            assert max(map(len, re.findall(MARK_RUNS, marks)), default=0) <= MOST_MARKS, hex(code)
