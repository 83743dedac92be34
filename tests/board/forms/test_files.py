"""Files that come with a form: kept at the look, carried along to the deed, and shown as downloads."""

from typing import Any
from uuid import UUID

import pytest

from tests.board.conftest import SignIn
from tests.board.forms.filling import path_of
from tests.board.forms.reading import inputs
from tests.board.forms.test_pages import manager, told
from tests.files import samples
from tests.pages.conftest import text_of
from tests.people import Person
from tests.world import World

__all__ = ["manager"]

SAID = {"channel": "letter", "by": "Kim", "step": "look"}


async def posted(person: Person, notice: UUID, files: Any, **typed: str) -> Any:
    path = path_of("notices", notice, "object")
    asked = await person.get(path)
    assert 'enctype="multipart/form-data"' in asked.text
    return await person.client.post(path, data={**inputs(asked.text), **SAID, **typed}, files=files)


async def test_a_file_goes_along_from_the_look_to_the_deed(manager: Person, world: World) -> None:
    notice = await told(world)
    files = [("evidence~file", ("brief.pdf", samples.PDF)), ("evidence~file", ("scan.png", samples.PNG))]
    seen = await posted(manager, notice, files)
    assert seen.status_code == 200, text_of(seen.text)
    ids = inputs(seen.text)["evidence~files"]
    again = await manager.client.post(path_of("notices", notice, "object"), data={**inputs(seen.text), "step": "again"})
    assert "brief.pdf" in text_of(again.text)
    assert inputs(again.text)["evidence~files"] == ids
    done = await manager.client.post(path_of("notices", notice, "object"), data={**inputs(seen.text), "step": "do"})
    assert done.status_code == 303, text_of(done.text)
    [use] = await world.rows("select array_agg(file_id::text) as ids from file_use where subject_id = $1", notice)
    assert sorted(use["ids"]) == sorted(ids)
    page = await manager.get(f"/board/notices/{notice}")
    assert "Files that prove it" in text_of(page.text)
    assert "brief.pdf, scan.png" in text_of(page.text)
    saved = await manager.get(f"/board/files/{ids[0]}")
    assert (saved.status_code, saved.content) == (200, samples.PDF)
    assert saved.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\x7fELF\x01", "of a type that is not kept"), (b"a" * (25 * 1024 * 1024 + 1), "at most 25 MiB")],
)
async def test_a_file_that_is_not_kept_is_named_at_its_input(
    manager: Person, world: World, content: bytes, says: str
) -> None:
    notice = await told(world)
    seen = await posted(manager, notice, {"evidence~file": ("a.pdf", content)}, grounds="Not there")
    assert (seen.status_code, says in text_of(seen.text)) == (422, True)
    assert inputs(seen.text)["grounds"] == "Not there"
    assert await world.rows("select from file") == []


async def test_words_go_on_as_they_did_and_a_form_without_files_may_be_sent_so(manager: Person, world: World) -> None:
    notice = await told(world)
    seen = await posted(manager, notice, {"evidence~file": ("", b"")}, evidence="Letter of 1 March")
    done = await manager.client.post(path_of("notices", notice, "object"), data={**inputs(seen.text), "step": "do"})
    assert done.status_code == 303
    assert "Letter of 1 March" in text_of((await manager.get(f"/board/notices/{notice}")).text)
    assert await world.rows("select from file_use") == []


async def test_files_are_read_of_those_alone_who_are_signed_in(manager: Person, world: World, person: SignIn) -> None:
    notice = await told(world)
    manager.client.cookies.delete(manager.cookie)
    no = await manager.client.post(
        path_of("notices", notice, "object"), files={"evidence~file": ("a.txt", b"a" * 1_000_000)}
    )
    assert no.status_code == 401
    auditor = await person("auditor")
    form = {"_csrf_token": await auditor.csrf(), **SAID}
    not_his = await auditor.client.post(
        path_of("notices", notice, "object"), data=form, files={"evidence~file": ("a.txt", b"a")}
    )
    assert not_his.status_code == 403
    large = await auditor.client.post(path_of("notices", notice, "object"), data={**form, "by": "x" * 300_000})
    assert large.status_code == 413
    assert await world.rows("select from file") == []
