"""The pages of the board: every list and subject, in every language, for every role, and for nobody else."""

import html
import re
from uuid import UUID

import pytest

from service.board.forms.deeds import deeds
from service.board.forms.words import form_words
from service.board.index import LISTS
from service.board.pictures.states import states_picture
from service.board.resources import RESOURCES
from service.board.settling import OF_RETENTION, OF_RULES, OF_TASKS
from service.board.views import PAGES, changes
from service.board.words import board_words
from tests.board.conftest import SignIn
from tests.board.furnished import HARMFUL, furnish
from tests.board.test_day import part
from tests.pages.conftest import Site, text_of
from tests.people import Person
from workflows.kinds import WORKFLOWS
from workflows.task.table import NOT_BY_HAND
from workflows.terms.names import ALTERNATIVE, AUTHORISATION, CONSENT, ENDS, OBJECTION, RULES
from workflows.terms.phrases import rule_title
from workflows.words import LANGUAGES, Language
from workflows.words.references import REFERENCE

BARE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

RULE = re.compile("|".join(map(re.escape, [*RULES, *ENDS])))
"""Rules as programs name them."""
PROGRAMS = re.compile(r"(?<![\w@./-])(?:[a-z]{2,}(?:_[a-z]+)+|[245]\.\d\.\d)(?![\w@])")
"""Words that only programs have, and what mail servers say to one another."""
ENCODINGS = {"mac_roman"}
"""What a spreadsheet program calls one."""
OTHERS = ("search", "search?q=m", "calendar", "calendar?day=2026-05-31", "terms", "terms/kmo-solutions", "settings",
          "inbound")  # fmt: skip
FOREIGN = re.compile(r'lang="en"(?! class="typed"|>English<)[^<]*<[^<]*')
"""What stands in English on another page; what somebody typed is marked so."""
DEED = re.compile(r'href="[./]*board/(?:[a-z-]+/new|[a-z-]+/[0-9a-f-]{36}/[a-z-]+)["?]')
"""The way to a form."""


def addresses(made: dict[str, UUID]) -> list[str]:
    """Every page that there is."""
    subjects = [f"{'changes' if path == 'drafts' else path}/{id}" for path, id in made.items()]
    return ["", *LISTS, *OTHERS, *subjects]


async def test_a_list_is_saved_as_a_file_with_its_filters(site: Site, person: SignIn) -> None:
    await site.world.make_processor(slug="acme")
    await furnish(site.world)
    who: Person = await person("auditor", language="fr")
    for path in LISTS:
        page = (await who.get(f"/board/{path}?role=controller" if path == "customers" else f"/board/{path}")).text
        links = [html.unescape(one) for one in re.findall(r'href="([^"]*/download[^"]*)"', page)]
        for link, begins in zip(links, (b"\xef\xbb\xbf", b"PK"), strict=bool(links)):
            saved = await who.get(link[link.index("/board") :] if "/board" in link else f"/board/{path}/{link}")
            assert saved.status_code == 200, link
            assert saved.content.startswith(begins), link
        assert ("role=controller" in "".join(links)) is (path == "customers")
    assert (await who.get("/board/customers/download?format=exe")).status_code == 404
    assert (await who.get("/board/customers/download?format=csv&state=odd")).status_code == 400


async def test_a_list_names_what_was_altered_by_hand_and_shows_the_rest(site: Site, person: SignIn) -> None:
    await site.world.make_processor(slug="acme")
    for _ in range(2):
        await site.world.make_agreement("kmo-solutions")
    [bad, good] = await site.world.rows("select id, name, contacts from customer order by id")
    await site.world.rows("update customer set contacts = '[7]' where id = $1 returning id", bad["id"])
    page = await (await person("auditor", language="nl")).get("/board/customers")
    assert page.status_code == 200
    assert f"wie de dienst beheert: {bad['id']}" in " ".join(text_of(page.text).split())
    assert f"customers/{good['id']}" in page.text
    await site.world.rows("update customer set contacts = $2 where id = $1 returning id", bad["id"], bad["contacts"])


async def test_every_page_has_names_words_and_no_ids_in_each_language(site: Site, person: SignIn) -> None:
    await site.world.make_processor(slug="acme")
    made = await furnish(site.world)
    assert PAGES.keys() - made.keys() == {"announcements", "webhooks"}
    for lang in LANGUAGES:
        who: Person = await person("director", language=lang)
        for path in (*addresses(made), "customers/import"):
            answer = await who.get(f"/board/{path}")
            assert answer.status_code == 200, f"{lang} {path}: {text_of(answer.text)}"
            assert f'<html lang="{lang}"' in answer.text
            seen = text_of(answer.text)
            assert BARE.search(seen) is None, f"{lang} {path}: {seen}"
            assert "<b>" not in answer.text.replace(HARMFUL, ""), path
            assert answer.text.count("<h1>") == 1, path
            english = FOREIGN.findall(answer.text) if lang != "en" else []
            assert english == [], f"{lang} {path}"
            for code in (RULE, REFERENCE, PROGRAMS):
                assert set(code.findall(seen)) <= ENCODINGS, f"{lang} {path}: {seen}"


async def test_whoever_only_reads_is_offered_nothing(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    made = await furnish(site.world)
    who = await person("auditor")
    for path in addresses(made):
        answer = await who.get(f"/board/{path}")
        assert answer.status_code == 200, path
        assert DEED.findall(answer.text) == [], path


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


async def test_search_finds_by_part_of_a_name(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    await furnish(site.world)
    who = await person("auditor")
    found = text_of((await who.get("/board/search?q=SOHNE")).text)
    assert "Müller &amp; Söhne &lt;b&gt; Customer · Current" in found
    assert "Müller &amp; Söhne &lt;b&gt;, M-1 Agreement · In force" in found
    assert "New subprocessor, Hosting Ø" in text_of((await who.get("/board/search?q=hosting")).text)
    assert "Nothing is known by these words." in text_of((await who.get("/board/search?q=<script>")).text)


async def test_a_rule_is_worked_out_with_its_steps(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    who = await person("auditor")
    asked = {"rule": "subprocessor.objection", "at": "2026-03-02 10:00"}
    seen = text_of((await who.get("/board/terms/kmo-solutions", params=asked)).text)
    assert "Last moment Wednesday 1 April 2026, 24:00 (Amsterdam time)" in seen
    asked["at"] = "yesterday"
    assert "This is no day, or no time" in text_of((await who.get("/board/terms/kmo-solutions", params=asked)).text)
    asked = {
        "rule": "subprocessor.objection",
        "on": "2026-03-02",
        "facts.backup.retention": "many",
        "facts.backup.retention~unit": "days",
    }
    page = (await who.get("/board/terms/kmo-solutions", params=asked)).text
    assert 'aria-invalid="true"' in page.partition('name="facts.backup.retention"')[2].partition(">")[0]
    assert (await who.get("/board/terms/nobody")).status_code == 404


async def test_signing_out_everywhere_ends_every_session(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    who = await person("auditor")
    assert (await who.post("/board/settings/out")).status_code == 303
    assert (await who.get("/board/settings")).status_code == 303


@pytest.mark.parametrize("query", ["day=2026-02-30", "day=0001-01-01", "day=9999-12-31"])
async def test_no_day_is_said_to_be_none(site: Site, person: SignIn, query: str) -> None:
    await site.world.make_processor()
    assert (await (await person("auditor")).get(f"/board/calendar?{query}")).status_code == 400


async def test_the_day_says_what_is_late_for_how_long_and_what_settles_it(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    made = await furnish(site.world)
    await site.world.days(3)
    manager = await person("manager")
    page = (await manager.get("/board")).text
    late = text_of("<body>" + page.partition('id="late"')[2].partition("</section>")[0])
    assert "Tell the customer of the breach (own target)" in late
    assert "Last moment: Tuesday 3 March 2026, 10:00 (Amsterdam time) 2 days late" in late
    assert f'board/breaches/{made["breaches"]}/notify"' in page
    assert f'board/requests/{made["requests"]}/fulfil"' in page
    assert "Objection to a subprocessor" in text_of("<body>" + page.partition('id="customers"')[2])
    assert "/notify" not in (await (await person("auditor")).get("/board")).text


def test_every_page_of_a_subject_is_of_a_resource() -> None:
    assert {path: one.resource for path, one in PAGES.items()} == RESOURCES


def test_every_event_that_moves_nothing_has_words() -> None:
    words, forms = board_words("en"), form_words("en")
    for kind, flow in WORKFLOWS.items():
        for name in {row.event for row in flow.table.rows if row.dest is None}:
            keys = (f"event.{kind}.{name}", f"event.{name}")
            assert any(map(words.has, keys)) or forms.has(f"act.{flow.table.path}.{name}"), (kind, name)


def test_every_right_that_a_notice_may_give_has_a_title() -> None:
    rights = {OBJECTION, CONSENT, ALTERNATIVE, AUTHORISATION, "amendment.consent", *ENDS}
    assert {one for one in rights if rule_title(one, "en") == one} == set()


def test_what_is_confirmed_elsewhere_is_not_offered_to_be_marked_as_done() -> None:
    assert set(OF_TASKS) >= NOT_BY_HAND


def test_what_settles_something_is_an_action_of_some_table() -> None:
    actions = {action for _, action in deeds()}
    wanted = [*OF_RULES.values(), *OF_TASKS.values(), OF_RETENTION]
    assert {one for some in wanted for one in some} <= actions


async def test_what_is_not_there_or_not_taken_is_said_as_a_page(person: SignIn, site: Site) -> None:
    await site.world.make_processor()
    reader = await person("auditor", language="nl")
    for path, status, said in (
        ("/board/nowhere", 404, "Hier is niets"), ("/board/agreements/nowhere", 404, "Hier is niets"),
        ("/board/customers/new", 403, "Dit mag u niet"), ("/board/agreements?state=nowhere", 400, "Stand"),
    ):  # fmt: skip
        answer = await reader.get(path, headers={"accept-language": "nl"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), path
        assert said in text_of(answer.text), text_of(answer.text)
    refused = await reader.client.post("/board/out", data={"x": "1"})
    assert "een andere site heeft het verstuurd" in text_of(refused.text)
    large = await reader.client.post("/board/out", data={"x": "1" * 300_000})
    assert (large.status_code, "Dit is te groot" in text_of(large.text)) == (413, True)
    assert (await reader.get("/api/v1/nowhere")).headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "30 days"), ("nl", "30 dagen"), ("de", "30 Tage"), ("fr", "30 jours")]
)
def test_a_length_stands_alone_in_settings(lang: Language, said: str) -> None:
    assert str(board_words(lang)("length.days", count=30)) == said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(WORKFLOWS))
def test_where_a_subject_stands_is_drawn_without_names_of_the_program(kind: str, lang: Language) -> None:
    flow = WORKFLOWS[kind]
    if not flow.table.path:
        return
    picture = states_picture(kind, flow.table.path, UUID(int=1), "", flow.table.initial, (), lang)
    internal = {row.trigger for row in flow.table.rows if "_" in row.trigger}
    assert [one for one in internal if one in str(picture)] == []


async def test_a_change_that_reached_many_tells_its_own_course(
    site: Site, person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.world.make_processor()
    made = await furnish(site.world)
    who: Person = await person("auditor", language="en")
    page = (await who.get(f"/board/changes/{made['changes']}")).text
    assert "of its 1 notice" not in part(page, "timeline")
    assert f"notices/{made['notices']}" in part(page, "timeline")
    monkeypatch.setattr(changes, "_TOLD_TOGETHER", 0)
    page = (await who.get(f"/board/changes/{made['changes']}")).text
    told = text_of("<body>" + part(page, "timeline"))
    assert "What happened to its 1 notice stands on that notice’s own page. All notices of this change" in told
    assert f"/board/notices?change_id={made['changes']}" in part(page, "timeline")
    assert f"notices/{made['notices']}" not in part(page, "timeline")
    assert f"notices/{made['notices']}" in part(page, "notices"), "its notices stand above"
    assert told.count("Change:") > 1
