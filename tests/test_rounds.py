"""What a batch begins and ends is written in the order in which its steps asked for it, in few rounds."""

from typing import Any

import pytest

from workflows.engine.rounds import Rounds


def written(*asked: str) -> list[tuple[str, str]]:
    """Rounds of what was asked in words such as `+a1` (begin), `-a1` (end) or `>a1` (begin in another's place)."""
    rounds = Rounds()
    for word in asked:
        row: dict[str, Any] = {"row": word[1:]}
        if word[0] == "-":
            rounds.end(word[1], row)
        else:
            rounds.begin(word[1], row, apart=word[0] == ">")
    return [(" ".join(row["row"] for row in ends), " ".join(row["row"] for row in begins)) for ends, begins in rounds]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((), []),
        (("+a1", "+b1", "-c1", "+a2"), [("c1", "a1 b1 a2")]),
        (("-a1", "+a2"), [("a1", "a2")]),
        (("+a1", "-a2"), [("", "a1"), ("a2", "")]),
        (("+a1", "-a2", "+a3", "-b1"), [("b1", "a1"), ("a2", "a3")]),
        (("+a1", ">a2", "-a3"), [("", "a1"), ("", "a2"), ("a3", "")]),
        ((">a1", ">b1"), [("", "a1 b1")]),
    ],
)
def test_rounds(asked: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    assert written(*asked) == found
