"""Errors at the edge: every one has its place, and none says more than it should."""

import errno
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar, get
from litestar.exceptions import HTTPException
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsPlugin
from litestar.testing import TestClient

from db.session import OtherVersionError, PoolExhaustedError
from service.http.problems import KINDS, STATUS, as_problem, domain_errors, problem, status_of
from tests.http.conftest import Api
from workflows.errors import (
    Altered,
    BadInput,
    Conflict,
    KeyReused,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    StaleVersion,
    TermijnError,
    TooLarge,
    Unavailable,
)

SECRET = "kim@customer.example"
BY_ERROR: dict[TermijnError, int] = {
    BadInput("Mend it.", (Problem("name", "is required"),)): 400,
    NotAllowed("Use another key."): 403,
    NotFound("Look at the list."): 404,
    Refused("Not now.", state="sent", actions=("sign",), guard="in_time", clause="art. 3"): 409,
    Conflict("Read it again."): 409,
    StaleVersion("Read it again."): 412,
    TooLarge("A part will do."): 413,
    KeyReused("Use another."): 422,
    Altered("Bring it back.", UUID(int=1), None): 500,
    Unavailable("Come back.", 7): 503,
}
DATABASE: dict[Exception, int] = {
    asyncpg.DataError(SECRET): 400,
    asyncpg.CharacterNotInRepertoireError(SECRET): 400,
    asyncpg.NumericValueOutOfRangeError(SECRET): 400,
    asyncpg.UniqueViolationError(SECRET): 409,
    asyncpg.ForeignKeyViolationError(SECRET): 409,
    asyncpg.DeadlockDetectedError(SECRET): 503,
    asyncpg.SerializationError(SECRET): 503,
    asyncpg.LockNotAvailableError(SECRET): 503,
    asyncpg.QueryCanceledError(SECRET): 503,
    asyncpg.AdminShutdownError(SECRET): 503,
    asyncpg.CannotConnectNowError(SECRET): 503,
    asyncpg.TooManyConnectionsError(SECRET): 503,
    asyncpg.DiskFullError(SECRET): 503,
    asyncpg.IdleInTransactionSessionTimeoutError(SECRET): 503,
    asyncpg.ConnectionDoesNotExistError(SECRET): 503,
    asyncpg.InterfaceError(SECRET): 503,
    OtherVersionError(SECRET): 503,
    asyncpg.UndefinedTableError(SECRET): 500,
    asyncpg.InsufficientPrivilegeError(SECRET): 500,
    PoolExhaustedError(): 503,
    ConnectionRefusedError(SECRET): 503,
    OSError(errno.EHOSTUNREACH, SECRET): 503,
    FileNotFoundError(errno.ENOENT, SECRET): 500,
    PermissionError(errno.EACCES, SECRET): 500,
    OSError(errno.ENOSPC, SECRET): 500,
    TimeoutError(SECRET): 503,
    RecursionError(SECRET): 400,
    UnicodeEncodeError("utf-8", SECRET, 0, 1, "surrogates not allowed"): 400,
    KeyError(SECRET): 500,
    RuntimeError(SECRET): 500,
    HTTPException(detail=SECRET, status_code=500): 500,
}


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    """An app whose one route raises what it is told to."""
    failure: list[Exception] = []

    @get("/")
    async def fail() -> None:
        raise failure[0]

    plugin = ProblemDetailsPlugin(ProblemDetailsConfig(exception_to_problem_detail_map={Exception: as_problem}))
    app = Litestar([fail], plugins=[plugin], logging_config=None, openapi_config=None)
    app.state.failure = failure
    with TestClient(app) as made:
        yield made


def answer_to(client: TestClient[Litestar], error: Exception) -> Any:
    client.app.state.failure[:] = [error]
    answer = client.get("/")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer


def test_every_domain_error_has_its_status_and_its_words() -> None:
    every = {one for one in domain_errors() if one.__module__ == "workflows.errors"}
    assert every == set(STATUS)
    assert all(status_of(one.__new__(one)) for one in domain_errors())
    assert {type(one) for one in BY_ERROR} == every
    assert {one.kind for one in every} <= set(KINDS)


@pytest.mark.parametrize(("error", "status"), BY_ERROR.items(), ids=lambda one: str(one)[:20])
def test_a_domain_error_is_answered_with_what_to_do(
    client: TestClient[Litestar], error: TermijnError, status: int
) -> None:
    answer = answer_to(client, error)
    said = answer.json()
    assert answer.status_code == status
    assert said["type"] == f"/problems/{error.kind}"
    assert said["detail"] == error.detail
    match error:
        case BadInput():
            assert said["errors"] == [{"path": "name", "message": "is required"}]
        case Refused():
            assert (said["state"], said["actions"]) == ("sent", ["sign"])
            assert (said["guard"], said["clause"]) == ("in_time", "art. 3")
        case Unavailable():
            assert answer.headers["Retry-After"] == "7"
        case _:
            assert set(said) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize(("error", "status"), DATABASE.items(), ids=lambda one: type(one).__name__)
def test_other_errors_say_nothing_of_the_inside(
    client: TestClient[Litestar], error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = answer_to(client, error)
    assert answer.status_code == status
    assert SECRET not in answer.text + caplog.text
    assert ("Retry-After" in answer.headers) == (status == 503)
    if status == 500:
        assert answer.json()["instance"] in caplog.text


def test_a_refusal_shows_its_actions_also_when_there_are_none() -> None:
    assert as_problem(Refused("It is over.", state="ended")).extra == {"state": "ended", "actions": []}


async def test_what_a_type_means_can_be_looked_up(api: Api) -> None:
    for kind in KINDS:
        shown = await api.client.get(problem(kind, 400, "x").type_ or "")
        assert shown.status_code == 200
        assert KINDS[kind][0] in shown.text
    assert (await api.client.get("/problems/unheard-of")).status_code == 404
