"""A little of `make fuzz`, always the same: each door takes or refuses whatever is sent, and nothing else happens."""

import pytest

from tests.faults.fuzz import DOORS, Outside, tried


@pytest.mark.parametrize("door", DOORS, ids=lambda one: one.name)
def test_each_door_takes_or_refuses_it(door: Outside) -> None:
    tried(door, 15, 1)
