"""The mail that tells somebody what waits: in each language, with pages that open for whoever signs in."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from service.board.views import PAGES
from service.mail.outgoing.people import mail_users
from service.people.telling import board_path, tell
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.pages.conftest import Site
from tests.people import colleague, signed_in
from workflows.kinds import WORKFLOWS
from workflows.words import LANGUAGES


@pytest.fixture
async def smtp() -> AsyncIterator[Scripted]:
    server = Scripted()
    await server.start()
    yield server
    await server.stop()


def test_each_kind_leads_to_a_page_that_there_is() -> None:
    for kind in WORKFLOWS:
        listed = board_path(kind, uuid4()).split("/")[2]
        assert listed in PAGES or listed == "tasks", kind


SUBJECTS = {
    "en": "Acme: 1 item waits for you",
    "nl": "Acme: 1 punt wacht op u",
    "de": "Acme: 1 Punkt wartet auf Sie",
    "fr": "Acme : 1 point vous attend",
}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_mail_leads_to_the_board(lang: Any, site: Site, smtp: Scripted) -> None:
    world = site.world
    await world.make_processor()
    await colleague(world, "manager", language=lang)
    made = await world.make_subprocessor("Stille Wolk", country=None)
    await tell(world.pools.worker, world.engine)
    await mail_users(world.pools.worker, config_for(smtp.port))
    [mail] = smtp.mails()
    assert mail["subject"].split() == SUBJECTS[lang].split()
    both = {one.get_content_type(): one.get_content() for one in mail.walk() if not one.is_multipart()}
    for text in both.values():
        assert "Stille Wolk" in text
        assert f"/board/subprocessors/{made}" in text
    [path] = set(re.findall(r"/board/subprocessors/[\w-]+", both["text/plain"]))
    assert "/n/" not in both["text/plain"], "no secret is in it"
    async with signed_in(site.app, "manager", world.processor) as person:
        assert (await person.get(path)).status_code == 200
