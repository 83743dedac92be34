"""What a letter says, as data. Pure.

The bytes of these facts are kept beside the PDF; their SHA-256 is the letter's number.
"""

from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from service.mail.texts.paper import PaperPart
from service.wording import say_country, say_day
from workflows.model.parties import Contact, Customer, Processor
from workflows.words import LANGUAGES, Language

FORM: Final = 2
"""Which facts there are; raised when that changes."""


class LetterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A letter: who sends it and has its post where, the lines of its address (that of the customer where it is known),
    and its words. `reply` is empty where no way to answer is known.

    `revision` is that of the text it was made of; null where what it is about has none.
    """

    form: int = FORM
    subject: UUID
    kind: str
    revision: int | None = None
    language: Language
    sender: str
    sender_address: tuple[str, ...] = ()
    address: tuple[str, ...]
    on: date
    day: str
    about: str
    parts: tuple[PaperPart, ...]
    reply: str


def address_lines(customer: Customer, contact: Contact | None, processor: Processor, attention: str) -> tuple[str, ...]:
    """What stands behind the window: whose post it is, and where it is delivered as far as that is on record; a
    country where the letter crosses a border, as the sender's own post reads it."""
    lines = [customer.name]
    if contact is not None and contact.name.casefold() != customer.name.casefold():
        lines.append(attention)
    if customer.address is None:
        return tuple(lines)
    lines += customer.address.split("\n")
    named = {say_country(customer.country, lang).casefold() for lang in LANGUAGES}
    if customer.country != processor.country and lines[-1].casefold() not in named:
        lines.append(say_country(customer.country, processor.language).upper())
    return tuple(lines)


def sender_lines(processor: Processor, customer: Customer) -> tuple[str, ...]:
    """Where the sender has its post, as far as that is on record; its country where an answer crosses a border, as the
    customer's own post reads it."""
    if processor.address is None:
        return ()
    lines = processor.address.split("\n")
    named = {say_country(processor.country, lang).casefold() for lang in LANGUAGES}
    if customer.country != processor.country and lines[-1].casefold() not in named:
        lines.append(say_country(processor.country, customer.language).upper())
    return tuple(lines)


def day_of(on: date, lang: Language) -> str:
    """The day above the letter."""
    return say_day(on, lang)
