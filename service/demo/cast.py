"""The people and companies of the demo, all of them invented; they stand in `cast.toml`."""

import tomllib
from importlib.resources import files
from typing import Any, Literal

import msgspec


class CastPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contact; `mail` is the part before `.example`, empty where there is only a telephone."""

    name: str
    roles: tuple[str, ...]
    mail: str = ""
    phone: str | None = None

    def body(self) -> dict[str, Any]:
        email = f"{self.mail}.example" if self.mail else None
        return {"name": self.name, "email": email, "phone": self.phone, "roles": self.roles}


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A customer and what its agreement says of its own."""

    name: str
    country: str
    language: str
    contacts: tuple[CastPerson, ...]
    role: str = "controller"
    facts: dict[str, Any] = {}
    services: tuple[str, ...] = ()


class CastColleague(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who works for the processor; `mail` as of a contact."""

    name: str
    mail: str
    role: Literal["manager", "director"]

    def body(self, language: str, processor: str) -> dict[str, Any]:
        return {
            "name": self.name, "email": f"{self.mail}.example", "role": self.role, "language": language,
            "processor_id": processor,
        }  # fmt: skip


class Company(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A processor with its customers by handle."""

    name: str
    country: str
    timezone: str
    language: str
    terms: str
    reply_to: str
    people: tuple[CastColleague, ...]
    customers: dict[str, Customer]


def load_cast() -> dict[str, Company]:
    """Read `cast.toml`: the companies by handle."""
    text = files(__package__).joinpath("cast.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Company])
