"""A mail server that takes everything and keeps nothing: python -m benchmarks.sink. Says its port.

As little as a server can do (RFC 5321), so that the sender is what is measured, not the sink.
"""

import asyncio
import socket

END = b"\r\n.\r\n"


class Session(asyncio.Protocol):
    """One connection: greets, agrees to everything, and swallows messages."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.waiting = b""
        self.in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.say(b"220 sink")

    def say(self, line: bytes) -> None:
        assert self.transport is not None
        self.transport.write(line + b"\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while self.waiting:
            mark = END if self.in_message else b"\r\n"
            found, there, rest = self.waiting.partition(mark)
            if not there:
                return
            self.waiting = rest
            if self.in_message:
                self.in_message = False
                self.say(b"250 taken")
            else:
                self.answer(found.upper())

    def answer(self, line: bytes) -> None:
        assert self.transport is not None
        if line.startswith((b"EHLO", b"HELO")):
            self.say(b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")
        elif line.startswith(b"DATA"):
            self.in_message = True
            self.say(b"354 go on")
        elif line.startswith(b"QUIT"):
            self.say(b"221 bye")
            self.transport.close()
        else:
            self.say(b"250 fine")


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
