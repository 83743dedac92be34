"""The day's work for which a manager once needed 136 calls of the API, done in a browser: customers of all five
agreements come in from a list, one change reaches them, each answers as it may, data are lost, asked for and erased."""

import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from playwright.async_api import Page, expect

from tests.board.forms.hands import InBrowser, Text
from tests.board.forms.test_stories import HOST, STORIES, WORD, Story, clock
from tests.importing.conftest import PERSON, table
from tests.pages.browsing import DESK, PHONE, Visit
from tests.people import new_link, new_user
from tests.world import World

PLAIN: Final[Mapping[str, Any]] = {"viewport": DESK, "java_script_enabled": False}
NAMES: Final = {one.terms: f"Klant {one.terms}" for one in STORIES}
DECIDED: Final = {"overrule": "overruled", "uphold": "upheld", "": "refused"}


async def signed_in(visit: Visit, page: Page, email: str) -> None:
    """By the address that is asked for and the link that then comes by mail."""
    await page.goto(f"{visit.base}/board/in")
    await page.locator("#email").fill(email)
    await page.locator("main form button").click()
    await page.goto(f"{visit.base}/board/in/{await new_link(visit.site.app, email)}")
    await page.locator("#do").click()
    assert page.url == f"{visit.base}/board"


class Day:
    """A manager and a director, each in a browser of their own."""

    def __init__(self, world: World, visit: Visit, manager: Page, director: Page) -> None:
        self.world = world
        self.base = visit.base
        self.page = manager
        self.manager = InBrowser(world, manager, visit.base)
        self.director = InBrowser(world, director, visit.base)

    async def sees(self, path: str, *words: str) -> None:
        """A page of the board on which these stand."""
        await self.page.goto(f"{self.base}/board{path}")
        for one in words:
            await expect(self.page.locator("main")).to_contain_text(one)

    async def id_by(self, path: str, name: str) -> UUID:
        """The subject to which a list's link of this name leads."""
        await self.page.goto(f"{self.base}/board/{path}")
        href = await self.page.locator("main").get_by_role("link", name=name, exact=True).first.get_attribute("href")
        assert href is not None
        return UUID(href.partition("?")[0].rpartition("/")[2])

    async def imported(self) -> None:
        """Five customers out of a list: looked at, then loaded."""
        rows = [{**PERSON, "customer": name, "country": "NL", "language": "nl"} for name in NAMES.values()]
        await self.page.goto(f"{self.base}/board/customers/import")
        await self.page.locator("#list").set_input_files(
            {"name": "customers.csv", "mimeType": "text/csv", "buffer": table(rows)}
        )
        await self.page.locator("#terms").select_option("stkkr")
        await self.page.locator("main form button").last.click()
        await self.page.locator("main section[role=status] form button").click()
        await expect(self.page.locator("main section[role=status]")).to_contain_text("The list has been loaded.")

    async def agreed(self, story: Story) -> UUID:
        """An agreement with one of them, sent and, where its text asks for that, signed."""
        customer = await self.id_by("customers", NAMES[story.terms])
        made = await self.manager.does(
            "agreements", None, f"new?terms={story.terms}&customer_id={customer}",
            **{"main_contract.reference": "M-1", "main_contract.starts_on": "2026-01-01"}, **story.facts,
        )  # fmt: skip
        await self.manager.does("agreements", made, "send")
        for party in ("processor", "controller") if story.signed else ():
            await self.manager.does("agreements", made, "sign", party=party)
        assert await self.world.state(made) == "active"
        return made

    async def announced(self, host: str, agreements: Mapping[str, UUID]) -> UUID:
        """A subprocessor and the change that adds it: whom it reaches is looked at before they are told."""
        made = await self.manager.does("subprocessors", None, "new", **{**HOST, "name": host})
        change = await self.manager.does(
            "changes", None, f"new?kind=add&subprocessor_id={made}", kind="add", reason="More room"
        )
        await self.sees(f"/changes/{change}", *NAMES.values())
        await self.manager.does("changes", change, "notify")
        assert await self.world.state(change) == "objection_window"
        assert set(agreements.values()) <= {row["agreement_id"] for row in await self.told(change)}
        return change

    async def told(self, change: UUID) -> list[Any]:
        return await self.world.rows("select agreement_id from notice where change_id = $1", change)

    async def answered(self, story: Story, change: UUID, agreement: UUID) -> None:
        """What a customer says on the telephone is put down, and decided by the director where that is to be done."""
        notice = (await self.world.notice(change, agreement))["id"]
        await self.manager.does("notices", notice, story.answer, **WORD, grounds="We know them")
        if story.decided:
            later = (await self.world.now()).date() + timedelta(days=60)
            day: dict[str, Text] = {"engage_not_before": later.isoformat()} if story.decided == "overrule" else {}
            await self.director.does("notices", notice, "decide", decision=story.decided, reason="Looked at it", **day)
        assert await self.world.state(notice) == DECIDED[story.decided]

    async def breached(self, agreements: Mapping[str, UUID]) -> None:
        """Everybody is told and called, then it is over."""
        breach = await self.manager.does(
            "breaches", None, "new", discovered_at=clock(await self.world.now()), summary="A laptop is gone",
            people_max="12",
        )  # fmt: skip
        await self.manager.does("breaches", breach, "notify")
        for agreement in agreements.values():
            await self.manager.does(
                "breaches", breach, f"record-call?agreement_id={agreement}&contact=Kim",
                at=clock(await self.world.now()), outcome="spoken",
            )  # fmt: skip
        await self.manager.does("breaches", breach, "close", conclusion="It was found again")
        assert await self.world.state(breach) == "closed"

    async def erased(self, agreement: UUID) -> None:
        """What is late on the first page is mended by its buttons, one after the other."""
        await self.sees("", "First read the mailbox once more")
        [task] = await self.world.rows("select id from task where kind = 'mailbox_read' and done_at is null")
        await self.manager.does("tasks", task["id"], "done", note="Nothing was asked")
        await self.director.does("agreements", agreement, "approve-plan")
        while await self.world.state(agreement) != "deleted":
            await self.sees("")
            await self.page.locator(f'main a.act[href*="{agreement}/confirm"]').first.click()
            item = await self.page.locator('[name="task_id"] option:not([value=""])').first.get_attribute("value")
            assert item is not None
            await self.manager.does("agreements", agreement, "confirm", task_id=item, evidence="Log of today")

    async def bundled(self, agreement: UUID) -> set[str]:
        """The names of the files in the evidence of an agreement, saved from its page."""
        await self.sees(f"/agreements/{agreement}")
        async with self.page.expect_download() as saved:
            await self.page.locator('main a[href$="evidence.zip"]').click()
        return set(zipfile.ZipFile(await (await saved.value).path()).namelist())


async def test_a_day_with_all_five_agreements_in_the_browser(visit: Visit, world: World) -> None:
    await world.make_processor(reply_to="privacy@acme.example")
    leaving = await world.make_agreement("kmo-solutions", facts={"backup.retention": "P30D"})
    await world.do(leaving, "end-main-contract", on=date(2026, 3, 31))
    await world.days(200)
    users = [await new_user(visit.site.app, role, world.processor) for role in ("manager", "director")]
    async with (
        visit.page("/board/in", **PLAIN) as manager,
        visit.page("/board/in", **{**PLAIN, "viewport": PHONE}) as director,
    ):
        for page, user in zip((manager, director), users, strict=True):
            await signed_in(visit, page, user.email)
        day = Day(world, visit, manager, director)
        await day.imported()
        agreements = {one.terms: await day.agreed(one) for one in STORIES}
        change = await day.announced("Waterhosting", agreements)
        for one in STORIES:
            await day.answered(one, change, agreements[one.terms])
        await day.breached(agreements)
        request = await day.manager.does(
            "requests", None, f"new?agreement_id={agreements['stkkr']}", kind="access",
            received_from="data_subject", channel="mail", received_at=clock(await world.now()),
        )  # fmt: skip
        await day.manager.does("requests", request, "forward")
        audit = await day.manager.does(
            "audits", None, f"new?agreement_id={agreements['contict']}", channel="mail", auditor="Audit BV"
        )
        await day.manager.does("audits", audit, "plan", on=(await world.now() + timedelta(days=60)).date().isoformat())
        await day.erased(leaving)
        second = await day.announced("Windhosting", agreements)
        await day.manager.does("changes", second, "withdraw", reason="Not needed any more")
        assert await world.state(second) == "withdrawn"
        assert {"events.jsonl", "answers.jsonl", "README.txt"} <= await day.bundled(agreements["stkkr"])
    [by] = await world.rows("select array_agg(distinct split_part(body::jsonb ->> 'actor', ':', 1)) as who from event")
    assert "key" not in by["who"], "no program did any of it"
