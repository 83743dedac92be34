"""What each error of a driver means: one function says it, for every class that asyncpg, Redis and SMTP can raise."""

import asyncio
import errno
import inspect
import socket
import ssl
from types import ModuleType
from typing import Any

import aiosmtplib.errors
import asyncpg.exceptions
import msgspec
import pytest
import redis.exceptions

from db.session import GONE, UNDONE, NotWrittenError, OtherVersionError, OutcomeUnknownError, PoolExhaustedError
from service.troubles import trouble
from workflows.engine.poison import is_poison

AWAY = {
    "AdminShutdownError", "CannotConnectNowError", "ClientCannotConnectError", "ClientConfigurationError",
    "ConfigFileError", "ConfigurationLimitExceededError", "ConnectionDoesNotExistError", "ConnectionFailureError",
    "ConnectionRejectionError", "CrashShutdownError", "DatabaseDroppedError", "DiskFullError", "DuplicateFileError",
    "FileNameTooLongError", "IdleInTransactionSessionTimeoutError", "IdleSessionTimeoutError",
    "InsufficientResourcesError", "InterfaceError", "InternalClientError", "InvalidAuthorizationSpecificationError",
    "InvalidCatalogNameError", "InvalidPasswordError", "InvalidSQLStatementNameError", "LockFileExistsError",
    "OperatorInterventionError", "OutOfMemoryError", "OutdatedSchemaCacheError", "PostgresConnectionError",
    "PostgresIOError", "PostgresSystemError", "ProtocolError", "ProtocolViolationError", "QueryCanceledError",
    "ReadOnlySQLTransactionError", "TargetServerAttributeNotMatched", "TooManyConnectionsError",
    "TransactionResolutionUnknownError", "TransactionTimeoutError", "UndefinedFileError",
    "UnsupportedServerFeatureError",
}  # fmt: skip
RACE = {
    "CantChangeRuntimeParamError", "DeadlockDetectedError", "InvalidCachedStatementError", "LockNotAvailableError",
    "ObjectInUseError", "ObjectNotInPrerequisiteStateError", "SerializationError", "SnapshotTooOldError",
    "StatementCompletionUnknownError", "TransactionIntegrityConstraintViolationError", "TransactionRollbackError",
    "UnsafeNewEnumValueUsageError",
}  # fmt: skip
"""All other errors of asyncpg are about what was asked: trying again gives the same."""


def errors_of(module: ModuleType) -> dict[str, str]:
    """What each class of errors in a driver's module means; they are made without what their makers ask for."""
    kinds = {name: one for name, one in vars(module).items() if inspect.isclass(one) and issubclass(one, Exception)}
    return {name: trouble(kind.__new__(kind)) for name, kind in kinds.items()}


def test_the_database() -> None:
    found = errors_of(asyncpg.exceptions)
    assert {name for name, said in found.items() if said == "away"} == AWAY
    assert {name for name, said in found.items() if said == "race"} == RACE


def test_redis() -> None:
    """Whatever it says, we go on without it: but what is watched may have moved, and what is ours may have no form."""
    found = errors_of(redis.exceptions)
    assert {name for name, said in found.items() if said == "race"} == {"WatchError"}
    of_clusters = {
        "RedisClusterException",
        "SlotNotCoveredError",
        "ChildDeadlockedError",
    }  # we use none
    assert {name for name, said in found.items() if said == "poison"} == {"DataError"} | of_clusters


def test_the_mail_server() -> None:
    """What it says of one message is an outcome, and no error by the time that anybody asks."""
    assert set(errors_of(aiosmtplib.errors).values()) == {"away"}


@pytest.mark.parametrize("error", [
    PoolExhaustedError(), NotWrittenError(), OutcomeUnknownError(), OtherVersionError(), ConnectionResetError(),
    TimeoutError(), socket.gaierror(), ssl.SSLError(), asyncio.IncompleteReadError(b"", 1),
    OSError("Multiple exceptions: …"), OSError(errno.EHOSTUNREACH, "x"), OSError(errno.EMFILE, "x"),
], ids=lambda one: type(one).__name__)  # fmt: skip
def test_the_way_to_it(error: Exception) -> None:
    assert trouble(error) == "away"


@pytest.mark.parametrize("error", [
    KeyError("x"), ZeroDivisionError(), RuntimeError(), msgspec.ValidationError(), RecursionError(),
    UnicodeEncodeError("x", "x", 0, 1, "x"), asyncpg.UniqueViolationError("x"), asyncpg.DataError("x"),
    FileNotFoundError(errno.ENOENT, "x"), PermissionError(errno.EACCES, "x"), IsADirectoryError(errno.EISDIR, "x"),
    OSError(errno.ENOSPC, "a full folder"), asyncpg.UndefinedColumnError("x"), asyncpg.UndefinedTableError("x"),
], ids=lambda one: type(one).__name__)  # fmt: skip
def test_defects_and_bad_rows(error: Exception) -> None:
    assert is_poison(error)


def test_what_a_session_catches_means_what_is_said_of_it() -> None:
    """A commit is asked for only where the other side is away, and done again at once only where it was a race."""
    every: list[Any] = [one for one in vars(asyncpg.exceptions).values() if inspect.isclass(one)]
    kinds = [one for one in every if issubclass(one, Exception)]
    said = {kind: trouble(kind.__new__(kind)) for kind in (*kinds, ConnectionResetError, TimeoutError)}
    # What this driver cannot do at all is told before anything is sent.
    ours = {asyncpg.UnsupportedClientFeatureError}
    assert {kind for kind in said if issubclass(kind, GONE) and said[kind] != "away"} == ours
    assert {said[kind] for kind in said if issubclass(kind, UNDONE)} == {"race"}
    lost = [kind for kind in kinds if (getattr(kind, "sqlstate", None) or "").startswith(("08", "57"))]
    assert all(issubclass(kind, GONE) for kind in lost)
