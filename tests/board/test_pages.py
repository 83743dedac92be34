"""The pages of the board: every list and subject, in every language, for every role, and for nobody else."""

import re
from uuid import UUID

import pytest

from service.board.index import LISTS
from service.board.views import PAGES
from tests.board.conftest import SignIn
from tests.board.furnished import HARMFUL, furnish
from tests.pages.conftest import Site, text_of
from tests.people import Person
from workflows.words import LANGUAGES

BARE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def addresses(made: dict[str, UUID]) -> list[str]:
    """Every page that there is."""
    subjects = [f"{'changes' if path == 'drafts' else path}/{id}" for path, id in made.items()]
    return ["", *LISTS, *subjects]


async def test_every_page_has_names_words_and_no_ids_in_each_language(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    made = await furnish(site.world)
    assert PAGES.keys() - made.keys() == {"announcements"}
    for lang in LANGUAGES:
        who: Person = await person("director", language=lang)
        for path in addresses(made):
            answer = await who.get(f"/board/{path}")
            assert answer.status_code == 200, f"{lang} {path}: {text_of(answer.text)}"
            assert f'<html lang="{lang}"' in answer.text
            seen = text_of(answer.text)
            assert BARE.search(seen) is None, f"{lang} {path}: {seen}"
            assert "<b>" not in answer.text.replace(HARMFUL, ""), path
            assert answer.text.count("<h1>") == 1, path


async def test_whoever_only_reads_is_offered_nothing(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    made = await furnish(site.world)
    who = await person("auditor")
    for path in addresses(made):
        answer = await who.get(f"/board/{path}")
        assert answer.status_code == 200, path
        assert 'class="act' not in answer.text, path
        assert "/new" not in answer.text, path


async def test_another_processors_subject_is_not_there(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    made = await furnish(site.world)
    mine = site.world.processor
    site.world.processor = UUID(int=mine.int + 1)
    await site.world.make_processor()
    other = await person("director")
    for path, id in made.items():
        answer = await other.get(f"/board/{'changes' if path == 'drafts' else path}/{id}")
        assert answer.status_code == 404, path
    for path in LISTS:
        assert HARMFUL.split()[0] not in (await other.get(f"/board/{path}")).text


@pytest.mark.parametrize(
    ("query", "there"),
    [("q=muller", True), ("q=SOHNE", True), ("q=jansen", False), ("state=active", True), ("state=draft", False)],
)
async def test_a_filter_is_an_address(site: Site, person: SignIn, query: str, there: bool) -> None:
    await site.world.make_processor()
    await furnish(site.world)
    answer = await (await person("auditor")).get(f"/board/agreements?{query}&fbclid=1")
    assert ("Müller" in answer.text) == there
