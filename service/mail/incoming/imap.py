"""A mailbox on a mail server (IMAP4rev1, RFC 9051). It waits for answers, so it is used in a thread.

Nothing in it is deleted, moved or marked as read: people work with it too. What was taken in is remembered in the
database by UID; a keyword says so to people, and a flag marks what could not be.
"""

import contextlib
import imaplib
import re
import ssl
from datetime import UTC, datetime
from typing import Any, Final

from service.mail.incoming.box import LARGEST, BoxedMail, Unreadable, UnreadableMail
from service.servers import Imap

TIMEOUT: Final = 20.0
"""Seconds that each answer of the server is waited for."""
_TAKEN: Final = "$Termijn"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ARRIVED: Final = re.compile(
    rb'INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)


class _RefusedError(Unreadable):
    """What was asked is refused; the connection stands."""


class ImapBox:
    """An open mailbox. `place` is its UIDVALIDITY: within one, a UID means one message for ever."""

    def __init__(self, config: Imap, timeout: float = TIMEOUT) -> None:
        self._client = _connected(config, timeout)
        try:
            _log_in(self._client, config)
            status, _ = self._client.select(_quoted(config.folder))
            place = (self._client.response("UIDVALIDITY")[1] or [None])[0]
            if status != "OK" or place is None:
                raise Unreadable("there is no such folder in the mailbox")
        except (imaplib.IMAP4.error, OSError) as error:
            self.close()
            raise Unreadable("the connection to the mail server broke") from error
        except BaseException:
            self.close()
            raise
        self.place = place.decode("ascii", "replace")

    def waiting(self, after: int, since: datetime) -> list[str]:
        """UIDs of messages above `after`, or where that is 0 of those that came since a day (UTC), in order."""
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        found = self._ask("SEARCH", "UID", f"{after + 1}:*") if after else self._ask("SEARCH", "SINCE", day)
        # `n:*` always names the last message, whatever its UID.
        numbers = {int(one) for line in found if isinstance(line, bytes) for one in line.split()}
        return [str(one) for one in sorted(numbers) if one > after]

    def uid(self, item: str) -> int:
        return int(item)

    def read(self, item: str) -> BoxedMail | None:
        """The message, cut off behind LARGEST bytes; None where somebody removed it."""
        try:
            found = self._ask("FETCH", item, f"(INTERNALDATE BODY.PEEK[]<0.{LARGEST + 1}>)")
        except _RefusedError as error:
            raise UnreadableMail("the mail server refuses to show it") from error
        for part in found:
            if isinstance(part, tuple):
                return BoxedMail(content=part[1], arrived=_arrived(part[0]))
        return None

    def taken(self, item: str, *, apart: bool) -> None:
        """Mark it, where the server takes the mark."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._client.uid("STORE", item, "+FLAGS.SILENT", "(\\Flagged)" if apart else f"({_TAKEN})")

    def close(self) -> None:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._client.logout()
        with contextlib.suppress(OSError):
            self._client.shutdown()

    def _ask(self, *words: str) -> list[Any]:
        try:
            status, found = self._client.uid(*words)
        except imaplib.IMAP4.abort as error:
            raise Unreadable("the connection to the mail server broke") from error
        except imaplib.IMAP4.error as error:  # it says BAD, and the connection stands
            raise _RefusedError("the mail server refused to show the mailbox") from error
        except OSError as error:
            raise Unreadable("the connection to the mail server broke") from error
        if status != "OK":
            raise _RefusedError("the mail server refused to show the mailbox")
        return list(found)


def _connected(config: Imap, timeout: float) -> imaplib.IMAP4:
    """A connection that is encrypted wherever it leaves this machine. Raises Unreadable."""
    client: imaplib.IMAP4 | None = None
    try:
        if config.tls == "implicit":
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(config.host, config.port, ssl_context=context, timeout=timeout)
        client = imaplib.IMAP4(config.host, config.port, timeout=timeout)
        if config.tls == "starttls":
            client.starttls(ssl_context=ssl.create_default_context())
        return client
    except (imaplib.IMAP4.error, OSError) as error:
        if client is not None:
            with contextlib.suppress(OSError):
                client.shutdown()
        safe = isinstance(error, ssl.SSLError) or client is not None
        raise Unreadable(f"no {'safe ' if safe else ''}connection to the mail server") from error


def _log_in(client: imaplib.IMAP4, config: Imap) -> None:
    """What the server says to a refused login may hold the user's name: it is not repeated."""
    try:
        if "AUTH=PLAIN" in client.capabilities:
            login = f"\0{config.user}\0{config.password}".encode()
            client.authenticate("PLAIN", lambda _: login)
        else:
            client.login(_quoted(config.user), config.password)
    except imaplib.IMAP4.error:
        raise Unreadable("the mail server refused the login") from None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _arrived(line: bytes) -> datetime | None:
    """When the server took the message in, UTC."""
    found = _ARRIVED.search(line)
    if found is None:
        return None
    day, name, year, hour, minute, second, sign, hours, minutes = (one.decode() for one in found.groups())
    offset = f"{sign}{hours}:{minutes}"
    try:
        month = _MONTHS.index(name) + 1
        text = f"{year}-{month:02}-{int(day):02}T{hour}:{minute}:{second}{offset}"
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
