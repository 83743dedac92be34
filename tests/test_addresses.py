"""One way to read an address, one way to say whom a message goes to: at intake, in settings and in the outbox."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.value_checks import email
from service.settings import Settings
from tests.test_notices import told
from tests.up.test_settings import GOOD
from tests.world import World
from workflows.errors import BadInput, Refused
from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.machine.recipients import recipients, to_each
from workflows.mail_address import _PLAIN, BadAddress, _looked_through, address_problem, one_address, same_mailbox
from workflows.model.parties import Contact, Customer
from workflows.reach.preview import preview

NONE = (
    "", "kim", "a@b.example, evil@x.example", "a@b.example evil@x.example", " a@b.example", "Kim <a@b.example>",
    "é@b.example", "a@b.example\r\nBcc: x@y.example", "a@[127.0.0.1]", '"a b"@x.example', "a@x..example", "@x.example",
    "a@", "a@x\u2028.example", f"{'a' * 65}@x.example", f"a@{'x' * 63}.{'x' * 63}.{'x' * 63}.{'x' * 63}.example",
    "privacy..desk@example.org", ".desk@example.org", "desk.@example.org", "desk@example.org.", "desk@intranet",
    "desk@ｅxample.org",
)  # fmt: skip
GOOD_ONES = ("kim@example.nl", "kim+dpa@münchen.example", "privacy.desk@sub.example.org", "o'neil@localhost")


def of_a_contact(text: str) -> None:
    checks = Checks()
    checks.email("contacts[0].email", text)
    checks.done()


def of_the_settings(text: str) -> None:
    Settings.load({**GOOD, "TERMIJN_MAIL_FROM": text})


def of_a_processor(text: str) -> None:
    email("reply_to", text)


DOORS = (of_a_contact, of_a_processor, of_the_settings, one_address)


def test_an_address_is_one_address() -> None:
    assert one_address("kim@Example.NL") == "kim@example.nl"
    assert one_address("kim+dpa@münchen.example") == "kim+dpa@xn--mnchen-3ya.example"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", NONE)
def test_no_door_takes_what_cannot_be_sent_to(door: Callable[[str], object], text: str) -> None:
    assert address_problem(text)
    if text == "" and door is of_the_settings:
        return  # not given
    with pytest.raises((BadInput, BadAddress)):
        door(text)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", GOOD_ONES)
def test_every_door_takes_what_can_be_sent_to(door: Callable[[str], object], text: str) -> None:
    door(text)


def test_one_mailbox_is_known_however_it_is_written() -> None:
    assert same_mailbox("Kim@MÜNCHEN.example", "kim@xn--mnchen-3ya.example")
    assert not same_mailbox("kim@example.nl", "kim+dpa@example.nl")


def contact(name: str, *roles: Any, email: str | None = "x") -> Contact:
    return Contact(id=new_id(), name=name, email=email and f"{name}@x.example", phone="1", roles=roles)


def customer(*contacts: Contact) -> Customer:
    return Customer(
        id=new_id(), processor_id=UUID(int=1), name="C", country="NL", language="nl", contacts=contacts
    )  # fmt: skip


def names(found: tuple[Contact, ...]) -> list[str]:
    return [one.name for one in found]


def test_recipients_stand_in_the_order_of_the_roles_that_the_terms_name() -> None:
    these = customer(contact("p", "privacy"), contact("s", "security"), contact("c", "contract", "privacy"))
    assert names(recipients(these, ("contract", "privacy"))) == ["c", "p"]
    assert names(recipients(these, ("security", "contract"))) == ["s", "c"]


def test_the_first_choice_that_reaches_anybody_is_taken() -> None:
    these = customer(contact("s", "security", email=None), contact("c", "contract"), contact("p", "privacy"))
    assert names(recipients(these, ("security",), ("privacy",))) == ["p"]


def test_where_nobody_is_named_everybody_is_told_or_nobody() -> None:
    these = customer(contact("s", "security"), contact("x"), contact("c", "contract"))
    assert names(recipients(these, ("privacy",))) == ["c", "s", "x"]
    assert recipients(these, ("privacy",), otherwise="nobody") == ()


def test_one_receipt_counts() -> None:
    these = customer(contact("c", "contract"), contact("p", "privacy"))
    assert [one.counts for one in to_each("audit", these, these.contacts, {})] == [True, False]
    assert [one.counts for one in to_each("audit", these, these.contacts, {}, counting=None)] == [False, False]
    second = these.contacts[1].id
    assert [one.counts for one in to_each("audit", these, these.contacts, {}, counting=second)] == [False, True]


async def test_a_notice_is_not_sent_again_to_nobody(world: World) -> None:
    """Only a contact whom the terms name can receive it: another's address is no reason to queue it."""
    security = contact("s", "security")
    _, _, _, notice = await told(world, contacts=(security,))
    assert [row["text"] for row in await world.rows("select text from task where kind = 'undeliverable'")] == [
        "The customer has no contact with an e-mail address and the role contract or privacy: "
        "add one and send the notice."
    ]
    with pytest.raises(Refused, match="the role contract or privacy"):
        await world.do(notice, "resend")


async def test_the_preview_says_that_replies_reach_nobody(world: World) -> None:
    """An older release took what no mail can carry; it is never left out in silence."""
    await world.make_processor(reply_to="privacy..desk@example.org")
    host = await world.make_subprocessor()
    await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    async with world.pools.api.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('termijn.processors', $1, true)", f"{{{world.processor}}}")
        found = await preview(connection, world.engine, world.processor, change, await world.now())
    assert found.warnings[0].startswith("reply_to is not one e-mail address")


@given(
    st.text("abz019-.x", min_size=1, max_size=80) | st.from_regex(r"(xn--|[a-z0-9-]{0,64}\.)*[a-z]+", fullmatch=True)
)
def test_a_plain_host_name_is_what_the_long_way_makes_of_it(domain: str) -> None:
    if _PLAIN.fullmatch(domain):
        assert _looked_through(domain) == domain
