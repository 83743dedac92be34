"""Whether a telephone call was with somebody whom the agreement wants to be told. Pure."""

import re
from typing import Final

from workflows.model.parties import Contact
from workflows.terms.model import Role

_TITLE: Final = re.compile(r"^(de heer|dhr|mevrouw|mevr|mw|mr|mrs|ms|dr)\b\.?")
_WORD: Final = re.compile(r"[\w'’-]+")


def counts(
    contact: str, contacts: tuple[Contact, ...], told_first: tuple[Role, ...], else_to: tuple[Role, ...]
) -> bool:
    """Whether `contact` (a name, an id, a number or a role) is one of those whom the agreement names.

    Where the customer has nobody in such a role it is whoever has one of `else_to`, else any of its contacts.
    """
    roles = next((some for some in (told_first, else_to) if any(set(one.roles) & set(some) for one in contacts)), None)
    named = contacts if roles is None else tuple(one for one in contacts if set(one.roles) & set(roles))
    return contact in (roles or told_first) or any(_is(contact, one) for one in named)


def _is(said: str, contact: Contact) -> bool:
    words, name = _words(said), _words(contact.name)
    called = bool(words) and set(words) <= set(name) and (words[0] == name[0] or words[-1] == name[-1])
    number = _digits(said).lstrip("0")
    return called or said == str(contact.id) or (len(number) > 6 and _digits(contact.phone or "").endswith(number))


def _words(name: str) -> list[str]:
    plain = _TITLE.sub("", name.casefold())
    return _WORD.findall(plain)


def _digits(number: str) -> str:
    return "".join(one for one in number if one.isdigit())
