"""Daily roots stamped by an outside authority (RFC 3161), tried against one on this machine."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from service.settings import Settings
from service.stamping import Authority, authority_of, stamp_roots
from service.worker import Worker
from tests.conftest import Database
from tests.evidence.authority import TestAuthority
from tests.mail.conftest import SECRET, config_for
from tests.world import World
from workflows.engine.roots import make_roots, root_of
from workflows.engine.verify import verify
from workflows.errors import BadInput
from workflows.ledger.stamps import StampError, check_stamp

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority answers by openssl")


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[TestAuthority]:
    async with TestAuthority(tmp_path).serving() as own:
        yield own


async def rooted(world: World) -> None:
    await world.make_processor()
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET) == 1


async def test_the_last_root_is_stamped_once(world: World, authority: TestAuthority) -> None:
    await rooted(world)
    known = Authority(authority.url, (authority.certificate,))
    assert await stamp_roots(world.pools.worker, known) == 1
    assert await stamp_roots(world.pools.worker, known) == 0
    assert authority.asked == 1
    for _ in range(2):
        await world.make_customer()
        await world.days(1)
        await make_roots(world.pools.worker, SECRET)
    assert await stamp_roots(world.pools.worker, known) == 1, "the last one names those before it"
    rows = await world.rows("select s.token, s.stamped_at, r.* from root_stamp s join ledger_root r "
                            "using (processor_id, number) order by s.number")  # fmt: skip
    assert [row["number"] for row in rows] == [1, 3]
    for row in rows:
        assert check_stamp(row["token"], root_of(row), [authority.certificate]) == row["stamped_at"]
    async with world.pools.worker.acquire() as connection:
        found = await verify(connection, secret=SECRET, authorities=[authority.certificate])
    assert (found.wrong, found.roots.stamped) == (None, 2)


@pytest.mark.parametrize("mode", ["away", "noise", "other"])
async def test_an_answer_that_is_none_is_asked_for_again(
    world: World, authority: TestAuthority, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    await rooted(world)
    if mode == "other":
        authority.mode = "stamp"
        await stamp_roots(world.pools.worker, Authority(authority.url))
        await world.make_customer()
        await world.days(1)
        await make_roots(world.pools.worker, SECRET)
    authority.mode = mode
    assert await stamp_roots(world.pools.worker, Authority(authority.url)) == 0
    assert "gave no stamp" in caplog.text
    authority.mode = "stamp"
    assert await stamp_roots(world.pools.worker, Authority(authority.url)) == 1


async def test_an_authority_that_is_not_the_known_one(
    world: World, authority: TestAuthority, tmp_path: Path, database: Database
) -> None:
    await rooted(world)
    (tmp_path / "other").mkdir()
    stranger = TestAuthority(tmp_path / "other").certificate
    assert await stamp_roots(world.pools.worker, Authority(authority.url, (stranger,))) == 0
    assert await stamp_roots(world.pools.worker, Authority(authority.url)) == 1
    async with world.pools.worker.acquire() as connection:
        wrong = (await verify(connection, authorities=[stranger])).wrong
        assert wrong is not None
        assert "not by an authority that is known here" in wrong
        assert (await verify(connection)).roots.stamped == 1
    await _forged(database)


async def _forged(database: Database) -> None:
    """A stamp of one root laid beside another, a stamp that is noise, a stamped root that is gone."""
    admin = await asyncpg.connect(database.superuser)
    for forgery, why in (
        ("update ledger_root set day = day - 1", "its stamp is that of something else"),
        ("update root_stamp set token = '\\x00'", "its stamp is not readable"),
        ("delete from ledger_root", "it was stamped and is gone"),
    ):
        transaction = admin.transaction(isolation="repeatable_read")
        await transaction.start()
        await admin.execute("set local session_replication_role = replica")
        await admin.execute(forgery)
        assert why in str((await verify(admin)).wrong)
        await transaction.rollback()
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute("delete from root_stamp")
    await admin.close()


def test_what_is_no_stamp_says_so() -> None:
    with pytest.raises(StampError, match="not readable"):
        check_stamp(b"", None, [])  # type: ignore[arg-type]  # never looked at


async def test_the_worker_makes_roots_and_has_them_stamped_where_a_setting_names_an_authority(
    world: World, authority: TestAuthority, tmp_path: Path
) -> None:
    (tmp_path / "known.pem").write_bytes(authority.certificate)
    given = {"TERMIJN_TIMESTAMP_URL": authority.url, "TERMIJN_TIMESTAMP_CA": str(tmp_path / "known.pem")}
    settings = Settings.load(given, ())
    await world.make_processor()
    await world.days(1)
    for known, stamps in ((authority_of(Settings.load({}, ())), 0), (authority_of(settings), 1)):
        worker = Worker(world.pools.worker, world.engine, config_for(1), simulated=False, authority=known)
        await worker.make_roots()
        (found,) = await world.rows("select (select count(*) from ledger_root) as roots, count(*) as stamps "
                                    "from root_stamp")  # fmt: skip
        assert tuple(found) == (1, stamps)


@pytest.mark.parametrize(
    ("name", "value"),
    [("URL", "ftp://tsa.example"), ("URL", "tsa.example"), ("URL", "https://me:pw@tsa.example"), ("CA", "/nowhere")],
)
def test_a_setting_that_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"TERMIJN_TIMESTAMP_{name} is"):
        Settings.load({f"TERMIJN_TIMESTAMP_{name}": value}, ())
