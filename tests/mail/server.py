"""A mail server that does as it is told: each recipient has its own list of what to answer."""

import asyncio
import ssl
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property

LARGEST = 8 * 1024 * 1024
"""Bytes of a message, its documents included."""


@dataclass
class Attempt:
    """One message that reached DATA, or the recipient that was refused before it."""

    sender: str
    recipient: str
    content: bytes = b""
    answer: str = ""

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, EmailMessage, policy=policy.default)

    @cached_property
    def message_id(self) -> str:
        """Its header alone: what a storm asks of thousands."""
        header, _, _ = self.content.partition(b"\r\n\r\n")
        return str(message_from_bytes(header)["Message-ID"]).strip()


@dataclass
class Scripted:
    """`at_rcpt` and `at_data` hold, for each recipient, the answers to give in turn; then 250.

    An answer `silence` says nothing and hangs up when the client does; `hang up` cuts the line; anything
    that starts with 421 is said before the line is cut.
    """

    tls: ssl.SSLContext | None = None
    greeting: str = "220 scripted"
    offers: tuple[str, ...] = ()
    at_mail: deque[str] = field(default_factory=deque)
    at_rcpt: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    at_data: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    next_data: deque[str] = field(default_factory=deque)
    """Answers to the next messages, whoever they go to."""
    attempts: list[Attempt] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reached_data: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls, limit=LARGEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._open.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(text: str) -> bool:
            if text == "silence":
                await reader.read()
                return False
            if text == "hang up":
                return False
            writer.write(f"{text}\r\n".encode())
            await writer.drain()
            return not text.startswith("421")

        if not await say(self.greeting):
            return
        sender = recipient = ""
        while line := (await reader.readline()).decode():
            command = line.strip()
            self.commands.append(command)
            verb = command[:4].upper()
            answer = "250 fine"
            if verb == "EHLO":
                names = ("scripted", *self.offers)
                lines = [f"250{'-' if n < len(names) - 1 else ' '}{name}" for n, name in enumerate(names)]
                answer = "\r\n".join(lines)
            elif verb == "MAIL":
                sender = command.partition("<")[2].partition(">")[0]
                answer = self.at_mail.popleft() if self.at_mail else answer
            elif verb == "RCPT":
                recipient = command.partition("<")[2].partition(">")[0]
                if self.at_rcpt[recipient]:
                    answer = self.at_rcpt[recipient].popleft()
                    self.attempts.append(Attempt(sender, recipient, answer=answer))
            elif verb == "DATA":
                await say("354 go on")
                content = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                script = self.at_data[recipient] or self.next_data
                answer = script.popleft() if script else "250 taken"
                self.attempts.append(Attempt(sender, recipient, content, answer))
                self.reached_data.set()
                if answer == "wait":
                    await self.gate.wait()
                    answer = "250 taken at last"
            elif verb == "QUIT":
                await say("221 bye")
                return
            if not await say(answer):
                return

    def to(self, recipient: str) -> list[Attempt]:
        return [one for one in self.attempts if one.recipient == recipient]

    def mails(self) -> list[EmailMessage]:
        return [one.mail for one in self.attempts if one.content]
