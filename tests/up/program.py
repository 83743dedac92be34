"""A stand-in for the program on the servers, to try the supervisor without the service.

    python -m tests.up.program up DIR [PORT]     the stack; prints what `termijn up` prints
    python -m tests.up.program serve | worker    its parts

PORT `own` is the one that the folder had.

FAULT=serve lets the API end at once, FAULT=worker lets workers not hear that they should stop.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncpg

from service.up.folder import Urls
from service.up.foreground import foreground
from service.up.stack import Begun, Clock, Program, StackOptions

FAULT = os.environ.get("FAULT", "")


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve() -> None:
    if FAULT == "serve":
        sys.exit("the API found a fault")
    address = (os.environ["TERMIJN_HOST"], int(os.environ["TERMIJN_PORT"]))
    server = ThreadingHTTPServer(address, Health, bind_and_activate=False)
    server.socket = socket.socket(fileno=int(os.environ["TERMIJN_LISTEN_FD"]))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


def work() -> None:
    if FAULT == "worker":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pause()


async def begin(urls: Urls, wish: StackOptions) -> Begun:
    """One row for each start."""
    async with contextlib.AsyncExitStack() as closing:
        connection = await asyncpg.connect(urls.owner)
        closing.push_async_callback(connection.close)
        await connection.execute("create table if not exists start (mode text not null)")
        await connection.execute("insert into start (mode) values ($1)", wish.clock.mode or "system")
    return Begun(wish.clock.mode or "system")


async def fill(base_url: str, admin_key: str) -> None:
    print(f"sample data for {base_url} with {len(admin_key)} characters of key", file=sys.stderr, flush=True)


async def let_in(urls: Urls, secret: str) -> str | None:
    return "token" if secret else None


def part(name: str) -> tuple[str, ...]:
    """Run by its path: a child need not be where its tests lie."""
    return (sys.executable, __file__, name)


PROGRAM = Program(
    serve=part("serve"), worker=part("worker"), begin=begin, new_key=lambda: "tmj_test", fill=fill, let_in=let_in
)

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["worker"]:
            work()
        case ["up", folder, *port]:
            given = None if port == ["own"] else int(port[0]) if port else 0
            wish = StackOptions(Path(folder), given, Clock("system", None), 2, empty=False)
            sys.exit(asyncio.run(foreground(PROGRAM, wish)))
