"""One bad item of any kind stops nothing else, and a person sees it (promise I, fault 36)."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from db.queries import sql
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.people import mail_users
from service.mail.outgoing.smtp import SmtpConnection
from service.people import telling
from service.people.mails import queue_mail
from service.worker import Worker
from tests.http.conftest import Api
from tests.mail.conftest import config, config_for, posted, smtp
from tests.mail.server import Scripted
from tests.people import colleague
from tests.world import World

__all__ = ["config", "posted", "smtp"]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def test_a_mail_to_a_subscriber_that_cannot_be_made_stops_no_mail(
    posted: World, config: MailConfig, smtp: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    await posted.make_processor()
    agreement = await posted.make_agreement("kmo-solutions", active=False)
    for address in ("kim@", "ann@reader.example"):
        id = uuid4()
        await posted.rows(
            "with s as (insert into subscription (id, processor_id, address, language, asked_at, confirmed_at) "
            "values ($1, $2, $3, 'en', termijn_now(), termijn_now()) returning id) "
            "insert into subscription_mail (id, processor_id, subscription_id, revision, created_at, next_at) "
            "select uuidv7(), $2, id, 0, termijn_now(), termijn_now() from s",
            id, posted.processor, address,
        )  # fmt: skip
    await posted.do(agreement, "send")
    worker = Worker(posted.pools.worker, posted.engine, config, simulated=False)
    assert await worker.send()
    assert {one.recipient for one in smtp.attempts} == {"ann@reader.example", "kim@customer-kmo-solutions.example"}
    [bad] = await posted.rows("select words, next_at, tries from subscription_mail where sent_at is null")
    assert bad["words"].startswith("it cannot be made: ")
    assert bad["next_at"] is not None, "tried again, a bounded number of times"
    assert "reader.example" not in caplog.text


async def test_an_address_that_the_protocol_cannot_say_is_refused_and_the_next_one_served(
    config: MailConfig, smtp: Scripted
) -> None:
    line = SmtpConnection(config)
    outcome = await line.send("notices@dpa.example.org", "kïm@customer.example", b"Subject: x\r\n\r\nx\r\n")
    assert outcome.result == "rejected"
    assert "customer" not in outcome.words
    assert (await line.send("notices@dpa.example.org", "ann@customer.example", b"Subject: x\r\n\r\nx\r\n")).code == 250
    assert [one.recipient for one in smtp.attempts if one.content] == ["ann@customer.example"]
    await line.close()


async def test_a_user_whose_address_cannot_be_said_stops_no_other(
    posted: World, config: MailConfig, smtp: Scripted
) -> None:
    await posted.make_processor()
    people = [await colleague(posted, "manager") for _ in range(2)]
    await posted.rows("update app_user set email = 'röbin@acme.example' where id = $1 returning id", people[0])
    [good] = await posted.rows("select email from app_user where id = $1", people[1])
    async with posted.pools.worker.acquire() as connection:
        for one in people:
            data = {"lines": [], "more": 0, "overdue": 0, "count": 0}
            await queue_mail(connection, one, posted.processor, "told", await posted.now(), data=data)
    while await mail_users(posted.pools.worker, config):
        pass
    assert [one.recipient for one in smtp.attempts if one.content] == [good["email"]]
    rows = await posted.rows("select sent_at is not null as sent, next_at from user_mail order by sent_at nulls first")
    assert [(row["sent"], row["next_at"]) for row in rows] == [(False, None), (True, None)]


def test_a_line_that_cannot_be_put_in_words_is_told_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    row = {
        "concern_id": uuid4(), "occasion": "new", "kind": "task", "text": "Look at the contract.", "data": "7",
        "rule": "", "clause": "", "due_at": NOW, "inclusive": False, "zone": "Nowhere/At_all", "subject_kind": "notice",
        "page": uuid4(), "customer": "Bakery", "terms_version_id": None,
    }  # fmt: skip
    line = telling._line(row, {}, NOW, "en")
    assert line.what == "Look at the contract."
    assert line.path == "/board/tasks"
    assert "Bakery" not in caplog.text


async def test_each_periodic_task_of_a_worker_has_its_turn_whatever_the_others_do(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(world.pools.worker, world.engine, config_for(1), simulated=False)
    turns: list[str] = []
    words = "@".join(("kim", "customer.example"))

    async def fails() -> None:
        turns.append("fails")
        raise ZeroDivisionError(words)

    async def works() -> None:
        turns.append("works")
        if len(turns) == 4:
            worker.stopping.set()

    await asyncio.wait_for(worker._in_turns(0.0, {"fails": fails, "works": works}), 10)
    assert turns == ["fails", "works"] * 2
    assert (set(worker.done), worker.parts) == ({"works"}, {"fails", "works"})
    assert "ZeroDivisionError" in caplog.text
    assert words not in caplog.text


async def test_how_long_ago_each_part_of_the_workers_succeeded_is_a_metric(api: Api, world: World) -> None:
    worker = Worker(world.pools.worker, world.engine, config_for(1), simulated=False)
    worker.stopping.set()
    for task in (worker.sweeper(), worker.courier(), worker.teller(), worker.tidier()):
        await task
    await worker._report()
    shown = (await api.client.get("/metrics")).text
    for work in ("timers", "mail", "mail to users", "reviews", "declarations", "roots"):
        assert f'termijn_periodic_age_seconds{{work="{work}"}}' in shown
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update work_done set done_at = done_at - interval '10 minutes' where work = 'timers'")
        ages = {row["work"]: row["age"] for row in await connection.fetch(sql("ages_of_work"))}
        assert ages["timers"] > 600 > ages["mail"]
        # Another worker's older success does not hide a newer one.
        await connection.execute(sql("report_work"), ["mail"], [3_000.0])
        ages = {row["work"]: row["age"] for row in await connection.fetch(sql("ages_of_work"))}
        assert ages["mail"] < 600


async def test_a_part_that_fails_does_not_look_young_for_being_started_again(world: World) -> None:
    async def ages() -> dict[str, float]:
        return {row["work"]: row["age"] for row in await world.rows(sql("ages_of_work"))}

    async def begun() -> Worker:
        worker = Worker(world.pools.worker, world.engine, config_for(1), simulated=False)

        async def fails() -> None:
            worker.stopping.set()
            raise ZeroDivisionError

        await worker._in_turns(0.0, {"fails": fails})
        await worker._report()
        return worker

    await begun()
    assert (await ages())["fails"] < 600, "a new installation has nothing that is late"
    await world.rows("update work_done set done_at = done_at - interval '2 days' returning work")
    worker = await begun()
    assert (await ages())["fails"] > 600, "and stays there for as long as a worker says that it does this"
    await world.rows("update work_done set named_at = named_at - interval '2 days' returning work")
    worker.parts = {"renamed"}
    await worker._report()
    assert set(await ages()) == {"renamed"}
