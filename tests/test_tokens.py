"""Tokens whose ends a program that makes links of a text would leave out."""

from collections.abc import Callable
from uuid import UUID

import pytest

from service.applications import application_token, application_tokens
from service.links import about_of, subscription_token, subscription_tokens
from service.people.sign_in import sign_in_token, sign_in_tokens

SECRET = "a secret of the tests that is long enough"


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (application_token, application_tokens),
        (subscription_token, subscription_tokens),
        (sign_in_token, sign_in_tokens),
    ],
)
def test_no_token_that_is_given_out_ends_in_a_mark_and_those_of_before_are_known(
    given: Callable[[str, UUID], str], known: Callable[[str, UUID], tuple[str, ...]]
) -> None:
    marked = 0
    for number in range(2_000):
        one = UUID(int=number)
        assert given(SECRET, one)[-1].isalnum()
        for token in known(SECRET, one):
            assert about_of(token, SECRET, known) == one
            assert about_of(token, SECRET + "!", known) is None
            marked += token[-1] in "-_"
    assert marked > 20
