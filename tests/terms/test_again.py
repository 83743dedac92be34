"""A deadline that stands, counted again from what its steps say: the same, or nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.errors import BadInput
from workflows.terms.again import event_in, recounted
from workflows.terms.due import due, known_rules
from workflows.terms.load import library

AT = datetime(2027, 4, 21, 9, 20, 1, 250000, tzinfo=UTC)


@pytest.mark.parametrize("terms", sorted(library()))
@pytest.mark.parametrize("at", [AT, AT.date()], ids=["instant", "day"])
def test_the_steps_of_every_rule_say_from_when(terms: str, at: datetime) -> None:
    found = library()[terms]
    facts = {field.name: "P30D" for field in found.fields}
    for rule in known_rules(found):
        try:
            stands = due(found, rule, at, facts)
        except BadInput:
            assert at is not AT
            continue
        if stands.due_at is not None:
            again = recounted(found, rule, event_in(stands.steps, found.zone), stands.due_at, facts)
            assert again is not None, rule
            assert (again.due.due_at, again.due.last_day) == (stands.due_at, stands.last_day)


def test_what_no_longer_comes_to_the_same_is_not_explained() -> None:
    terms = library()["mms-solutions"]
    stands = due(terms, "end.erasure", AT, {"end.erasure": "P30D"})
    at = event_in(stands.steps, terms.zone)
    assert at == AT
    assert stands.due_at is not None
    assert recounted(terms, "end.erasure", at, stands.due_at, {"end.erasure": "P60D"}) is None
    assert recounted(terms, "end.erasure", at, stands.due_at + timedelta(seconds=1), {"end.erasure": "P30D"}) is None
    assert recounted(terms, "end.erasure", at, stands.due_at, {}) is None
    assert recounted(terms, "end.erasure", None, stands.due_at, {}) is None


def test_steps_that_say_no_event_are_none() -> None:
    assert event_in(("As the processor set it.",), "Europe/Amsterdam") is None
