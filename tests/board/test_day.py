"""The day on the board: what is shown late, what waits, and that no button leads to a refusal."""

import re
from datetime import date

from tests.board.conftest import SignIn
from tests.pages.conftest import Site, text_of
from tests.people import Person

TASK = re.compile(r'class="act" href="[^"]*board/(tasks/[0-9a-f-]{36}/done)"[^>]*>([^<]*)<')
"""A button that leads to a task's form, and what it says."""


def part(page: str, id: str) -> str:
    """A part of a page by its anchor."""
    return page.partition(f'id="{id}"')[2].partition("</section>")[0]


async def test_what_is_late_for_want_of_a_choice_is_mended_by_its_buttons(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", facts={"backup.retention": "P30D"})
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(200)
    [task] = await world.rows("select id from task where about = $1 and kind = 'mailbox_read'", agreement)
    director: Person = await person("director")
    today = (await director.get("/board")).text
    assert "Erasure after the end" not in part(today, "late"), "it may begin now, and has no last moment"
    assert "May go from" in part(today, "mine")
    assert "May go from" in part((await director.get(f"/board/agreements/{agreement}")).text, "deadlines")
    first = f"tasks/{task['id']}/done"
    late = TASK.findall(part((await director.get("/board")).text, "late"))
    assert {href for href, _ in late} == {first}, "nothing else can be done yet"
    assert {"First read the mailbox once more", "Mark it as done"} == {words.strip() for _, words in late}
    page = (await director.get(f"/board/agreements/{agreement}")).text
    assert {href for href, _ in TASK.findall(part(page, "tasks"))} == {first}
    assert f"agreements/{agreement}/confirm" not in page
    refused = text_of((await director.post(f"/board/agreements/{agreement}/approve-plan", data={})).text)
    assert "mailbox_read" not in refused
    await world.do(task["id"], "done", note="Nothing was asked")
    await world.drain()
    late_now = part((await director.get("/board")).text, "late")
    assert f"agreements/{agreement}/approve-plan" in late_now
    assert f"agreements/{agreement}/confirm" not in late_now
    await world.do(agreement, "approve-plan")
    await world.drain()
    assert f"agreements/{agreement}/confirm" in part((await director.get("/board")).text, "late")
