"""What became needless, or changed, before it was sent."""

from service.mail.outgoing.config import MailConfig
from tests.mail.conftest import Told
from tests.mail.server import Scripted
from tests.mail.test_deliver import KIM, message, remove_contacts
from tests.test_notices import system
from tests.test_notices import told as told_of_host
from tests.world import World
from workflows.ids import new_id
from workflows.model.parties import Contact


async def test_what_was_taken_back_before_it_was_sent_is_dropped(told: Told, posted: World, smtp: Scripted) -> None:
    smtp.at_rcpt[KIM].extend(["250 fine", "450 4.2.0 busy"])
    change, agreement = await told()
    await posted.do(change, "withdraw", reason="no need any more")
    await posted.days(2)
    assert [row["state"] for row in await posted.rows("select state from message where kind = 'announcement'")] == [
        "dropped"
    ]
    assert (await posted.notice(change, agreement))["state"] == "cancelled"
    assert [one.answer for one in smtp.attempts] == ["450 4.2.0 busy"]


async def test_a_contact_told_anew_is_not_told_of_what_was_before(
    told: Told, posted: World, smtp: Scripted, config: MailConfig
) -> None:
    smtp.at_rcpt[KIM].extend(["250 fine", "450 4.2.0 busy"])
    change, agreement = await told()
    notice = await posted.notice(change, agreement)
    await posted.do(notice["id"], "not-received", reason="another's mailbox")
    await posted.do(notice["id"], "resend")
    await posted.days(1)
    states = await posted.rows("select state from message where kind = 'announcement' order by id")
    assert [row["state"] for row in states] == ["dropped", "received"]
    assert len([one for one in smtp.attempts if one.content]) == 1
    assert (await posted.notice(change, agreement))["state"] == "open"


async def test_a_contact_that_was_removed_gets_nothing_more(told: Told, posted: World, smtp: Scripted) -> None:
    smtp.at_rcpt[KIM].extend(["250 fine", "450 4.2.0 busy"])
    await told()
    (customer,) = await posted.rows("select id from customer")
    await remove_contacts(posted, customer["id"])
    await posted.days(1)
    assert (await message(posted))["state"] == "dropped"
    assert [one.answer for one in smtp.attempts] == ["450 4.2.0 busy"]


async def test_the_text_that_was_amended_before_it_was_sent_goes_out_once(
    told: Told, posted: World, smtp: Scripted
) -> None:
    smtp.at_rcpt[KIM].extend(["250 fine", "450 4.2.0 busy"])
    change, agreement = await told()
    await posted.do(change, "amend", fields={"reason": "another reason"}, substance=True, reason="better words")
    await posted.days(1)
    states = await posted.rows("select state from message where kind = 'announcement' order by id")
    assert [row["state"] for row in states] == ["dropped", "received"]
    (mail,) = [one.mail for one in smtp.attempts if one.content]
    body = mail.get_body(("plain",))
    assert body is not None
    assert "another reason" in body.get_content()
    assert (await posted.notice(change, agreement))["state"] == "open"


async def test_a_notice_that_had_nobody_to_go_to_starts_its_window_once_it_has(posted: World) -> None:
    security = Contact(id=new_id(), name="S", email="s@x.example", roles=("security",))
    _, _, _, notice = await told_of_host(posted, contacts=(security,))
    (row,) = await posted.rows("select customer_id from notice where id = $1", notice)
    signs = {"name": "C", "email": "c@x.example", "roles": ["contract"], "id": str(new_id())}
    await system(posted, row["customer_id"], "update", contacts=[signs])
    await posted.do(notice, "resend")
    await posted.drain()
    assert await posted.state(notice) == "open"
