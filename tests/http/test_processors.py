from typing import Any

from tests.http.conftest import ACME, Api


async def test_a_processor_is_made_read_and_changed(api: Api) -> None:
    made = await api.post("processors", ACME)
    assert made.status_code == 201
    id = made.json()["id"]
    assert made.headers["Location"] == f"/api/v1/processors/{id}"
    assert made.headers["ETag"] == '"1"'
    assert made.json() | ACME == made.json()
    assert made.json()["slug"] == "acme-telecom"

    read = await api.get(f"processors/{id}")
    assert read.json() == made.json()

    changed = await api.call("PATCH", f"processors/{id}", json={"notice_time": "P14D"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == '"2"'
    assert changed.json() == {**made.json(), "notice_time": "P14D", "version": 2}
