"""What happens to an agreement while the record of its signatures is made."""

from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from db.queries import sql
from db.session import transaction
from service.certificate.sealing import seal_of
from service.certificate.signed import Recorder, signed_record
from service.files.store import Files
from tests.evidence.sealers import TestSealer
from tests.evidence.test_seal import both_signed, settings_with, with_seal
from tests.resources.conftest import Desk
from tests.resources.test_files import bundled, erase, handed, objected
from tests.test_own_data import finish
from workflows.errors import NotFound, Unavailable


class Between:
    """A seal that somebody else is quicker than."""

    def __init__(self, seal: Any, meanwhile: Any) -> None:
        self._seal = seal
        self._meanwhile = meanwhile

    async def put_on(self, content: bytes, *, name: str, reason: str) -> bytes:
        await self._meanwhile()
        sealed: bytes = await self._seal.put_on(content, name=name, reason=reason)
        return sealed


@pytest.fixture
def seal(tmp_path: Path) -> Any:
    return seal_of(settings_with(TestSealer().pkcs12(tmp_path)))


async def made(desk: Desk, agreement: str, seal: Any) -> Any:
    world = desk.world
    files = Files(world.pools.worker, None)
    return await signed_record(
        world.pools.worker, world.engine, seal, [UUID(desk.processor)], UUID(agreement), files=files
    )


async def test_what_is_erased_while_it_is_sealed_does_not_come_back(desk: Desk, seal: Any) -> None:
    path = await both_signed(desk)
    agreement = await desk.get(path)

    async def meanwhile() -> None:
        await erase(desk, agreement["customer_id"])

    with pytest.raises(NotFound, match="erased"):
        await made(desk, agreement["id"], Between(seal, meanwhile))
    assert await desk.world.rows("select from document") == []
    problem = await desk.refused(f"{path}/signed.pdf", method="GET")
    assert (problem["status"], "erased" in problem["detail"]) == (404, True)
    assert (await bundled(desk, agreement["id"]))["documents.jsonl"] == b""


async def test_what_is_changed_while_it_is_sealed_is_made_anew(desk: Desk, seal: Any) -> None:
    path = await both_signed(desk)
    agreement = await desk.get(path)
    customer = f"customers/{agreement['customer_id']}"

    async def meanwhile() -> None:
        answer = await desk.api.call("PATCH", customer, json={"name": "Another name"})
        assert answer.status_code == 200, answer.text

    with pytest.raises(Unavailable, match="changed meanwhile"):
        await made(desk, agreement["id"], Between(seal, meanwhile))
    assert await desk.world.rows("select from document") == []
    assert "Another name" in (await made(desk, agreement["id"], seal)).facts


async def test_who_was_erased_has_no_record_made_later(desk: Desk, seal: Any) -> None:
    agreement = await desk.agreement("stkkr")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/sign", {"party": "controller", "name": "Kim", "channel": "letter"})
    await desk.act(f"{path}/sign", {"party": "processor", "name": "Robin"})
    await finish(desk, agreement)
    await desk.world.days(3 * 365)
    assert (await desk.get(f"customers/{agreement['customer_id']}"))["state"] == "erased"
    with_seal(desk, seal)
    assert "termijn_unsealed_records 0.0" in (await desk.api.get("/metrics")).text
    world = desk.world
    recorder = Recorder(world.pools.worker, world.engine, seal, Files(world.pools.worker, None))
    assert await recorder.look() == 0
    assert (await bundled(desk, agreement["id"]))["documents.jsonl"].count(b'"kind":"signed"') == 0
    assert (await desk.refused(f"{path}/signed.pdf", method="GET"))["status"] == 404


class FilesSlowly(Files):
    """Files of a store that is silent for long: what is open meanwhile is counted, and what happens meanwhile, done."""

    def __init__(self, desk: Desk, meanwhile: Any = None) -> None:
        super().__init__(desk.world.pools.worker, None)
        self.open: list[int] = []
        self._meanwhile = meanwhile

    async def copy(self, *given: Any) -> None:
        async with transaction(self._pool) as connection:
            self.open.append(
                await connection.fetchval(
                    "select count(*) from pg_stat_activity where datname = current_database() "
                    "and state like 'idle in transaction%'"
                )
            )
        if self._meanwhile is not None:
            await self._meanwhile()
        await super().copy(*given)


async def test_no_transaction_is_open_while_the_texts_of_a_record_are_read(desk: Desk, seal: Any) -> None:
    path = await both_signed(desk)
    agreement = UUID((await desk.get(path))["id"])
    world, files = desk.world, FilesSlowly(desk)
    assert await signed_record(world.pools.worker, world.engine, seal, [UUID(desk.processor)], agreement, files=files)
    assert files.open == [0]


async def test_no_transaction_is_open_while_the_files_of_a_bundle_are_read(desk: Desk) -> None:
    notice = await objected(desk, (await handed(desk))["id"])
    path = await both_signed(desk)
    files = FilesSlowly(desk)
    desk.api.app.state.parts = replace(desk.api.app.state.parts, files=files)
    first = await bundled(desk, notice["agreement_id"])
    assert ([name for name in first if name.startswith("files/")] != [], files.open) == (True, [0])
    second = await bundled(desk, path.partition("/")[2])
    assert ([name for name in second if name.startswith("texts/")] != [], set(files.open)) == (True, {0})


async def test_a_file_that_is_erased_while_a_bundle_is_made_makes_none(desk: Desk) -> None:
    """It would name bytes that are not in it."""
    notice = await objected(desk, (await handed(desk))["id"])
    agreement = await desk.get(f"agreements/{notice['agreement_id']}")
    erased = partial(erase, desk, agreement["customer_id"])
    desk.api.app.state.parts = replace(desk.api.app.state.parts, files=FilesSlowly(desk, erased))
    answer = await desk.api.get(f"agreements/{agreement['id']}/evidence.zip")
    assert (answer.status_code, "erased while the bundle was made" in answer.json()["detail"]) == (503, True)
    assert b'"file":null' in (await bundled(desk, agreement["id"]))["files.jsonl"]


async def marked(desk: Desk) -> list[str]:
    """What the recorder would come to, and what a metric counts."""
    async with transaction(desk.world.pools.worker) as connection:
        rows = await connection.fetch(sql("unrecorded"), 20, UUID(int=0))
        assert await connection.fetchval(sql("count_unrecorded"), [UUID(desk.processor)]) == len(rows)
    return [str(row["id"]) for row in rows]


async def test_what_has_no_record_is_marked_until_it_has_one(desk: Desk, seal: Any) -> None:
    first = await desk.get(await both_signed(desk))
    await desk.agreement()
    second = await desk.agreement()
    for party in ("controller", "processor"):
        assert await marked(desk) == [first["id"]]
        await desk.act(f"agreements/{second['id']}/sign", {"party": party, "name": "Kim", "channel": "letter"})
    assert await marked(desk) == [first["id"], second["id"]]
    await made(desk, first["id"], seal)
    assert await marked(desk) == [second["id"]]
    gone = "update customer set erased_at = $2 where id = $1 returning id"
    await desk.world.rows(gone, UUID(second["customer_id"]), await desk.world.now())
    assert await marked(desk) == []
    await desk.world.rows(gone, UUID(second["customer_id"]), None)
