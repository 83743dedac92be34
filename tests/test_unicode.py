"""Normal forms of text that strangers send."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.unicode import MOST_MARKS, normalise

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
MARKS = "\u0300\u0316"


@given(st.sampled_from(FORMS), st.text(max_size=MOST_MARKS))
def test_what_people_write_is_as_unicode_has_it(form: Form, text: str) -> None:
    assert normalise(form, text) == unicodedata.normalize(form, text)


@given(st.sampled_from(FORMS), st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=MOST_MARKS + 1))
def test_however_long_it_is(form: Form, text: str) -> None:
    assert normalise(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("form", FORMS)
def test_no_letter_has_marks_without_end_to_be_put_in_order(form: Form) -> None:
    text = "a" + MARKS * 1_000
    said = normalise(form, text)
    assert max(map(len, said.split("\u034f"))) <= MOST_MARKS + 1
    assert sorted(said.replace("\u034f", "")) == sorted(unicodedata.normalize(form, text)), "and none is lost"
