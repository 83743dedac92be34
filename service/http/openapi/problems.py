"""What goes wrong, as the document describes it: one shape and one answer for each status."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from service.http.problems import KIND_OF_STATUS, KINDS, STATUS
from workflows.errors import Problem
from workflows.kinds import states_of

MEDIA: Final = "application/problem+json"


class ProblemShown(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong (RFC 9457)."""

    type: str
    """The kind of problem, stable: `/problems/{kind}` explains it."""
    title: str
    """The kind in words."""
    status: int
    """The HTTP status again."""
    detail: str
    """What is wrong this time, and what to do."""
    instance: str | UnsetType = UNSET
    """What a failure of the service is called in its log."""


class BadInputShown(ProblemShown, frozen=True, kw_only=True):
    """The input cannot be used."""

    errors: list[Problem]
    """Each place that is wrong; empty where it is none of the fields."""


class RefusedShown(ProblemShown, frozen=True, kw_only=True):
    """The state or a rule forbids it, or somebody else was first."""

    state: Annotated[str, states_of()] | UnsetType = UNSET
    """Where the subject stands."""
    actions: list[str] | UnsetType = UNSET
    """What may be done now."""
    guard: str | UnsetType = UNSET
    """The condition that said no."""
    clause: str | UnsetType = UNSET
    """The place in the agreement that forbids it."""


class UnavailableShown(ProblemShown, frozen=True, kw_only=True):
    """A part that is needed is down or full."""

    checks: dict[str, str] | UnsetType = UNSET
    """What was looked at, with how it was found."""


SHAPES: Final[Mapping[int, type[ProblemShown]]] = {400: BadInputShown, 409: RefusedShown, 503: UnavailableShown}
ALL: Final = (ProblemShown, *SHAPES.values())
_NAMES: Final = {
    400: "BadInput",
    401: "Unauthorised",
    403: "NotAllowed",
    404: "NotFound",
    409: "Refused",
    412: "StaleVersion",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    422: "KeyReused",
    429: "TooMany",
    503: "Unavailable",
}
KNOWN: Final = frozenset((*STATUS.values(), *KIND_OF_STATUS))
"""Statuses that the service answers with."""
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "How to send a key."},
    429: {"Retry-After": "After how many seconds to try again."},
    503: {"Retry-After": "After how many seconds to try again."},
}


def reference(status: int) -> dict[str, str]:
    """Where the answer of a status is described."""
    return {"$ref": f"#/components/responses/{_NAMES[status]}"}


def answers(schema: Any) -> dict[str, Any]:
    """Every answer of a problem, by name; `schema` gives the schema of a shape."""
    return {
        name: {
            "description": _words(status),
            **_headers(status),
            "content": {MEDIA: {"schema": schema(SHAPES.get(status, ProblemShown))}},
        }
        for status, name in _NAMES.items()
        if status in KNOWN
    }


def _words(status: int) -> str:
    kinds = dict.fromkeys(
        [*(error.kind for error, one in STATUS.items() if one == status), *_kind(status)],
    )
    return " ".join(f"{title}. {remedy}" for title, remedy in (KINDS[kind] for kind in kinds))


def _kind(status: int) -> list[str]:
    found = KIND_OF_STATUS.get(status)
    return [found] if found is not None else []


def _headers(status: int) -> dict[str, Any]:
    found = _HEADERS.get(status)
    if found is None:
        return {}
    limits = LIMITS if status == 429 else {}
    return {"headers": {**{name: header(words) for name, words in found.items()}, **limits}}


def header(words: str, **schema: str) -> dict[str, Any]:
    """A header of an answer."""
    return {"description": words, "schema": {"type": "string", **schema}}


_LIMIT: Final = '"(failed|link|inbound|key|page)"'
LIMITS: Final[Mapping[str, Any]] = {
    "RateLimit-Policy": header(
        "The limits that this request counted in, each with how many it takes (`q`) in how many seconds (`w`); left "
        "out where all of them are off.",
        pattern=rf"^{_LIMIT};q=\d+;w=\d+(, {_LIMIT};q=\d+;w=\d+)*$",
    ),
    "RateLimit": header(
        "What is left of each: how many (`r`), for how many seconds more (`t`).",
        pattern=rf"^{_LIMIT};r=\d+;t=\d+(, {_LIMIT};r=\d+;t=\d+)*$",
    ),
}
"""On every answer of the API that was counted (draft-ietf-httpapi-ratelimit-headers)."""
