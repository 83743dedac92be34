"""An agreement without a word on how a subprocessor comes in: nobody is told of itself, and no right is made up."""

from uuid import UUID

from tests.mail.server import Scripted
from tests.mail.test_content import words
from tests.world import World


async def held_back(posted: World) -> UUID:
    """A subprocessor is announced under such an agreement; the id of the notice."""
    await posted.make_processor(name="Acme")
    agreement = await posted.make_agreement("oxil-annex", await posted.make_customer(language="en"))
    sub = await posted.make_subprocessor("Store Ltd", country="GB")
    change = await posted.make_change(sub)
    await posted.announce(change)
    await posted.drain()
    found: UUID = (await posted.notice(change, agreement))["id"]
    return found


def of_store(smtp: Scripted) -> list[str]:
    return [words(one.mail)[0] for one in smtp.attempts if "Store Ltd" in str(one.mail["Subject"])]


async def test_nobody_is_told_before_a_person_decides_it(posted: World, smtp: Scripted) -> None:
    notice = await held_back(posted)
    assert not of_store(smtp)
    (task,) = await posted.rows(
        "select kind, text, data::text as data from task where about = $1 and done_at is null", notice
    )
    assert task["kind"] == "ask_authorisation"
    assert "the law asks for the customer's prior consent (UK GDPR 28(2))" in task["text"]
    assert "(Art. 28 Abs. 2 UK GDPR)" in task["data"]
    # A person decides that it is asked.
    await posted.do(notice, "resend")
    await posted.drain()
    (mail, *_) = of_store(smtp)
    assert "Your agreement has no word on this. By law it requires your prior written consent (UK GDPR 28(2))." in mail
    assert "Under your agreement this requires" not in mail
    assert "your agreement sets no last day for it." in mail, "a law's article is no place where it would"
    assert await posted.state(notice) == "open"
    assert not await posted.rows(
        "select 1 from task where about = $1 and done_at is null and kind = 'ask_authorisation'", notice
    )
