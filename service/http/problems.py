"""The one place where an error becomes an answer: RFC 9457 problem details, never with internals.

`STATUS` maps every domain error; `KINDS` says what each kind of problem means, which is also what
`GET /problems/{kind}` shows to whoever follows the `type` of an answer.
"""

import logging
import traceback
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import asyncpg
import msgspec
from litestar.exceptions import HTTPException
from litestar.plugins.problem_details import ProblemDetailsException

from db.session import GONE, OutcomeUnknownError
from service.troubles import trouble
from workflows.errors import (
    Altered,
    BadInput,
    Conflict,
    KeyReused,
    NotAllowed,
    NotFound,
    Refused,
    StaleVersion,
    TermijnError,
    TooLarge,
    Unavailable,
)

log = logging.getLogger(__name__)

STATUS: Final[dict[type[TermijnError], int]] = {
    BadInput: 400,
    NotAllowed: 403,
    NotFound: 404,
    Refused: 409,
    Conflict: 409,
    StaleVersion: 412,
    TooLarge: 413,
    KeyReused: 422,
    Altered: 500,
    Unavailable: 503,
}

KINDS: Final[dict[str, tuple[str, str]]] = {
    "bad-input": ("The input cannot be used", "Mend what `errors` names and send it again."),
    "unauthorised": ("No valid key", "Send `Authorization: Bearer <key>` with a key that is not revoked."),
    "not-allowed": ("The key may not do this", "Use a key with a higher role."),
    "not-found": ("Nothing here has that id or address", "Look at the list for its id."),
    "method-not-allowed": ("This address does not take that method", "`Allow` names the methods of this address."),
    "refused": (
        "The state or a rule forbids it",
        "`state` says where the subject stands, `actions` what may be done now, `guard` and `clause` what forbids it.",
    ),
    "conflict": ("Somebody else was first", "Read it again, then decide."),
    "stale-version": ("The resource has changed since", "Read it again for its ETag, then decide."),
    "too-large": ("The body is too large", "Send less at a time."),
    "head-too-large": ("The request line and its headers are too large", "Send fewer or shorter headers."),
    "too-slow": ("The request did not come in time", "Send it again, whole."),
    "too-many": ("Too many requests", "Send it again after `Retry-After` seconds."),
    "unsupported-media-type": ("This media type is not read here", "Send `Content-Type: application/json`."),
    "key-reused": (
        "The Idempotency-Key was used for another request",
        "Use a new key for each request; repeat a key only with the same request.",
    ),
    "altered": (
        "What is kept is not what was handed in",
        "Tell whoever runs the service: `termijn files check` names each such file.",
    ),
    "unavailable": ("A part that is needed is down or full", "Try again after `Retry-After` seconds."),
    "outcome-unknown": (
        "Nobody knows whether the request was carried out",
        "Send the request again with the same `Idempotency-Key`; without one, look first whether it took effect.",
    ),
    "internal": ("The service failed", "Tell us the `instance`; nothing was written."),
    "error": ("The request cannot be answered", "`detail` says why."),
}

KIND_OF_STATUS: Final = {
    400: "bad-input",
    401: "unauthorised",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    429: "too-many",
    503: "unavailable",
}
_WORDS_OF_STATUS: Final = {
    404: "No route has this address; /docs lists all routes.",
    405: "This method is not for this address; the Allow header names those that are.",
    413: "The body is larger than this route takes: most take 64 KiB, those for terms, lists, mail and files more.",
}
_NOTHING_WRITTEN: Final = "The database cannot answer now, and nothing was written: the same request may be sent again."
_UNKNOWN: Final = (
    "The database went away while this was written down, so it is not known whether it was. With an Idempotency-Key "
    "the same request may be sent again, and is done once. Without one, look first whether it is there."
)


def problem(
    kind: str,
    status: int,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> ProblemDetailsException:
    """A problem of one of `KINDS`; `more` are members of its own."""
    return ProblemDetailsException(
        status_code=status,
        type_=f"/problems/{kind}",
        title=KINDS[kind][0],
        detail=detail,
        headers=headers,
        extra=more,
    )


def as_problem(error: Exception) -> ProblemDetailsException:
    """Any exception at all as a problem; what is nobody's to mend is logged without its message."""
    if isinstance(error, ProblemDetailsException):
        return error
    if isinstance(error, TermijnError):
        return of_domain(error)
    if isinstance(error, HTTPException):
        return _of_framework(error)
    if isinstance(error, asyncpg.DataError | UnicodeError | RecursionError):
        return problem("bad-input", 400, "A value cannot be stored as it is; shorten or mend it.", errors=[])
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        detail = "It contradicts what is stored already, or names something that is not there."
        return problem("conflict", 409, detail)
    if isinstance(error, (OutcomeUnknownError, *GONE)):
        log.warning("outcome unknown: %s", type(error).__name__)
        return problem("outcome-unknown", 503, _UNKNOWN, headers={"Retry-After": "1"})
    if trouble(error) != "poison":
        # A database that restarts, is full or is fought over: what it refused itself it has not written.
        log.warning("not available: %s", type(error).__name__)
        return problem("unavailable", 503, _NOTHING_WRITTEN, headers={"Retry-After": "1"})
    instance = f"urn:uuid:{uuid4()}"
    # Messages may hold a customer's words, so only the kind of error and its places are written down.
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s %s\n%s", instance, type(error).__name__, places)
    return problem("internal", 500, "Something went wrong here; nothing was written.", instance=instance)


def of_domain(error: TermijnError) -> ProblemDetailsException:
    """A domain error with its own members."""
    status = status_of(error)
    match error:
        case BadInput():
            return problem(error.kind, status, error.detail, errors=msgspec.to_builtins(error.problems))
        case Refused():
            more: dict[str, Any] = {"state": error.state, "actions": list(error.actions)}
            named = {"guard": error.guard, "clause": error.clause}
            more |= {name: value for name, value in named.items() if value}
            return problem(error.kind, status, error.detail, **more)
        case Unavailable():
            retry = {"Retry-After": str(error.retry_after)}
            return problem(error.kind, status, error.detail, headers=retry)
        case _:
            return problem(error.kind, status, error.detail)


def status_of(error: TermijnError) -> int:
    """The status of a domain error, or of the kind that it is one of."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def encoded(error: ProblemDetailsException) -> bytes:
    """The answer's body, as it is stored for a repeated request."""
    return msgspec.json.encode(
        {
            "status": error.status_code,
            "type": error.type_,
            "title": error.title,
            "detail": error.detail,
            **(error.extra if isinstance(error.extra, dict) else {}),
        }
    )


def domain_errors(root: type[TermijnError] = TermijnError) -> Iterator[type[TermijnError]]:
    """Every kind of domain error below `root`."""
    for one in root.__subclasses__():
        yield one
        yield from domain_errors(one)


_OTHER_WORDS: Final = {
    "Request Entity Too Large": "The form has more parts than the thousand that are read: leave the others out."
}
"""Of what the framework says in words that do not say what to do."""


def _of_framework(error: HTTPException) -> ProblemDetailsException:
    status = error.status_code
    if status >= 500 and status != 503:
        return as_problem(RuntimeError())
    detail = _WORDS_OF_STATUS.get(status) or _OTHER_WORDS.get(error.detail, error.detail) or HTTPStatus(status).phrase
    kind = KIND_OF_STATUS.get(status, "error")
    more: dict[str, Any] = {}
    if status == 400:
        more["errors"] = _framework_errors(error)
    return problem(kind, status, detail, headers=dict(error.headers or {}), **more)


def _framework_errors(error: HTTPException) -> list[dict[str, str]]:
    """What Litestar says about parameters, in our words for places."""
    if not isinstance(error.extra, list):
        return []
    return [
        {"path": str(one.get("key", "")), "message": str(one.get("message", ""))}
        for one in error.extra
        if isinstance(one, dict)
    ]
