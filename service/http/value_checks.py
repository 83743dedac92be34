"""Values that a type alone does not check, each with the place it stood at."""

from collections.abc import Callable
from typing import TypeVar

from service.http.decode import bad
from workflows.errors import BadInput, Problem
from workflows.mail_address import address_problem
from workflows.terms.countries import country_problem
from workflows.time import check_zone, parse_period

T = TypeVar("T")


def placed(path: str, read: Callable[[], T]) -> T:
    """What `read` gives; a BadInput of its own is told of `path`."""
    try:
        return read()
    except BadInput as error:
        raise BadInput(f"{path}: {error.detail}", (Problem(path, error.detail),)) from None


def country(path: str, code: str) -> str:
    """A country's code (ISO 3166-1 alpha-2)."""
    wrong = country_problem(code)
    if wrong is not None:
        bad(path, wrong)
    return code


def zone(path: str, name: str) -> str:
    """An IANA time zone's name, of a place."""
    placed(path, lambda: check_zone(name))
    return name


def period(path: str, length: str) -> str:
    """A period (ISO 8601 in one unit, or working days)."""
    placed(path, lambda: parse_period(length))
    return length


def email(path: str, address: str) -> str:
    """Check one e-mail address. Raises BadInput."""
    if (wrong := address_problem(address)) is not None:
        bad(path, wrong)
    return address
