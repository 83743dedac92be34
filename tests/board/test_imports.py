"""A list handed in on the board: looked at, then loaded; and once more, when it adds nothing."""

import re

from tests.board.conftest import SignIn
from tests.importing.conftest import ROW, table
from tests.pages.conftest import Site, text_of
from tests.people import Person

PAGE = "/board/customers/import"


def hidden(page: str) -> dict[str, str]:
    """What the form for the second press carries."""
    return dict(re.findall(r'type="hidden" name="(kept|terms|step|update)" value="([^"]*)"', page))


async def test_a_list_is_looked_at_loaded_and_adds_nothing_more(site: Site, person: SignIn) -> None:
    await site.world.make_processor(slug="acme")
    who: Person = await person("manager", language="en")
    assert (await who.get(PAGE)).status_code == 200
    token = {"_csrf_token": await who.csrf()}
    raw = table([ROW, {**ROW, "customer": "Beta"}])

    async def sent(data: dict[str, str], raw: bytes | None = None) -> tuple[int, str]:
        files = {"list": ("customers.csv", raw, "text/csv")} if raw is not None else {"x": ("", b"", "text/plain")}
        answer = await who.client.post(PAGE, data={**token, **data}, files=files)
        return answer.status_code, answer.text

    status, page = await sent({"terms": "stkkr"}, raw)
    assert status == 200
    assert "Nothing has been loaded yet" in text_of(page)
    assert await site.world.rows("select 1 from customer") == []
    status, page = await sent(hidden(page))
    assert (status, "The list has been loaded." in text_of(page)) == (200, True)
    assert len(await site.world.rows("select 1 from agreement")) == 2
    status, page = await sent({"terms": "stkkr"}, raw)
    assert "adds nothing" in text_of(page)
    assert 'name="kept"' not in page
    numbered = {**ROW, "customer": "Gamma", "customer_key": "K-1"}
    await sent(hidden((await sent({"terms": "stkkr"}, table([numbered])))[1]))
    status, page = await sent({"terms": "stkkr"}, table([{**numbered, "country": "BE"}]))
    assert "NL → BE; left as it is" in text_of(page)
    status, page = await sent(hidden(page))
    assert "NL → BE" in text_of(page), "it is looked at first, as everything is"
    assert await site.world.rows("select 1 from customer where country = 'BE'") == []
    status, page = await sent(hidden(page))
    assert (status, "The list has been loaded." in text_of(page)) == (200, True)
    assert len(await site.world.rows("select 1 from customer where country = 'BE'")) == 1
    status, page = await sent({"terms": "stkkr"}, table([{**ROW, "country": "XX", "customer": "<b>"}]))
    assert (status, "Line 2, column “country”" in text_of(page)) == (422, True)
    assert "<b>" not in page
    status, page = await sent({**hidden(page), "terms": "stkkr", "separator": "pipe"})
    assert "Rename it, or take it out of the list" in text_of(page), "what was handed in is read in another way"
    assert (await sent({"terms": "stkkr"}))[0] == 422
    assert (await sent({"terms": ""}, raw))[0] == 422
    assert (await sent({"terms": "stkkr"}, b"%PDF-1.7 x"))[0] == 422
    assert (await sent({"terms": "stkkr", "kept": "01900000-0000-7000-8000-000000000000"}))[0] == 422
    auditor: Person = await person("auditor", language="en")
    assert (await auditor.get(PAGE)).status_code == 403
