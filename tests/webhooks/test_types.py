"""What a webhook may ask for is what happens."""

import pytest

from tests.webhooks.names import made
from workflows.event_types import EVENTS, asked
from workflows.intake.webhooks import event_problem
from workflows.kinds import WORKFLOWS


def test_every_event_has_its_place_in_the_list() -> None:
    missing = {kind: sorted(names - set(EVENTS.get(kind, ()))) for kind, names in made().items()}
    assert not {kind: names for kind, names in missing.items() if names}, "add these to workflows/event_types.py"
    assert set(EVENTS) == set(WORKFLOWS)


@pytest.mark.parametrize(
    "name", ["*", "notice.*", "notice.object", "notice.objected", "task.opened", "deletion.ordered", "deletion.*"]
)
def test_known_ones_are_taken(name: str) -> None:
    assert event_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", ".", "notice", "notice.", "notice.nothing", "*.object", "deletion.x", "Notice.object", "notice.*.*"]
)
def test_unknown_ones_are_refused(name: str) -> None:
    assert event_problem(name)


def test_a_state_is_told_once_on_coming_into_it() -> None:
    assert asked(("notice.objected",), "notice", "notice.object", "open", "objected") == "notice.objected"
    assert asked(("notice.objected",), "notice", "notice.object", "objected", "objected") is None
    assert asked(("*", "notice.objected"), "notice", "notice.object", "open", "objected") == "notice.object"
    assert asked(("agreement.*",), "notice", "notice.object", "open", "objected") is None
    assert asked(("notice.objected",), "change", "change.x", "open", "objected") is None
