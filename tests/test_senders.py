"""Whose mail a message may be, by its sender alone."""

from uuid import UUID

import pytest

from workflows.engine.senders import Company, Person, clues, guesses, mailbox

P, A, B, C = (UUID(int=number) for number in range(1, 5))
KIM = UUID(int=20)
ACME = Company(
    id=A, processor_id=P, name="Acme Zorg B.V.",
    contacts=(Person(KIM, "Kim de Vries", "kim.devries@zorg.example"), Person(UUID(int=21), "Sam", "sam@zorg.example")),
)  # fmt: skip
MILL = Company(id=B, processor_id=P, name="Müller GmbH", contacts=(Person(UUID(int=22), "J", "info@müller.example"),))
FREE = Company(id=C, processor_id=P, name="De Molen", contacts=(Person(UUID(int=23), "Bo", "bo.bakker+avg@gmail.com"),))
ALL = (ACME, MILL, FREE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kim@Customer.Example", "kim@customer.example"),
        ("kim+avg@customer.example", "kim@customer.example"),
        ("info@müller.example", "info@xn--mller-kva.example"),
        ("info@MU\u0308LLER.example", "info@müller.example"),
        ("kim@zw.example\u200b", "kim@zw.example"),
        ("\ufeffkim@\u00adzw.example", "kim@zw.example"),
        ("kim@customer。example", "kim@customer.example"),
    ],
)
def test_one_mailbox_however_it_is_written(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)


@pytest.mark.parametrize(
    ("sender", "name", "customer", "contact"),
    [
        ("kim.devries@zorg.example", "", A, KIM),
        ("Kim.DeVries+x@ZORG.example", "", A, KIM),
        ("info@xn--mller-kva.example", "", B, UUID(int=22)),
        ("bo.bakker@gmail.com", "", C, UUID(int=23)),
        ("boss@zorg.example", "", A, None),  # a colleague
        ("boss@mail.zorg.example", "", A, None),
        ("boss@zorg.co.uk", "", A, None),  # the same organisation elsewhere
        ("boss@zorg.example.com", "", None, None),
        ("boss@acmezorg.nl", "", A, None),  # the customer's own name
        ("boss@acme-zorg-groep.nl", "", A, None),
        ("boss@zorg-groep.nl", "", None, None),  # too few letters to go on from
        ("info@mueller.example", "", None, None),
        ("kim@hotmail.com", "Kim de Vries", A, None),  # from home
        ("kimdevries@gmail.com", "", A, None),
        ("kim@hotmail.com", "Kim", None, None),
        ("stranger@gmail.com", "Some Body", None, None),  # others have a mailbox there too
        ("stranger@example.org", "", None, None),
        ("", "", None, None),
    ],
)
def test_whose_it_may_be(sender: str, name: str, customer: UUID | None, contact: UUID | None) -> None:
    found = guesses(ALL, (sender,), name)
    assert [(one.customer, one.contact) for one in found] == ([(customer, contact)] if customer else [])


def test_an_own_address_outweighs_what_others_may_be() -> None:
    sister = Company(id=UUID(int=9), processor_id=P, name="Sister", contacts=(Person(KIM, "X", "x@zorg.example"),))
    assert [one.customer for one in guesses((ACME, sister), ("sam@zorg.example",), "")] == [A]
    assert [one.customer for one in guesses((ACME, sister), ("boss@zorg.example",), "")] == [A, sister.id]


def test_who_is_named_in_it_where_the_sender_says_nothing() -> None:
    assert [one.customer for one in guesses(ALL, ("staff@acme.example",), "", ("sam@zorg.example",))] == [A]
    assert guesses(ALL, ("staff@acme.example",), "", ("boss@zorg.example",)) == []


def test_a_whole_name_in_the_text_where_nothing_else_says_whose_it_is() -> None:
    said = "Wij maken bezwaar.\n\nMet vriendelijke groet,\nnamens Acme Zorg B.V."
    assert [one.customer for one in guesses(ALL, ("kim@private.org",), "Kim", (), said)] == [A]
    assert guesses(ALL, ("kim@private.org",), "Kim", (), "De acme zorgt; de molens malen.") == []
    # What the sender's own address says goes before.
    assert [one.customer for one in guesses(ALL, ("boss@müller.example",), "", (), said)] == [B]


def test_one_person_behind_two_contacts_is_nobody_in_particular() -> None:
    shared = Company(
        id=A, processor_id=P, name="X", contacts=(Person(KIM, "A", "x@y.example"), Person(B, "B", "X@y.example"))
    )
    assert [(one.customer, one.contact) for one in guesses((shared,), ("x@y.example",), "")] == [(A, None)]


def test_clues_are_pieces_that_the_database_can_find() -> None:
    found = clues(("Boss@MÜLLER-Groep.example",), "Kim de Vries", ("bo@gmail.com",))
    assert {"müller-groep", "müllergroep", "mülle", "vries", "bo"} <= set(found)
    assert clues((), "", ()) == ()
