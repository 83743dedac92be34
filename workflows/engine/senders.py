"""Whose mail a message may be, where nothing in it names what it answers. Pure.

An address is compared in one form: capitals, tags after a plus, invisible characters and the way a domain is spelled
(RFC 5890) tell nobody apart. Beyond that it is enough that a sender may belong to a customer: what is wrongly taken for
its mail costs a person a look, what is missed may cost the customer its right.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import idna
import msgspec

from workflows.unicode import normalise

INVISIBLE: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")

_FREE: Final = frozenset(
    ("gmail", "googlemail", "hotmail", "outlook", "live", "msn", "yahoo", "ymail", "rocketmail", "icloud", "me", "mac",
     "aol", "gmx", "web", "t-online", "freenet", "arcor", "proton", "protonmail", "pm", "tutanota", "tuta", "zoho",
     "yandex", "mail", "fastmail", "hushmail", "hey", "ziggo", "kpnmail", "kpnplanet", "planet", "home", "upcmail",
     "chello", "xs4all", "hetnet", "telfort", "tele2", "casema", "quicknet", "zonnet", "solcon", "online", "caiway",
     "telenet", "skynet", "proximus", "scarlet", "pandora", "orange", "wanadoo", "free", "laposte", "sfr", "neuf",
     "bbox", "btinternet", "sky", "talktalk", "virginmedia", "blueyonder", "libero", "virgilio", "tiscali", "alice",
     "comcast", "verizon", "att", "sbcglobal", "cox", "qq", "163", "126", "naver")
)  # fmt: skip
"""Organisations that give a mailbox to anybody: to have one of theirs says nothing of whose it is."""
_SECOND: Final = frozenset(["ac", "co", "com", "edu", "gob", "gouv", "gov", "net", "or", "org"])
"""What stands before a country's letters where names are given out below it."""
_FORMS: Final = frozenset(
    ("bv", "nv", "vof", "cv", "bvba", "srl", "sprl", "sa", "sas", "sarl", "eurl", "ag", "kg", "gmbh", "ug", "se", "ek",
     "ev", "ltd", "limited", "plc", "llp", "llc", "inc", "corp", "co", "as", "ab", "oy", "aps", "spa", "stichting",
     "vereniging", "cooperatie", "holding", "groep", "groupe", "group", "gruppe", "the", "de", "het")
)  # fmt: skip
_WORD: Final = r"[^\W_]+"
_LEAST: Final = 4
"""Letters of a name that tell anything."""


class Person(msgspec.Struct, frozen=True):
    """A contact as far as mail tells."""

    id: UUID
    name: str
    email: str | None = None


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with those who write for it."""

    id: UUID
    processor_id: UUID
    name: str
    contacts: tuple[Person, ...] = ()


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A customer whose message it may be; `contact` where the address is that contact's own."""

    customer: UUID
    processor: UUID
    contact: UUID | None = None


def mailbox(address: str) -> str:
    """An address in the form in which two of one mailbox are equal."""
    plain = normalise("NFKC", INVISIBLE.sub("", address)).strip().casefold()
    local, at, domain = plain.rpartition("@")
    return f"{local.partition('+')[0] or local}@{ascii_domain(domain)}" if at else plain


def ascii_domain(domain: str) -> str:
    """A domain in its ASCII form; as it is where it has none."""
    try:
        return idna.encode(domain.strip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain


def clues(written: Sequence[str], name: str, mentioned: Sequence[str]) -> tuple[str, ...]:
    """Pieces of text, in lower case, one of which every customer holds that `guesses` can find."""
    found: list[str] = []
    for one in {mailbox(address) for address in (*written, *mentioned)}:
        local, _, domain = one.rpartition("@")
        label = _organisation(domain)
        if label in _FREE:
            found.append(local)
        else:
            shown = _shown(label)
            found += [label, shown, shown.replace("-", ""), shown[: _LEAST + 1]]
        if len(_letters(local)) >= 2 * _LEAST:
            found.append(re.split(r"[^a-z]+", local)[-1] or local)
    if _full(name):
        found.append(name.casefold().split()[-1])
    return tuple(dict.fromkeys(one for one in found if len(one) > 1))


def guesses(
    companies: Iterable[Company], written: Sequence[str], name: str, mentioned: Sequence[str] = (), text: str = ""
) -> list[Guess]:
    """Customers whose message it may be: those one of whose contacts it comes from, or is about; else those that its
    sender may belong to by its domain, its organisation's name or its own; else those that its text names.
    """
    known = list(companies)
    mine = {mailbox(one) for one in written}
    exact = [found for one in known if (found := _contact_of(one, mine)) is not None]
    if not exact:
        named = {mailbox(one) for one in mentioned}
        # To be named in it makes nobody its writer.
        exact = [
            msgspec.structs.replace(found, contact=None)
            for one in known
            if (found := _contact_of(one, named)) is not None
        ]
    if exact:
        return exact
    domains = [domain for one in sorted(mine) if (domain := one.rpartition("@")[2])]
    locals_ = {_letters(one.rpartition("@")[0]) for one in mine}
    kin = [one for one in known if any(_kin(one, domain) for domain in domains) or _same_person(one, name, locals_)]
    words = f" {' '.join(re.findall(_WORD, text.casefold()))} "
    likely = kin or [one for one in known if _named_in(one, words)]
    return [Guess(customer=one.id, processor=one.processor_id) for one in likely]


def _contact_of(company: Company, mailboxes: set[str]) -> Guess | None:
    found = [one for one in company.contacts if one.email and mailbox(one.email) in mailboxes]
    if not found:
        return None
    only = found[0].id if len(found) == 1 else None
    return Guess(customer=company.id, processor=company.processor_id, contact=only)


def _kin(company: Company, domain: str) -> bool:
    """One of its contacts' domain, above it or below it; the same organisation elsewhere; or its own name."""
    label = _organisation(domain)
    if not label or label in _FREE:
        return False
    for one in company.contacts:
        theirs = mailbox(one.email or "").rpartition("@")[2]
        if theirs and (theirs == domain or theirs.endswith(f".{domain}") or domain.endswith(f".{theirs}")):
            return True
        if _akin(_letters(_shown(label)), _letters(_shown(_organisation(theirs)))):
            return True
    return _akin(_letters(_shown(label)), _firm(company.name))


def _akin(one: str, other: str) -> bool:
    """Whether two names are one, or the longer goes on from the shorter: a group, a country, a brand."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST and long.startswith(short) and (short == long or len(short) > _LEAST)


def _named_in(company: Company, words: str) -> bool:
    """Whether its whole name stands in a text, which is given as words between blanks."""
    name = " ".join(re.findall(_WORD, company.name.casefold()))
    return len(_firm(company.name)) > _LEAST and f" {name} " in words


def _same_person(company: Company, name: str, locals_: set[str]) -> bool:
    """A contact's full name, as the sender's or as its address elsewhere."""
    for one in company.contacts:
        theirs = _letters(one.name)
        if _full(one.name) and ((_full(name) and _letters(name) == theirs) or theirs in locals_):
            return True
    return False


def _full(name: str) -> bool:
    return len(name.split()) > 1 and len(_letters(name)) >= 2 * _LEAST - 2


def _organisation(domain: str) -> str:
    """The name under which somebody took the domain: `acme` of mail.acme.co.uk."""
    labels = domain.split(".")
    if len(labels) > 2 and labels[-2] in _SECOND and len(labels[-1]) == 2:
        labels = labels[:-1]
    return labels[-2] if len(labels) > 1 else labels[0]


def _shown(label: str) -> str:
    """A label in the letters that people write (RFC 5890)."""
    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label


def _firm(name: str) -> str:
    """A company's name without its legal form, in letters alone."""
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=\b\w)\.", "", name.casefold()))
    return _letters("".join(one for one in words if one not in _FORMS))


def _letters(text: str) -> str:
    """Letters and digits, without accents."""
    plain = normalise("NFKD", text.casefold())
    return "".join(mark for mark in plain if mark.isalnum())
