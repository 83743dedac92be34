"""One message over one connection, and what came of it: nothing here knows of a database."""

import ssl
from typing import Literal

import aiosmtplib
import msgspec

from service.mail.outgoing.config import MailConfig

Result = Literal["sent", "deferred", "rejected", "unknown"]
_LONGEST_WORDS = 500


class Outcome(msgspec.Struct, frozen=True):
    """What an attempt came to, with the server's code and words.

    `sent`: the server took it (250). `deferred`: not now. `rejected`: never to this recipient, or never
    this message. `unknown`: the message was on its way when the answer failed to come.
    `broken`: the connection is of no use for the next message.
    """

    result: Result
    code: int | None
    words: str
    broken: bool = False


class NoConnection(Exception):
    """The mail server cannot be used now; says why, for every message alike."""

    def __init__(self, code: int | None, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class SmtpConnection:
    """A connection to the mail server, opened when first needed and again after it broke."""

    def __init__(self, config: MailConfig) -> None:
        self._config = config
        self._client: aiosmtplib.SMTP | None = None
        self.in_data = False
        """The message is being handed over; still true after a cancellation, which leaves it unknown."""

    async def send(self, sender: str, recipient: str, content: bytes) -> Outcome:
        client = self._client or await self._open()
        self._client = client
        outcome = await self._transaction(client, sender, recipient, content)
        if outcome.broken:
            self.drop()
        return outcome

    async def close(self) -> None:
        """Say goodbye, if the connection still stands."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.quit(timeout=2.0)
            except (aiosmtplib.SMTPException, OSError, EOFError):
                client.close()

    def drop(self) -> None:
        """Hang up without a word."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _open(self) -> aiosmtplib.SMTP:
        server = self._config.smtp
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=str(server.password) if server.user else None,
            timeout=self._config.timeout,
            use_tls=server.tls == "implicit",
            # True insists: without STARTTLS, or with a bad certificate, nothing is sent in the open.
            start_tls=server.tls == "starttls",
            local_hostname=self._config.host,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            raise NoConnection(error.code, _clip(error.message)) from error
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError, EOFError, ValueError) as error:
            client.close()
            raise NoConnection(None, _clip(f"no connection to the mail server: {error}")) from error
        return client

    async def _transaction(self, client: aiosmtplib.SMTP, sender: str, recipient: str, content: bytes) -> Outcome:
        outcome = await self._envelope(client, sender, recipient)
        if outcome is None:
            self.in_data = True
            outcome = await self._content(client, content)
            self.in_data = False
        if outcome.result != "sent" and not outcome.broken:
            return await self._reset(client, outcome)
        return outcome

    async def _envelope(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
        """Send the envelope; None where the server takes mail for this recipient."""
        final = False
        try:
            # A refusal of our own return path says nothing of the recipient: it is never a bounce.
            await client.mail(sender)
            final = True
            await client.rcpt(recipient)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error, "rejected" if final and error.code >= 500 else "deferred")
        except ValueError as error:
            # An address that cannot be written in the protocol (a line break, a letter where the server takes none):
            # no later attempt is another. What the error says may hold it.
            return Outcome("rejected" if final else "deferred", None, f"it cannot be addressed: {type(error).__name__}")
        except (aiosmtplib.SMTPException, OSError, EOFError) as error:
            return Outcome("deferred", None, _clip(f"the connection broke: {error}"), broken=True)
        return None

    async def _content(self, client: aiosmtplib.SMTP, content: bytes) -> Outcome:
        try:
            answer = await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            if error.code < 400:  # not an answer that SMTP knows
                return Outcome("unknown", None, _clip(f"no answer that makes sense: {error.message}"), broken=True)
            return _refused(error, "rejected" if error.code >= 500 else "deferred")
        except (aiosmtplib.SMTPException, OSError, EOFError, ValueError) as error:
            # Whether the server had all of it cannot be known: it is sent again under the same Message-ID.
            return Outcome("unknown", None, _clip(f"no answer after DATA: {error}"), broken=True)
        return Outcome("sent", answer.code, _clip(answer.message))

    async def _reset(self, client: aiosmtplib.SMTP, outcome: Outcome) -> Outcome:
        """After a refusal the connection serves on, where the server takes RSET."""
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError, EOFError):
            return msgspec.structs.replace(outcome, broken=True)
        return outcome


def _refused(error: aiosmtplib.SMTPResponseException, result: Result) -> Outcome:
    """A refusal in the server's words; 421 and what is no answer at all end the connection (RFC 5321)."""
    broken = error.code == 421 or error.code < 400
    return Outcome(result, error.code if error.code > 0 else None, _clip(error.message), broken=broken)


def _clip(words: str) -> str:
    return " ".join(words.split()).replace("\x00", "")[:_LONGEST_WORDS]
