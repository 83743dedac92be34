"""Filling in forms of the board as a person does: open, look at what happens, do it."""

from typing import Any
from uuid import UUID

import httpx

from tests.board.forms.reading import inputs
from tests.pages.conftest import text_of
from tests.people import Person


def path_of(list: str, id: UUID | str | None, action: str) -> str:
    """Where the form of an action stands."""
    return f"/board/{list}/{action}" if id is None else f"/board/{list}/{id}/{action}"


async def look(
    person: Person, list: str, id: UUID | str | None, action: str, **typed: Any
) -> tuple[httpx.Response, dict[str, Any]]:
    """The page that says what would happen, and what its form carries on."""
    path = path_of(list, id, action)
    asked = await person.get(path)
    assert asked.status_code == 200, text_of(asked.text)
    seen = await person.client.post(path, data={**inputs(asked.text), "step": "look", **typed})
    return seen, inputs(seen.text)


async def does(person: Person, list: str, id: UUID | str | None, action: str, **typed: Any) -> httpx.Response:
    """The answer to the deed: a way on to the subject."""
    seen, fields = await look(person, list, id, action, **typed)
    assert seen.status_code == 200, text_of(seen.text)
    return await person.client.post(path_of(list, id, action), data={**fields, "step": "do"})


async def did(person: Person, list: str, id: UUID | str | None, action: str, **typed: Any) -> UUID:
    """The subject of a deed that was done."""
    done = await does(person, list, id, action, **typed)
    assert done.status_code == 303, text_of(done.text)
    place, _, said = done.headers["location"].partition("?")
    assert said == f"done={action.partition('?')[0]}"
    return UUID(place.removesuffix("/notify").rpartition("/")[2])
