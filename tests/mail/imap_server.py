"""A small IMAP server: as much of RFC 9051 as a reader of one folder asks for, and a few faults."""

import asyncio
import base64
import re
import ssl
from dataclasses import dataclass, field
from datetime import datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Kept:
    content: bytes
    arrived: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """One folder, `INBOX`; `hang_up_at` cuts the line instead of answering that command, `refused` are UIDs that are
    not shown, each with the word that says so."""

    tls: ssl.SSLContext | None = None
    user: str = "reader@acme.example"
    password: str = 'a "pass\\word'
    plain: bool = False
    validity: int = 7
    kept: dict[int, Kept] = field(default_factory=dict)
    next_uid: int = 1
    hang_up_at: str = ""
    refused: dict[int, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def put(self, content: bytes | str, arrived: datetime) -> int:
        """Deliver a message; its UID."""
        raw = content if isinstance(content, bytes) else content.encode()
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.kept[uid] = Kept(raw, arrived)
        return uid

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._open.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(*lines: bytes) -> None:
            writer.write(b"".join(line + b"\r\n" for line in lines))
            await writer.drain()

        await say(b"* OK ready")
        while line := (await reader.readline()).decode():
            tag, _, command = line.strip().partition(" ")
            self.commands.append(command)
            if self.hang_up_at and self.hang_up_at in command:
                return
            words = command.split()
            done = f"{tag} OK done".encode()
            match [one.upper() for one in words[:2]]:
                case ["CAPABILITY"]:
                    auth = b" AUTH=PLAIN" if self.plain else b""
                    await say(b"* CAPABILITY IMAP4rev1" + auth, done)
                case ["LOGIN", *_]:
                    quoted = [re.sub(r"\\(.)", r"\1", one) for one in re.findall(r'"((?:\\.|[^"\\])*)"', command)]
                    good = quoted == [self.user, self.password]
                    await say(done if good else f"{tag} NO {self.user} may not".encode())
                case ["AUTHENTICATE", "PLAIN"]:
                    await say(b"+ ")
                    given = base64.b64decode((await reader.readline()).strip()).decode()
                    good = given == f"\0{self.user}\0{self.password}"
                    await say(done if good else f"{tag} NO {self.user} may not".encode())
                case ["SELECT", _]:
                    if words[1] != '"INBOX"':
                        await say(f"{tag} NO there is no such folder".encode())
                        continue
                    await say(
                        f"* {len(self.kept)} EXISTS".encode(), f"* OK [UIDVALIDITY {self.validity}] valid".encode(),
                        f"{tag} OK [READ-WRITE] done".encode(),
                    )  # fmt: skip
                case ["UID", "SEARCH"]:
                    await say(f"* SEARCH {' '.join(map(str, self._found(words[2:])))}".encode(), done)
                case ["UID", "FETCH"] if int(words[2]) in self.refused:
                    await say(f"{tag} {self.refused[int(words[2])]} not this one".encode())
                case ["UID", "FETCH"]:
                    await self._fetch(words, say, done)
                case ["UID", "STORE"]:
                    flag = words[4].strip("()")
                    self.kept[int(words[2])].flags.add(flag)
                    await say(done)
                case ["LOGOUT"]:
                    await say(b"* BYE", done)
                    return
                case _:
                    await say(f"{tag} BAD what is that?".encode())

    def _found(self, words: list[str]) -> list[int]:
        if words[0] == "UID":
            first = int(words[1].partition(":")[0])
            above = [uid for uid in self.kept if uid >= first]
            return above or sorted(self.kept)[-1:]  # `n:*` names the last one in any case
        day, month, year = words[1].split("-")
        since = datetime(int(year), MONTHS.index(month) + 1, int(day)).date()
        return [uid for uid, one in self.kept.items() if one.arrived.date() >= since]

    async def _fetch(self, words: list[str], say: object, done: bytes) -> None:
        uid = int(words[2])
        one = self.kept.get(uid)
        if one is not None:
            limit = re.search(r"<0\.(\d+)>", " ".join(words))
            content = one.content[: int(limit[1])] if limit else one.content
            arrived = one.arrived.strftime(f"%d-{MONTHS[one.arrived.month - 1]}-%Y %H:%M:%S +0000")
            head = f'* 1 FETCH (UID {uid} INTERNALDATE "{arrived}" BODY[]<0> {{{len(content)}}}'
            await say(head.encode(), content + b")")  # type: ignore[operator]  # the function above
        await say(done)  # type: ignore[operator]  # the function above
