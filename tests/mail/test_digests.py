"""What reminds one contact of several things is one mail a day, at nine, whatever it is about."""

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from db.session import transaction
from tests.mail.server import Scripted
from tests.mail.test_bundles import KIM, SAM, Bundle, plain
from tests.world import World, local
from workflows.engine.reminders import remind
from workflows.engine.sweep import sweep
from workflows.model.agreement import MainContract
from workflows.model.parties import Language

SEVENTH = local("2026-03-26T09:00:00+01:00")
LAST = local("2026-04-01T09:00:00+02:00")


@pytest.fixture
def bundle(posted: World, smtp: Scripted) -> Bundle:
    return Bundle(posted, smtp)


def arrived(smtp: Scripted) -> list[tuple[str, datetime, str]]:
    """To whom, when, with which subject."""
    return sorted(
        (one.recipient, parsedate_to_datetime(one.mail["Date"]).astimezone(UTC), str(one.mail["Subject"]))
        for one in smtp.attempts
        if one.content
    )


async def other_announcement(bundle: Bundle) -> None:
    """A change of its own, besides those of the announcement."""
    world = bundle.world
    await world.announce(await world.make_change(await world.make_subprocessor("Third BV")))


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_windows_of_several_announcements_and_agreements_are_one_mail(
    bundle: Bundle, smtp: Scripted, lang: Language
) -> None:
    await bundle.make(contacts=2, language=lang)
    await bundle.announce()
    await other_announcement(bundle)
    smtp.attempts.clear()
    await bundle.world.go(SEVENTH - timedelta(microseconds=1))
    assert arrived(smtp) == []
    await bundle.world.go(SEVENTH)
    subject = {
        "nl": "Acme: 6 antwoorden staan nog open (u kunt reageren tot en met 1 april 2026)",
        "en": "Acme: 6 answers are still open (until 1 April 2026)",
    }[lang]
    assert arrived(smtp) == [(KIM, SEVENTH, subject), (SAM, SEVENTH, subject)]
    await bundle.world.go(LAST)
    assert [when for _, when, _ in arrived(smtp)] == [SEVENTH, LAST, SEVENTH, LAST]
    states = await bundle.world.rows("select distinct state from message where kind = 'reminder'")
    assert [row["state"] for row in states] == ["received"]


async def test_what_was_answered_is_left_out(bundle: Bundle, smtp: Scripted) -> None:
    await bundle.make()
    await bundle.announce()
    for change in (0, 1):
        await bundle.world.do((await bundle.notice(change, 0))["id"], "object", by="Kim", channel="mail")
    await bundle.world.do((await bundle.notice(1, 1))["id"], "object", by="Kim", channel="mail")
    await bundle.world.drain()
    smtp.attempts.clear()
    await bundle.world.go(SEVENTH)
    ((_, when, subject),) = arrived(smtp)
    assert when == SEVENTH
    assert "First BV" in subject, "one thing is said as before"


async def test_windows_and_a_choice_about_data_are_one_mail(bundle: Bundle, smtp: Scripted) -> None:
    """Another agreement of the customer has ended, and its time for choosing is over on the day of a window."""
    await bundle.make()
    world = bundle.world
    contract = MainContract(reference="M-9", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 18))
    await world.make_agreement("kmo-solutions", bundle.customer, main_contracts=(contract,))
    await bundle.announce()
    await world.go(local("2026-03-20T00:00:00+01:00"))
    smtp.attempts.clear()
    await world.go(local("2026-04-02T00:00:00+02:00"))
    assert [when for _, when, _ in arrived(smtp)] == [SEVENTH, LAST]
    text = plain(bundle.mails()[0])
    assert "1. Nieuwe subverwerker First BV" in text
    assert "Wilt u uw gegevens terug?" in text
    choice = await world.rows("select carried_by, state from message where kind = 'reminder_choice'")
    assert {(row["carried_by"] is not None, row["state"]) for row in choice} == {(True, "received")}


async def test_a_consent_and_a_window_of_one_day_are_one_mail(bundle: Bundle, smtp: Scripted) -> None:
    await bundle.make(terms=("mms-solutions", "kmo-solutions"))
    await bundle.announce()
    smtp.attempts.clear()
    await bundle.world.go(local("2026-03-30T09:00:00+02:00"))
    days = [when.date() for _, when, _ in arrived(smtp)]
    assert len(days) == len(set(days)), "one a day"
    assert {when.hour for _, when, _ in arrived(smtp)} <= {7, 8}


async def test_many_batches_of_one_morning_are_one_mail(bundle: Bundle, smtp: Scripted) -> None:
    """The second batch of deadlines, and the second of timers, are still to come when the first has spoken."""
    await bundle.make()
    await bundle.announce()
    world = bundle.world
    smtp.attempts.clear()
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = $1", SEVENTH)
    while await remind(world.pools.worker, world.engine, batch=1):
        await world.deliver()
        await sweep(world.pools.worker, world.engine, batch=1)
        await world.deliver()
    while await sweep(world.pools.worker, world.engine, batch=1):
        await world.deliver()
    assert len(arrived(smtp)) == 1


async def test_where_clocks_differ_the_mail_waits_for_the_last_of_the_day(bundle: Bundle, smtp: Scripted) -> None:
    """One agreement goes by the clocks of London, where it is nine an hour later."""
    await bundle.make()
    await bundle.announce()
    world = bundle.world
    later = SEVENTH + timedelta(hours=1)
    async with world.pools.worker.acquire() as connection:
        await connection.execute(
            "update deadline set zone = 'Europe/London', remind_at = $2 where agreement_id = $1",
            bundle.agreements[1], later,
        )  # fmt: skip
    smtp.attempts.clear()
    await world.go(SEVENTH)
    assert arrived(smtp) == []
    await world.go(later)
    ((_, when, _),) = arrived(smtp)
    assert when == later


async def test_nothing_waits_past_its_own_end(bundle: Bundle, smtp: Scripted) -> None:
    await bundle.make()
    await bundle.announce()
    world = bundle.world
    async with world.pools.worker.acquire() as connection:
        await connection.execute(
            "update deadline set zone = 'America/New_York', remind_at = $2 where agreement_id = $1",
            bundle.agreements[1], LAST + timedelta(hours=16),
        )  # fmt: skip
    await world.go(LAST - timedelta(hours=1))
    smtp.attempts.clear()
    await world.go(LAST)
    assert [when for _, when, _ in arrived(smtp)] == [LAST]


async def test_two_workers_make_one_mail(bundle: Bundle, smtp: Scripted) -> None:
    """While one bundles, the other sends all else."""
    await bundle.make()
    await bundle.announce()
    world = bundle.world
    smtp.attempts.clear()
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = $1", SEVENTH)
    while await remind(world.pools.worker, world.engine) or await sweep(world.pools.worker, world.engine):
        pass
    async with transaction(world.pools.worker) as connection:
        assert await connection.fetchval("select pg_try_advisory_xact_lock(hashtext('reminders'))")
        assert not await world.deliver()
    assert await world.deliver()
    assert len(arrived(smtp)) == 1
