"""The receiver of docs/webhooks.md, as it stands there."""

import asyncio
import re
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.resources.conftest import Desk
from tests.webhooks.conftest import Hooked, tried

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"


async def test_the_receiver_of_the_page_takes_what_is_signed(
    desk: Desk, world: Hooked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    page: dict[str, Any] = {"__name__": "page"}
    exec(compile(source, str(PAGE), "exec"), page)
    server = ThreadingHTTPServer(("127.0.0.1", 0), page["Receiver"])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        body = {"url": f"http://127.0.0.1:{server.server_address[1]}/", "events": ["*", "deletion.ordered"]}
        hook = await desk.api.made("webhooks", body)
        monkeypatch.setenv("TERMIJN_WEBHOOK_SECRET", hook["secret"])
        customer = await desk.customer()
        await world.drain()
        shown = await desk.get(f"webhooks/{hook['id']}")
        assert shown["tries"] == 0
        assert f"customer.created {customer['id']}" in capsys.readouterr().out
        made = await desk.agreement("kmo-solutions")
        path = f"agreements/{made['id']}"
        await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
        await world.days(31)
        await desk.act(f"{path}/choose", {"data": "erase", "channel": "letter", "by": "Kim", "evidence": "scan 1"})
        await desk.act(f"{path}/approve-plan")
        assert (await desk.get(path))["state"] == "deleted", "every item was carried out by the receiver"
        monkeypatch.setenv("TERMIJN_WEBHOOK_SECRET", "whsec_" + "A" * 43 + "=")
        assert (await tried(desk, world, hook))["status"] == 401
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()
