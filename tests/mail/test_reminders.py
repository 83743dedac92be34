"""Reminders as mail: what they say, that they start no window, and that none is sent of what is over."""

from datetime import date, timedelta

import pytest

from service.wording import say_day
from tests.mail.server import Scripted
from tests.mail.test_content import announced, last, words
from tests.world import World, local
from workflows.model.agreement import MainContract
from workflows.model.parties import Language


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_a_reminder_names_the_right_and_its_last_day(posted: World, smtp: Scripted, lang: Language) -> None:
    notice, _ = await announced(posted, "kmo-solutions", lang)
    before = len(smtp.attempts)
    await posted.go(local("2026-03-26T09:00:00+01:00"))
    assert len(smtp.attempts) == before + 1
    for text in words(last(smtp)):
        assert "Frankfurt Cloud" in text
        assert say_day(date(2026, 4, 1), lang) in text
    assert "/n/" in words(last(smtp))[0] or "/n/" in str(last(smtp))
    after = await posted.notice(notice["change_id"], notice["agreement_id"])
    assert (after["closes_at"], after["received_at"]) == (notice["closes_at"], notice["received_at"])


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_a_reminder_of_the_choice_about_the_data(posted: World, smtp: Scripted, lang: Language) -> None:
    await posted.make_processor(name="Acme")
    contract = MainContract(reference="M-1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    customer = await posted.make_customer("Bakery", language=lang)
    await posted.make_agreement("kmo-solutions", customer, main_contracts=(contract,))
    await posted.go(local("2026-04-01T00:00:00+02:00"))
    before = len(smtp.attempts)
    await posted.go(local("2026-04-15T00:00:00+02:00") - timedelta(microseconds=1))
    assert len(smtp.attempts) == before + 2
    for text in words(last(smtp)):
        assert "9.5" in text
        assert say_day(date(2026, 3, 31), lang) in text
        assert say_day(date(2026, 4, 14), lang) in text


@pytest.mark.parametrize(("refusals", "answer"), [(7, None), (1, "object"), (1, None)])
async def test_what_is_over_when_the_mail_server_returns_is_not_sent(
    posted: World, smtp: Scripted, refusals: int, answer: str | None
) -> None:
    """Seven refusals take it past the close, which is fifteen hours after the reminder."""
    notice, _ = await announced(posted, "kmo-solutions", "en")
    day_before = local("2026-04-01T09:00:00+02:00")
    await posted.go(day_before - timedelta(microseconds=1))
    smtp.at_mail.extend(["421 later"] * refusals)
    await posted.go(day_before)
    assert await newest(posted) == "deferred"
    if answer is not None:
        await posted.do(notice["id"], answer, by="Kim")
    await posted.days(3)
    over = refusals > 1 or answer is not None
    assert await newest(posted) == ("dropped" if over else "received")


async def newest(posted: World) -> str:
    rows = await posted.rows("select state from message where kind = 'reminder' order by id desc limit 1")
    return str(rows[0]["state"])
