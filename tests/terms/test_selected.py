"""A region that each agreement selects itself: what it may name, and what is inside then."""

import pytest

from tests.drafts import draft
from tests.terms.sentences import REGION
from workflows.intake.checks import Checks
from workflows.terms.explain import explain, explained
from workflows.terms.selected import region_of

TERMS = draft(
    subprocessors={"region": {**REGION, "inside": ["EU", "US", "AU"], "outside": "refuse", "field": "data.region"}},
    fields=[{"name": "data.region", "kind": "places", "clause": "7.5", "text": "where the data are"}],
)


def test_what_is_inside_is_what_the_agreement_selected() -> None:
    found = region_of(TERMS, {"data.region": "EU, AU"})
    assert found is not None
    assert (found.inside, found.outside) == (("EU", "AU"), "refuse")
    unsaid = region_of(TERMS, {})
    assert unsaid is not None
    assert unsaid.inside == ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("EU", None),
        ("EU, US", None),
        ("CA", "'CA' is none of the places that may be selected: EU, US, AU"),
        ("Europe", "'Europe' is not a country code"),
        ("", "is no place: write countries or groups of them, such as EEA"),
        (7, "is no place: write countries or groups of them, such as EEA"),
    ],
)
def test_what_an_agreement_may_select(value: object, problem: str | None) -> None:
    checks = Checks()
    checks.facts("facts", TERMS, {"data.region": value})
    assert [one.message.startswith(problem or "?") for one in checks.found] == ([True] if problem else [])


def test_it_is_told_of_the_file_and_of_the_agreement() -> None:
    told = explain(TERMS, "en")
    assert "The customer selects the region of its data, from: the EU, the United States and Australia (7.5)." in told
    assert "Not outside the region that each agreement selects (7.5)." in told
    lines = [line for part in explained(TERMS, "nl", {"data.region": "EU"}) for line in part.lines]
    assert "Niet buiten de EU (7.5)." in lines
