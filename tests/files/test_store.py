"""Files whose bytes lie in a store: put, read, erased; and a store that is away, or gives something else."""

import email
import email.policy
import hashlib
import io
import json
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import obstore
import pytest

from db import clock
from db.queries import sql
from db.session import transaction
from service.evidence.verifier import Packed, Wrong, check
from service.files.keeping import keep_store
from service.files.moving import Moved, move_files
from service.files.objects import Objects, StoreAway
from service.files.store import PART, Files, looked_at
from service.files.store import keep as keep_file
from service.servers import objects_at
from tests.databases import Database
from tests.files import samples
from tests.mail.server import Scripted
from tests.resources.conftest import Desk
from tests.resources.test_files import bundled, erase, handed, objected, read
from tests.stores import Bucket
from tests.world import World

LARGE = samples.PDF + bytes(range(256)) * 4 * 6 * 1024 + b"end"
"""More than one part of an upload to a store, which are of 5 MiB each."""


async def place(desk: Desk, id: str) -> Any:
    [row] = await desk.world.rows("select * from file where id = $1::text::uuid", id)
    return row


async def keep(desk: Desk, bucket: Bucket) -> int:
    """What a worker does for the store every half minute."""
    return await keep_store(desk.world.pools.worker, bucket.objects)


async def pass_time(desk: Desk, hours: float) -> None:
    """A store knows no simulated clock: what waits for real hours is made to have waited."""
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(
            "update file_object set due_at = due_at - $1::interval, next_at = next_at - $1::interval",
            timedelta(hours=hours),
        )


async def move(desk: Desk, bucket: Bucket, to: Any) -> Moved:
    return await move_files(desk.world.pools.worker, bucket.objects, to, lambda _: None)


async def test_bytes_lie_in_the_store_and_nowhere_else(desk: Desk, bucket: Bucket) -> None:
    made = await handed(desk, LARGE, "Brief.pdf")
    row = await place(desk, made["id"])
    assert bucket.ids() == [row["object_id"]]
    assert bucket.names() == [f"some/files/{row['object_id']}"], "nothing of what it is called"
    assert bucket.get(bucket.names()[0]) == LARGE
    assert bucket.headers(bucket.names()[0])["content-disposition"] == "attachment"
    assert await desk.world.rows("select from file_part") == []
    assert await desk.world.rows("select from file_object") == []
    assert await read(desk, made["id"]) == LARGE
    [listed] = await desk.items("files")
    assert (listed["place"], listed["removed_at"], listed["altered_at"]) == ("s3", None, None)


async def test_what_rests_on_it_is_as_with_files_of_the_database(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    notice = await objected(desk, file["id"])
    files = await bundled(desk, notice["agreement_id"])
    assert files[f"files/{file['id']}.pdf"] == samples.PDF
    answer = await desk.api.get(f"agreements/{notice['agreement_id']}/evidence.zip")
    assert "1 handed in" in check(Packed(io.BytesIO(answer.content)))  # type: ignore[arg-type]  # a file as well


async def test_what_is_tried_out_puts_nothing(desk: Desk, bucket: Bucket) -> None:
    answer = await desk.api.call("POST", "files", files={"file": ("a.pdf", samples.PDF)}, params={"dry_run": "true"})
    assert answer.status_code == 200
    assert bucket.names() == []


async def test_a_repeated_request_keeps_one_and_the_other_goes(desk: Desk, bucket: Bucket) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await handed(desk, headers=headers)
    assert await handed(desk, headers=headers) == first
    assert len(bucket.names()) == 2
    assert await keep(desk, bucket) == 1
    assert bucket.ids() == [(await place(desk, first["id"]))["object_id"]]
    assert await read(desk, first["id"]) == samples.PDF


async def test_a_row_that_comes_after_a_day_finds_its_bytes_given_up(desk: Desk, bucket: Bucket) -> None:
    await handed(desk, headers={"Idempotency-Key": "one"})
    await handed(desk, headers={"Idempotency-Key": "one"})
    await pass_time(desk, 1)
    async with transaction(desk.world.pools.worker) as connection:
        [row] = await connection.fetch(sql("take_objects"), 10)
    async with transaction(desk.world.pools.api, [UUID(desk.processor)]) as connection:
        assert await connection.fetchval(sql("vouch_for_object"), row["id"]) is None


async def test_what_is_erased_goes_from_the_store_and_that_is_on_record(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    notice = await objected(desk, file["id"])
    agreement = (await desk.get(f"notices/{notice['id']}"))["agreement_id"]
    await erase(desk, (await desk.get(f"agreements/{agreement}"))["customer_id"])
    [listed] = await desk.items("files")
    assert (listed["erased_at"] is not None, listed["removed_at"]) == (True, None)
    assert len(bucket.names()) == 1
    assert (await desk.api.get(f"files/{file['id']}")).status_code == 404
    assert await keep(desk, bucket) == 1
    assert bucket.names() == []
    [listed] = await desk.items("files")
    assert datetime.fromisoformat(listed["removed_at"]) >= datetime.fromisoformat(listed["erased_at"])
    files = await bundled(desk, agreement)
    assert json.loads(files["files.jsonl"])["removed_at"] == listed["removed_at"]
    assert await desk.world.rows("select from file_object") == []


async def test_one_that_the_store_keeps_holds_up_no_other(desk: Desk, bucket: Bucket) -> None:
    """A lock on one object says nothing about the others."""
    files = [await place(desk, (await handed(desk))["id"]) for _ in range(5)]
    first, *others = sorted(one["object_id"] for one in files)
    await desk.world.days(2)
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(sql("forget_unclaimed_files"))
    await desk.world.rows("update file_object set next_at = next_at - interval '1 minute' where id = $1", first)
    real = bucket.objects

    class Locked(Objects):
        async def remove(self, name: UUID) -> None:
            if name == first:
                raise StoreAway
            await real.remove(name)

    locked = Locked(objects_at(bucket.url))
    with pytest.raises(StoreAway):
        await keep_store(desk.world.pools.worker, locked)
    assert bucket.ids() == [first]
    gone = await desk.world.rows("select object_id from file where removed_at is not null")
    assert {row["object_id"] for row in gone} == set(others)
    await pass_time(desk, 1)
    assert await keep(desk, bucket) == 1


async def test_one_that_cannot_be_removed_is_tried_again_and_shows(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    await desk.world.days(2)
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(sql("forget_unclaimed_files"))
    bucket.way.go_away()
    for tries in (1, 2, 3):
        with pytest.raises(StoreAway):
            await keep(desk, bucket)
        [row] = await desk.world.rows("select tries, next_at - clock_timestamp() as pause from file_object")
        assert row["tries"] == tries
        assert 30 * 2 ** (tries - 1) < row["pause"].total_seconds() <= 60 * 2 ** (tries - 1)
        await pass_time(desk, 1)
    text = (await desk.api.client.get("/metrics")).text
    assert "\ntermijn_unremoved_files 1.0" in text
    with pytest.raises(StoreAway):
        await keep_store(desk.world.pools.worker, None)
    await pass_time(desk, 1)
    bucket.way.calm()
    assert await keep(desk, bucket) == 1
    assert (await place(desk, file["id"]))["removed_at"] is not None
    assert "\ntermijn_unremoved_files 0.0" in (await desk.api.client.get("/metrics")).text


async def test_a_store_that_is_away_takes_and_gives_nothing_and_says_when_to_ask_again(
    desk: Desk, bucket: Bucket
) -> None:
    file = await handed(desk)
    bucket.way.go_away()
    for answer in (
        await desk.api.call("POST", "files", files={"file": ("a.pdf", samples.PDF)}),
        await desk.api.get(f"files/{file['id']}"),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert answer.json()["type"] == "/problems/unavailable"
    assert (await desk.api.client.get("/health/ready")).status_code == 200, "all else goes on"
    assert len(await desk.items("files")) == 1
    with pytest.raises(StoreAway):
        await keep(desk, bucket)
    bucket.way.calm()
    assert await read(desk, file["id"]) == samples.PDF
    await handed(desk)


@pytest.mark.parametrize("how", ["flipped", "cut", "lost"])
async def test_bytes_that_are_not_those_handed_in_are_given_to_nobody(desk: Desk, bucket: Bucket, how: str) -> None:
    file, other = await handed(desk), await handed(desk, samples.PNG, "scan.png")
    await objected(desk, file["id"], other["id"])
    name = f"some/files/{(await place(desk, file['id']))['object_id']}"
    if how == "lost":
        bucket.lose(name)
    else:
        bucket.put(name, samples.PDF[:-1] if how == "cut" else samples.PDF[:-1] + b"?")
    for _ in range(2):
        answer = await desk.api.get(f"files/{file['id']}")
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/altered")
        assert file["id"] in answer.json()["detail"]
    assert await read(desk, other["id"]) == samples.PNG
    listed = {one["id"]: one["altered_at"] is not None for one in await desk.items("files")}
    assert listed == {file["id"]: True, other["id"]: False}
    assert "\ntermijn_altered_files 1.0" in (await desk.api.client.get("/metrics")).text


@pytest.mark.parametrize("how", ["flipped", "lost"])
async def test_a_bundle_goes_without_what_was_altered_and_says_so(desk: Desk, bucket: Bucket, how: str) -> None:
    file, other = await handed(desk), await handed(desk, samples.PNG, "scan.png")
    notice = await objected(desk, file["id"], other["id"])
    name = f"some/files/{(await place(desk, file['id']))['object_id']}"
    if how == "lost":
        bucket.lose(name)
    else:
        bucket.put(name, samples.PDF[:-1] + b"?")
    path = f"agreements/{notice['agreement_id']}/evidence.zip"
    first, second = await desk.api.get(path), await desk.api.get(path)
    assert (first.status_code, first.content == second.content) == (200, True)
    packed = Packed(io.BytesIO(first.content))  # type: ignore[arg-type]  # a file as well
    missing = {"path": f"files/{file['id']}.pdf", "sha256": file["sha256"]}
    assert json.loads(packed.read("manifest.json"))["left_out"] == [missing]
    assert packed.read(f"files/{other['id']}.png") == samples.PNG
    assert missing["path"] not in packed.names()
    with pytest.raises(Wrong, match=f"^{missing['path']}: left out .* all else in it holds$"):
        check(packed)
    assert (await place(desk, file["id"]))["altered_at"] is not None


async def test_a_bucket_that_is_gone_is_a_store_that_is_away(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    bucket.go()
    answer = await desk.api.get(f"files/{file['id']}")
    assert answer.status_code == 503
    assert (await place(desk, file["id"]))["altered_at"] is None


async def test_files_are_moved_there_and_back_and_read_all_the_while(desk: Desk, bucket: Bucket) -> None:
    first, second = await handed(desk, LARGE), await handed(desk, samples.PNG, "scan.png")
    notice = await objected(desk, first["id"], second["id"])
    before = bucket.ids()
    assert (await move(desk, bucket, "s3")).moved == 0
    assert (await move(desk, bucket, "database")).moved == 2
    assert {one["place"] for one in await desk.items("files")} == {"database"}
    assert len(await desk.world.rows("select from file_part where file_id = $1::text::uuid", first["id"])) == -(
        -len(LARGE) // PART
    )
    assert await keep(desk, bucket) == 0
    assert sorted(bucket.ids()) == sorted(before), "whoever reads them has them for another hour"
    await pass_time(desk, 2)
    assert await keep(desk, bucket) == 2
    assert bucket.names() == []
    assert [await read(desk, one["id"]) for one in (first, second)] == [LARGE, samples.PNG]
    assert (await move(desk, bucket, "s3")).moved == 2
    assert await desk.world.rows("select from file_part") == []
    assert [await read(desk, one["id"]) for one in (first, second)] == [LARGE, samples.PNG]
    assert not set(bucket.ids()) & set(before), "no name comes twice"
    files = await bundled(desk, notice["agreement_id"])
    assert files[f"files/{first['id']}.pdf"] == LARGE


async def test_a_move_that_breaks_off_goes_on(desk: Desk, bucket: Bucket) -> None:
    made = [await handed(desk, b"A line. " + str(n).encode(), f"{n}.txt") for n in range(3)]

    def stop(so_far: Moved) -> None:
        if so_far.moved == 2:
            bucket.way.go_away()

    with pytest.raises(StoreAway):
        await move_files(desk.world.pools.worker, bucket.objects, "database", stop)
    assert sorted(one["place"] for one in await desk.items("files")) == ["database", "database", "s3"]
    bucket.way.calm()
    assert (await move(desk, bucket, "database")).moved == 1
    for number, one in enumerate(made):
        assert await read(desk, one["id"]) == b"A line. " + str(number).encode()


async def test_one_that_is_altered_stays_where_it_is(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    bucket.put(bucket.names()[0], b"else")
    done = await move(desk, bucket, "database")
    assert (done.moved, done.altered) == (0, 1)
    row = await place(desk, file["id"])
    assert (row["object_id"] is not None, row["altered_at"] is not None) == (True, True)


async def test_what_is_erased_while_it_is_moved_is_left_alone(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    await move(desk, bucket, "database")
    row = await place(desk, file["id"])
    await desk.world.days(2)
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(sql("forget_unclaimed_files"))
        assert await connection.fetchval(sql("move_to_object"), [row["processor_id"]], row["id"], row["id"]) is None
    row = await place(desk, file["id"])
    assert (row["erased_at"] is not None, row["removed_at"]) == (True, None), "the store had them before, and still has"


@pytest.mark.parametrize(
    "how",
    [
        "update file set object_id = null",
        "update file set object_id = uuidv7()",
        "update file set removed_at = now()",
        "update file set erased_at = null",
    ],
)
async def test_of_what_was_erased_nothing_is_written_anew(desk: Desk, database: Database, how: str) -> None:
    await handed(desk)
    admin = await asyncpg.connect(database.superuser)
    try:
        await admin.execute("update file set name = '', erased_at = now()")
        await admin.execute("update file set removed_at = now() - interval '1 second'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await admin.execute(how)
    finally:
        await admin.close()


async def test_the_key_that_is_set_goes_alone(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "another-keys")
    signed = obstore.sign(Objects(objects_at(bucket.url))._store, "GET", "x", timedelta(minutes=1))
    assert ("Credential=key%2F" in signed, "Token" in signed) == (True, False)


async def test_the_digest_is_that_of_what_was_handed_in(desk: Desk) -> None:
    made = await handed(desk, LARGE)
    assert made["sha256"] == hashlib.sha256(LARGE).hexdigest()


async def with_text(world: World, objects: Objects, terms: str = "kmo-solutions") -> UUID:
    """An agreement that is sent with a text from the store."""
    if terms == "kmo-solutions":
        await world.make_processor()
    agreement = await world.make_agreement(terms, active=False)
    files = Files(world.pools.api, objects)
    given = await files.placed(world.processor, await looked_at(io.BytesIO(samples.PDF), "Overeenkomst.pdf"))
    [row] = await world.rows("select terms_version_id from agreement where id = $1", agreement)
    async with transaction(world.pools.api, [world.processor]) as connection:
        now = await clock.now(connection)
        file = await keep_file(connection, world.processor, given, now, "test", claimed=True)
        await connection.execute(
            sql("set_terms_text"), world.processor, row["terms_version_id"], file, now, "test", None, None
        )
    return agreement


async def test_mail_waits_for_its_text_and_other_mail_does_not(posted: World, smtp: Scripted, bucket: Bucket) -> None:
    agreement = await with_text(posted, bucket.objects)
    other = await posted.make_agreement("stkkr", active=False)
    bucket.way.go_away()
    for one in (agreement, other):
        await posted.do(one, "send")
    await posted.drain()
    waiting = "select state, tries, content from message where subject_id = $1 and kind = 'agreement'"
    [mail] = await posted.rows(waiting, agreement)
    assert (mail["state"], mail["tries"], mail["content"]) == ("queued", 0, None)
    [mail] = await posted.rows(waiting, other)
    assert mail["state"] == "received"
    await posted.days(1)
    [mail] = await posted.rows(waiting, agreement)
    assert (mail["state"], mail["tries"]) == ("queued", 0), "nothing was attempted"
    bucket.way.calm()
    await posted.days(1)
    [mail] = await posted.rows(waiting, agreement)
    assert (mail["state"], mail["tries"]) == ("received", 1)
    made = email.message_from_bytes(mail["content"], policy=email.policy.default)
    [enclosed] = list(made.iter_attachments())
    assert enclosed.get_content() == samples.PDF


async def test_a_store_that_says_nothing_is_waited_for_once_in_a_batch(
    posted: World, smtp: Scripted, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mail with a text of its own, and one without."""
    agreements = [await with_text(posted, bucket.objects)]
    agreements += [await with_text(posted, bucket.objects, "stkkr")]
    agreements += [await posted.make_agreement("stkkr", active=False)]
    other = await posted.make_agreement("contict", active=False)
    monkeypatch.setattr("service.mail.outgoing.deliver.FILES_SECONDS", 0.2)
    for one in (*agreements, other):
        await posted.do(one, "send")
    bucket.way.hold()
    began = time.monotonic()
    assert await posted.deliver() > 0
    assert time.monotonic() - began < 5
    states = await posted.rows("select subject_id, state from message where kind = 'agreement'")
    assert {row["subject_id"]: row["state"] for row in states} == {
        **dict.fromkeys(agreements, "queued"), other: "received"
    }  # fmt: skip
    bucket.way.calm()
    await posted.days(1)
    states = await posted.rows("select state from message where kind = 'agreement'")
    assert {row["state"] for row in states} == {"received"}


async def test_mail_whose_text_was_altered_is_set_apart_with_a_task(
    posted: World, smtp: Scripted, bucket: Bucket
) -> None:
    agreement = await with_text(posted, bucket.objects)
    bucket.put(bucket.names()[0], samples.PNG)
    await posted.do(agreement, "send")
    await posted.drain()
    [mail] = await posted.rows("select state from message where subject_id = $1 and kind = 'agreement'", agreement)
    assert mail["state"] == "rejected"
    [file] = await posted.rows("select altered_at from file")
    assert file["altered_at"] is not None
    assert smtp.to("kim@customer.example") == []


async def test_it_is_gone_only_when_the_store_has_none_of_its_bytes(desk: Desk, bucket: Bucket) -> None:
    file = await handed(desk)
    notice = await objected(desk, file["id"])
    agreement = await desk.get(f"agreements/{notice['agreement_id']}")
    await move(desk, bucket, "database")
    await erase(desk, agreement["customer_id"])
    await keep(desk, bucket)
    row = await place(desk, file["id"])
    assert (row["erased_at"] is not None, row["removed_at"], len(bucket.names())) == (True, None, 1)
    assert (
        await desk.world.rows("select id from file_object where due_at > clock_timestamp() + interval '11 min'") == []
    )
    await desk.world.pools.worker.execute("update file_object set next_at = clock_timestamp()")
    await keep(desk, bucket)
    assert (await place(desk, file["id"]))["removed_at"] is not None
    assert bucket.names() == []
