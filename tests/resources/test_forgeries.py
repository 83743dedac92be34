"""The database's owner forges the ledger, triggers off: `verify` names each forgery, or roots that were exported do.

Each one happens in a transaction that is rolled back.
"""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from typing import Any, Final
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from db.clock import start as start_clock
from db.queries import sql
from db.session import connect_pool
from service.evidence.shown import root_shown
from service.up.embedded import RunningServers
from tests.databases import cloned
from tests.mail.conftest import SECRET
from tests.resources.forging import (
    Forgery,
    Ledger,
    all_made_anew,
    all_made_anew_and_signed,
    cut,
    objection_forgotten,
    rechain,
    rechained,
    renumbered,
    reroot,
    reworded,
    reworded_and_hashed,
    roots_of_the_last_day_and_its_events,
    statement,
    swapped,
    tail_cut_and_root_remade,
    tail_cut_and_root_signed,
    tail_cut_under_a_root,
    tail_cut_with_the_head,
    terms_rewritten,
    yes_put_in,
)
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.roots import make_roots
from workflows.engine.verify import verify
from workflows.ledger.merkle import Exported


@pytest_asyncio.fixture(scope="module")
async def forgers(servers: RunningServers, template: str) -> AsyncIterator[Ledger]:
    async with cloned(servers, template) as database:
        api = await connect_pool(database.api, "termijn_api", size=2)
        worker = await connect_pool(database.worker, "termijn_worker", size=2)
        admin = await asyncpg.connect(database.superuser)
        await start_clock(admin, "simulated", World.start)
        yield await _history(World(Pools(api=api, worker=worker), Engine(arrival="direct")), admin)
        await admin.close()
        await api.close()
        await worker.close()


async def _history(world: World, admin: asyncpg.Connection) -> Ledger:
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", subprocessors=(await world.make_subprocessor(),))
    other = await world.make_subprocessor("Nieuwe Cloud BV")
    change = await world.make_change(other)
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    await world.do(notice, "object", channel="letter", by="Kim", grounds="Outside the EEA.", evidence="letter")
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET) == 1
    await world.do(agreement, "hold", ground="tax law")
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET) == 1
    await world.do(agreement, "hold", ground="a claim")
    await world.drain()
    rows = await world.rows(sql("all_roots"), None)
    exported = [msgspec.json.decode(msgspec.json.encode(root_shown(row)), type=Exported) for row in rows]
    now = (await world.now()).astimezone(UTC)
    return Ledger(admin, agreement, notice, other, exported, now)


@pytest.fixture
async def ledger(forgers: Ledger) -> AsyncIterator[Ledger]:
    transaction = forgers.admin.transaction(isolation="repeatable_read")
    await transaction.start()
    await forgers.admin.execute("set local session_replication_role = replica")
    yield forgers
    await transaction.rollback()


MIDDLE = "where subject_id = $1 and seq = 2"
NAMED: dict[str, tuple[Forgery, str]] = {
    "an event's words": (reworded, "its words were altered"),
    "an event's words and its hash": (reworded_and_hashed, "does not follow"),
    "an event's type": (statement(f"update event set type = 'agreement.x' {MIDDLE}", "agreement"), "its columns"),
    "an event's instant": (
        statement(f"update event set at = at - interval '1 d' {MIDDLE}", "agreement"), "its columns"),
    "an event of another processor": (
        statement(f"update event set processor_id = uuidv7() {MIDDLE}", "agreement"), "another processor"),
    "an event beside no subject": (
        statement("insert into event (uid, processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash) "
                  "select uuidv7(), processor_id, uuidv7(), seq, type, at, recorded_at, body, previous, hash "
                  "from event where subject_id = $1 and seq = 1", "agreement"), "it stands beside no subject"),
    "an event deleted": (statement(f"delete from event {MIDDLE}", "agreement"), "event 2 is missing"),
    "an event deleted, the others numbered anew": (renumbered, "does not follow"),
    "two events in each other's place": (swapped, "does not follow"),
    "the last event cut off": (
        statement("delete from event where id = (select max(id) from event where subject_id = $1)", "agreement"),
        "remembers"),
    "personal data beside an event": (
        statement("update personal set body = replace(body, 'Kim', 'Eve') where subject_id = $1", "notice"),
        "personal"),
    "personal data beside no event": (
        statement("update personal set seq = 99 where subject_id = $1 and seq = (select max(seq) from personal "
                  "where subject_id = $1)", "notice"), "beside an event that is not there"),
    "a subject's state": (statement("update subject set state = 'draft' where id = $1", "agreement"), "'draft'"),
    "what a subject is found by": (
        statement("update subject set tags = '{}' where id = $1", "notice"), "not that of the state"),
    "a chain made anew": (rechained, "its events are not those"),
    "the last event cut off, the head made to fit": (tail_cut_with_the_head, "its row is not what"),
    "events under a root cut off": (tail_cut_under_a_root, "are left"),
    "events under a root cut off, the root remade": (tail_cut_and_root_remade, "not this secret's"),
    "chain, head and roots made anew": (all_made_anew, "not this secret's"),
    "all roots deleted": (statement("delete from ledger_root"), "no root stands"),
    "the last root deleted": (statement("delete from ledger_root where number = 2"), "no root stands"),
    "the first root deleted": (statement("delete from ledger_root where number = 1"), "does not follow"),
    "every signature zeroed": (
        statement("update ledger_root set signature = decode(repeat('00', 32), 'hex')"), "its signature is none"),
    "every signature emptied": (statement("update ledger_root set signature = ''"), "its signature is none"),
    "an objection forgotten, and a yes": (objection_forgotten, "its row is not what"),
    "a yes that nobody gave": (yes_put_in, "follows from no event"),
    "a yes that goes on": (
        statement("update engagement set since = since - interval '1 d' where agreement_id = $1", "agreement"),
        "its events say"),
    "a yes deleted": (statement("delete from engagement where agreement_id = $1", "agreement"), "is missing"),
    "a window that closes later": (
        statement("update notice set closes_at = closes_at + interval '9 d' where id = $1", "notice"),
        "its row is not"),
    "an objection that was late": (
        statement("update notice set answers = jsonb_set(answers, '{0,late}', 'true') where id = $1", "notice"),
        "its row is not"),
    "a notice deleted": (statement("delete from notice where id = $1", "notice"), "its row is missing"),
    "a row beside no subject": (
        statement("insert into notice select (jsonb_populate_record(n, jsonb_build_object("
                  "'id', uuidv7(), 'agreement_id', uuidv7()))).* "
                  "from notice n where id = $1", "notice"), "has a row and no event"),
    "a row given to another processor": (
        statement("update subprocessor set processor_id = uuidv7() where id = $1", "other"), "another processor's"),
    "a notice under another change": (
        statement("update subject set parent_id = uuidv7() where id = $1", "notice"), "under another subject"),
    "an agreement's facts": (
        statement("update agreement set facts = '{\"backup.retention\": \"P9Y\"}' where id = $1", "agreement"),
        "its row is not"),
    "a subprocessor's place": (
        statement("update subprocessor set country = 'US' where id = $1", "other"), "its row is not"),
    "the terms": (
        statement("update terms_version set document = jsonb_set(document, '{title}', '\"X\"') where id = "
                  "(select terms_version_id from agreement where id = $1)", "agreement"), "known by"),
    "the terms and their digest": (terms_rewritten, "agreements' events name"),
}  # fmt: skip
EXPORTED: dict[str, tuple[Forgery, str]] = {
    "everything made anew, by whoever has the secret": (all_made_anew_and_signed, "not the one that was exported"),
    "events cut off, the roots remade, by whoever has the secret": (
        tail_cut_and_root_signed, "not the one that was exported"),
    "a day that never was": (roots_of_the_last_day_and_its_events, "was exported and is gone"),
}  # fmt: skip
"""What nothing inside can tell."""


UNREADABLE: Final = "what its events say of engagements is not readable"


async def test_what_nobody_touched_holds(ledger: Ledger) -> None:
    found = await ledger.verify(exported=True)
    assert found.wrong is None
    assert (found.roots.count, found.roots.signed, found.roots.exported) == (2, 2, 2)
    assert found.rows == found.subjects > 5
    assert found.unsealed_rows == found.unsealed_engagements == 0


@pytest.mark.parametrize("together", [1, 2, 3])
async def test_it_is_the_same_however_many_are_looked_at_together(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    whole = await ledger.verify(exported=True)
    monkeypatch.setattr("workflows.engine.verify.SUBJECTS", together)
    assert await ledger.verify(exported=True) == whole


@pytest.mark.parametrize(("said", "why"), [
    ('["nobody"]', "its words are not readable"),
    ('[{"end": "nobody"}]', "its words are not readable"),
    ('[{"end": "AGREEMENT"}]', "follows from no event"),
    ('[{"begin": null, "agreement_id": "AGREEMENT"}]', UNREADABLE),
    ('[FIRST, {"end": "AGREEMENT", "until": 5, "reason": "x"}]', UNREADABLE),
    ('[FIRST, {"end": "AGREEMENT", "until": null, "reason": "x"}]', UNREADABLE),
    ('[SOON]', UNREADABLE),
])  # fmt: skip
async def test_what_an_event_says_of_engagements_may_be_anything(ledger: Ledger, said: str, why: str) -> None:
    await _rewritten(ledger, lambda steps: said.replace("AGREEMENT", str(ledger.agreement)).replace(
        "FIRST", json.dumps(steps[0])).replace("SOON", json.dumps({**steps[0], "since": "soon"})))  # fmt: skip
    assert why in str((await ledger.verify()).wrong)


async def test_what_an_event_did_is_found_by_words_that_stand_as_they_are_written(ledger: Ledger) -> None:
    await _rewritten(ledger, json.dumps, spelled='"engagements": [')
    assert "its words are not written as events are" in str((await ledger.verify()).wrong)


async def _rewritten(ledger: Ledger, steps: Callable[[list[Any]], str], spelled: str = '"engagements":[') -> None:
    """What an event says that it did to engagements, in other words; chain and roots made to fit."""
    row = await ledger.admin.fetchrow(
        "select id, body from event where subject_id = $1 and body like '%\"engagements\"%'", ledger.agreement
    )
    assert row is not None
    body = msgspec.json.decode(row["body"])
    text = msgspec.json.encode({**body, "engagements": [0]}).decode()
    text = text.replace('"engagements":[0]', spelled + steps(body["engagements"])[1:])
    await ledger.do("update event set body = $2 where id = $1", row["id"], text)
    await rechain(ledger, ledger.agreement)
    await reroot(ledger, SECRET)


async def test_an_event_at_another_processors_subject_begins_nothing(ledger: Ledger) -> None:
    """Asked for one processor alone: the chain that the event is in is the other's, and not walked."""
    row = await ledger.admin.fetchrow("select processor_id from agreement where id = $1", ledger.agreement)
    assert row is not None
    await yes_put_in(ledger)
    step = await ledger.admin.fetchval(
        "select row_to_json(e)::text from engagement e where subprocessor_id = $1", ledger.other
    )
    begin = {**json.loads(step), "begin": json.loads(step)["id"]}
    body = json.dumps({"engagements": [begin]}, separators=(",", ":"))
    other = uuid4()
    await ledger.do(
        "insert into subject select (jsonb_populate_record(s, jsonb_build_object("
        "'id', $2::uuid, 'processor_id', $2::uuid))).* from subject s where id = $1", ledger.other, other,
    )  # fmt: skip
    await ledger.do(
        "insert into event (uid, processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash) "
        "select uuidv7(), processor_id, $3, 999, type, at, recorded_at, $2, previous, hash "
        "from event where subject_id = $1 and seq = 1", ledger.agreement, body, other,
    )  # fmt: skip
    found = await verify(ledger.admin, row["processor_id"], secret=SECRET, now=ledger.now)
    assert "follows from no event" in str(found.wrong)


async def test_a_row_taken_from_another_processor_is_named_to_who_has_it_now(ledger: Ledger) -> None:
    taker = uuid4()
    await ledger.do("update customer set processor_id = $1", taker)
    assert "has a row and no event" in str((await verify(ledger.admin, taker)).wrong)


@pytest.mark.parametrize("what", NAMED)
async def test_a_forgery_is_named(ledger: Ledger, what: str) -> None:
    forge, why = NAMED[what]
    await forge(ledger)
    wrong = (await ledger.verify()).wrong
    assert wrong is not None
    assert why in wrong


@pytest.mark.parametrize("what", EXPORTED)
async def test_what_nothing_inside_can_tell_exported_roots_do(ledger: Ledger, what: str) -> None:
    forge, why = EXPORTED[what]
    await forge(ledger)
    assert (await ledger.verify(exported=True)).wrong is not None
    wrong = (await ledger.verify(exported=True)).roots.wrong
    assert wrong is not None
    assert why in wrong


async def test_what_no_root_covers_yet_can_be_put_back_whole(ledger: Ledger) -> None:
    """The limit: of the present day, until its root was made and sent away."""
    await cut(ledger, 1)
    assert (await ledger.verify(exported=True)).wrong is None


async def test_without_the_secret_a_remade_root_passes_and_an_exported_one_tells(ledger: Ledger) -> None:
    await all_made_anew(ledger)
    assert (await ledger.verify(secret=None)).wrong is None
    assert "exported" in str((await ledger.verify(secret=None, exported=True)).wrong)


async def test_a_root_of_an_earlier_secret_holds_where_a_later_or_an_exported_one_names_it(ledger: Ledger) -> None:
    await ledger.do("update ledger_root set signature = $1 where number = 1", b"\x01" * 32)
    found = await ledger.verify()
    assert (found.wrong, found.roots.signed, found.roots.vouched) == (None, 1, 1)
    assert "not this secret's" in str((await ledger.verify(secret=SECRET + "x")).wrong)
    later = await ledger.verify(secret=SECRET + "x", exported=True)
    assert (later.wrong, later.roots.vouched) == (None, 2)


async def test_what_is_older_than_digests_is_said_to_be_unchecked(ledger: Ledger) -> None:
    """Events of a release before digests: their chain holds, and nothing says what their rows were."""
    for subject in (ledger.agreement, ledger.notice):
        for row in await ledger.admin.fetch("select id, body from event where subject_id = $1", subject):
            body = msgspec.json.decode(row["body"])
            for name in ("row_form", "row_sha256", "terms", "engagements"):
                body.pop(name, None)
            await ledger.do("update event set body = $2 where id = $1", row["id"], msgspec.json.encode(body).decode())
        await rechain(ledger, subject)
    await reroot(ledger, SECRET)
    found = await ledger.verify()
    assert found.wrong is None
    assert (found.unsealed_rows, found.unsealed_engagements) == (2, 1)
    await yes_put_in(ledger)
    assert (await ledger.verify()).unsealed_engagements == 1


async def test_erasure_leaves_a_ledger_that_holds(ledger: Ledger) -> None:
    """As `erase_personal` leaves the rows: their words gone."""
    await ledger.do(
        "update notice set answers = jsonb_set(jsonb_set(answers, '{0,by}', 'null'), '{0,grounds}', 'null') "
        "where id = $1", ledger.notice,
    )  # fmt: skip
    await ledger.do("delete from personal")
    found = await ledger.verify()
    assert found.wrong is None
    assert found.erased > 0
