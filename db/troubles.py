"""What an error of a driver says: the other side is away, somebody else was quicker, or this one thing is wrong.

    away      nothing is known of what is being worked on: it waits, whole, and is tried again later
    race      it was undone for somebody else's sake, or waited for somebody in vain: it is tried again
    poison    trying again gives the same: it is set apart, and everything else goes on

What this does not know is a defect, and so poison. Other errors are registered with `trouble` where they are made or
met: those of a session in `db/session.py`, those of other drivers in `service/troubles.py`.
"""

import errno
import socket
import ssl
from functools import singledispatch
from typing import Final, Literal

import asyncpg

Trouble = Literal["away", "race", "poison"]

BY_STATE: Final[dict[str, Trouble]] = {
    "08": "away",  # the connection, or a pooler on the way
    "0A000": "poison",
    "25006": "away",  # read only: a standby that is not promoted yet
    "25P03": "away",  # the session was ended, for it was idle in a transaction
    "25P04": "away",
    "26": "away",  # a prepared statement that the session has not: another session than before, so a pooler
    "28": "away",  # a password that is being changed
    "3D": "away",  # the database is being restored
    "40": "race",
    "53": "away",  # full: of disk, of memory, of connections
    "55": "race",  # a lock that did not come in time
    "57": "away",  # it stops, or starts
    "58": "away",  # the disk
    "72": "race",
    "F0": "away",
}
"""By SQLSTATE, or its first two characters; what is not here is poison."""

UNREACHABLE: Final = frozenset({
    None,  # several addresses of one name, each with an error of its own, which asyncio puts into one without a number
    errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL,
    errno.EMFILE, errno.ENFILE, errno.ENOBUFS,  # nothing is left to open a connection with
})  # fmt: skip
"""Numbers of system errors without a class of their own that connecting gives. Those of files, and of a disk that is
full here, are none of them: nobody brings a file back by waiting."""


@singledispatch
def trouble(error: BaseException) -> Trouble:
    """What an error means for what was being worked on."""
    del error
    return "poison"


@trouble.register
def _(error: asyncpg.PostgresError) -> Trouble:
    state = error.sqlstate or ""
    return BY_STATE.get(state) or BY_STATE.get(state[:2], "poison")


@trouble.register(asyncpg.InvalidCachedStatementError)
def _undone(error: BaseException) -> Trouble:
    """A migration altered what a statement was planned for; the driver has it planned anew."""
    del error
    return "race"


@trouble.register(OSError)
def _system(error: OSError) -> Trouble:
    return "away" if type(error) is OSError and error.errno in UNREACHABLE else "poison"


@trouble.register(asyncpg.InterfaceError)
@trouble.register(asyncpg.InternalClientError)
@trouble.register(ConnectionError)
@trouble.register(TimeoutError)
@trouble.register(socket.gaierror)
@trouble.register(ssl.SSLError)
@trouble.register(EOFError)
def away(error: BaseException) -> Trouble:
    """The connection, or the way to it. The driver's internal error is what a connection that breaks in the middle of
    a statement leaves behind."""
    del error
    return "away"


@trouble.register(UnicodeError)
@trouble.register(asyncpg.UnsupportedClientFeatureError)
def _poison(error: BaseException) -> Trouble:
    del error
    return "poison"
