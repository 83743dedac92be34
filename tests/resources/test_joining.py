"""The setting of the page for new customers: complete or refused, on record, and shown with its address."""

from typing import Any

from tests.resources.conftest import Desk
from tests.resources.test_terms_text import set_text


async def patched(desk: Desk, joining: Any) -> Any:
    return await desk.api.call("PATCH", f"processors/{desk.processor}", json={"joining": joining})


async def test_what_it_lacks_is_named_all_at_once(desk: Desk) -> None:
    answer = await patched(desk, {"terms": "kmo-solutions", "languages": [], "facts": {"x": "1"}})
    assert answer.status_code == 400
    assert {one["path"] for one in answer.json()["errors"]} == {
        "joining.facts.x",
        "joining.facts.backup.retention",
        "joining.languages",
        "joining.terms_version",
    }
    unknown = await patched(desk, {"terms": "nobody's", "languages": ["nl"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["path"]) == (400, "joining.terms")
    odd = await patched(desk, {"terms": "kmo-solutions", "languages": ["es"]})
    assert odd.status_code == 400
    assert (await desk.get(f"processors/{desk.processor}"))["joining"] is None


async def test_it_is_pinned_shown_recorded_and_taken_away(desk: Desk) -> None:
    await set_text(desk)
    given = {"terms": "kmo-solutions", "languages": ["nl", "en"], "facts": {"backup.retention": "P30D"}}
    answer = await patched(desk, given)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    version = (await desk.get("terms/kmo-solutions"))["version"]
    assert shown["joining"] == {**given, "terms_version": version, "path": f"/j/{shown['slug']}"}
    page = await desk.api.client.get(shown["joining"]["path"])
    assert page.status_code == 200
    [event] = [one for one in await desk.items("events", subject=desk.processor) if one["type"] == "processor.updated"]
    assert event["data"]["joining"] == {**given, "terms_version": version}
    same = await desk.api.call("PATCH", f"processors/{desk.processor}", json={"public": True})
    assert same.json()["joining"] == shown["joining"]
    gone = await patched(desk, None)
    assert gone.json()["joining"] is None
    assert (await desk.api.client.get(f"/j/{shown['slug']}")).status_code == 404
