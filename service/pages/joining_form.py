"""What is typed on the page on which one becomes a customer: read, and what is wrong said in the reader's words."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

import msgspec
from markupsafe import Markup

from service.pages.forms import Form, Trouble
from service.pages.words import Words
from service.wording import say_country
from workflows.errors import BadInput
from workflows.intake.checks import line_problem
from workflows.intake.joining import Offer
from workflows.intake.phones import phone_problem
from workflows.mail_address import BadAddress, one_address
from workflows.model.joining import Applied
from workflows.model.parties import ContactIn, ContactRole
from workflows.terms.countries import COUNTRIES
from workflows.terms.model import ContactNeed
from workflows.time.zones import check_day
from workflows.unicode import normalise
from workflows.words import Language

PERSONS: Final = ("p1", "p2", "p3")
"""The names that the fields of each person begin with; the first one is asked by mail."""
ROLES: Final[tuple[ContactRole, ...]] = ("contract", "privacy", "security")
YES: Final = "yes"


class PersonView(msgspec.Struct, frozen=True):
    """A contact as it was typed: the name, and the rest on lines of its own."""

    name: str
    lines: tuple[str, ...]


def read_applied(form: Form, offer: Offer, w: Words) -> tuple[Applied | None, list[Trouble]]:
    """What was typed; None with all that is wrong of it, in the order of the page."""
    found = _FormReading(form, w)
    name, reference = found.line("name"), found.line("reference")
    country = form["country"]
    if country not in COUNTRIES:
        found.wrong("country")
    role = form["role"]
    if role not in ("controller", "processor"):
        found.wrong("role", at="role-controller")
    languages = offer.joining.languages
    said = form["language"] if len(languages) > 1 else languages[0]
    language = next((one for one in languages if one == said), None)
    if language is None:
        found.wrong("language", at=f"language-{languages[0]}")
    starts_on = found.day("starts_on")
    contacts = [one for prefix in PERSONS if (one := found.person(prefix)) is not None]
    for need in offer.pinned.terms.contact_needs:
        if not found.troubles and not any(_meets(one, need) for one in contacts):
            channel = w(f"join.channel_{need.channel}")
            found.wrong(f"need_{need.role}", at=f"p1-{need.role}", channel=channel)
    found.in_order()
    if found.troubles or starts_on is None or language is None:
        return None, found.troubles
    return Applied(
        name=name,
        country=country,
        language=language,
        role="controller" if role == "controller" else "processor",
        reference=reference,
        starts_on=starts_on,
        contacts=tuple(contacts),
    ), []


def _meets(one: ContactIn, need: ContactNeed) -> bool:
    return need.role in one.roles and bool(getattr(one, need.channel))


def say_person(one: ContactIn, w: Words) -> PersonView:
    """A contact as the page shows it."""
    roles = [str(w(f"join.role_{role}")) for role in one.roles]
    return PersonView(one.name, tuple(line for line in (one.email, one.phone, ", ".join(roles)) if line))


@cache
def countries(lang: Language) -> Sequence[tuple[str, str]]:
    """Every country by its code, in the order of their names."""
    named = [(code, say_country(code, lang)) for code in COUNTRIES]
    return sorted(named, key=lambda one: normalise("NFKD", one[1]).casefold())


class _FormReading:
    """A form that is read, with what is wrong of it."""

    def __init__(self, form: Form, w: Words) -> None:
        self._form = form
        self._w = w
        self.troubles: list[Trouble] = []

    def wrong(self, what: str, *, at: str = "", **blanks: object) -> None:
        message: Markup = self._w(what if "." in what else f"join.error_{what}", **blanks)
        self.troubles.append(Trouble(status=422, message=message, field=at or what))

    def in_order(self) -> None:
        """As the fields follow each other on the page."""
        places = {name: place for place, name in enumerate(_ORDER)}
        self.troubles.sort(key=lambda one: places.get(one.field.partition("-")[0], len(places)))

    def line(self, field: str) -> str:
        value = self._form[field]
        if line_problem(value) is not None:
            self.wrong(field)
        return value

    def day(self, field: str) -> date | None:
        try:
            found = date.fromisoformat(self._form[field])
            check_day(found)
        except (ValueError, BadInput):
            self.wrong(field)
            return None
        return found

    def person(self, prefix: str) -> ContactIn | None:
        """Who was typed there; None where nobody was. The first has to be there, with an address."""
        form = self._form
        name, email, phone = (form[f"{prefix}-{one}"] for one in ("name", "email", "phone"))
        roles = tuple(role for role in ROLES if form[f"{prefix}-{role}"] == YES)
        if not (name or email or phone or roles) and prefix != PERSONS[0]:
            return None
        if line_problem(name) is not None:
            self.wrong("person_name", at=f"{prefix}-name")
        address = self._address(prefix, email)
        if phone and phone_problem(phone) is not None:
            self.wrong("error.person_phone", at=f"{prefix}-phone")
        elif not (address or phone):
            self.wrong("reach", at=f"{prefix}-email")
        return ContactIn(name=name, email=address, phone=phone or None, roles=roles)

    def _address(self, prefix: str, email: str) -> str | None:
        if not email and prefix != PERSONS[0]:
            return None
        try:
            return one_address(email)
        except BadAddress:
            self.wrong("error.person_email", at=f"{prefix}-email")
            return "-"


_ORDER: Final = ("name", "country", "role", "language", "reference", "starts_on", *PERSONS)
