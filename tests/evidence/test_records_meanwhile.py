"""What happens to an agreement while the record of its signatures is made."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from db.session import transaction
from service.certificate.sealing import seal_of
from service.certificate.signed import Recorder, signed_record
from service.files.store import Files
from tests.evidence.sealers import TestSealer
from tests.evidence.test_seal import both_signed, settings_with, with_seal
from tests.resources.conftest import Desk
from tests.resources.test_files import bundled, erase
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


async def test_no_transaction_is_open_while_the_texts_are_read(desk: Desk, seal: Any) -> None:
    """A store may be silent for long."""
    path = await both_signed(desk)
    agreement = await desk.get(path)
    world = desk.world
    open_then = []

    class Watched(Files):
        async def copy(self, *given: Any) -> None:
            async with transaction(world.pools.worker) as connection:
                open_then.append(await connection.fetchval(
                    "select count(*) from pg_stat_activity where datname = current_database() "
                    "and state like 'idle in transaction%'"))  # fmt: skip
            await super().copy(*given)

    files = Watched(world.pools.worker, None)
    processors = [UUID(desk.processor)]
    assert await signed_record(world.pools.worker, world.engine, seal, processors, UUID(agreement["id"]), files=files)
    assert open_then == [0]
