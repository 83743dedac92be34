"""The whole of Termijn on this machine: servers, mail sink, API and workers, in their order.

    lock → PostgreSQL → Redis → begin (migrate, clock) → mail sink → API, workers → ready

and backwards at the end, the API and the workers together. What a start needs of the rest of the
program stands in a `Program`, so that this file knows of processes alone.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Final

import msgspec

from service.settings import ClockMode, Secret, SmtpArrival
from service.up.account import Account
from service.up.children import Command, surroundings
from service.up.folder import DataFolder, Run, Urls, held, write_private
from service.up.keeper import Keeper, Tell
from service.up.servers import FLEETING, START_TIMEOUT, Servers, prepared
from service.up.sink import Sink
from workflows.errors import BadInput
from workflows.time.instants import parse_instant

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8400
API_TIMEOUT: Final = 60.0
_BACKLOG: Final = 2048
_HANDED_ON: Final = (
    "TERMIJN_WEBHOOK_INSECURE",
    "TERMIJN_OIDC_",
    "TERMIJN_FILES_",
    "TERMIJN_SEAL_",
    "TERMIJN_TIMESTAMP_",
    "TERMIJN_LIMIT_",
    "TERMIJN_HOSTS",
    "TERMIJN_LOGS",
    "TERMIJN_TRUSTED_PROXIES",
)
_HURRY: Final = 3.0  # for Redis, which has nothing to finish


class Clock(msgspec.Struct, frozen=True):
    """The clock to run on; `starts_at`, in UTC, only for a simulated one that is told where to begin.

    `mode` None keeps the folder's own; a new folder's is the system's.
    """

    mode: ClockMode | None
    starts_at: datetime | None


def read_clock(text: str) -> Clock:
    """The clock of `--clock`: `system`, `simulated` or `simulated=INSTANT`; an empty text keeps the folder's.

    The instant is RFC 3339; a bare date means its first moment in UTC. Raises BadInput for all else.
    """
    if not text:
        return Clock(None, None)
    mode, given, instant = text.partition("=")
    if mode == "system" and not given:
        return Clock("system", None)
    if mode != "simulated":
        raise BadInput("--clock is system, simulated or simulated=INSTANT")
    if not given:
        return Clock("simulated", None)
    moment = parse_instant(instant, "UTC")
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(0), UTC)
    return Clock("simulated", moment)


class Begun(msgspec.Struct, frozen=True):
    """The clock that the database runs on, where a simulated one stands (UTC), and what a person should know."""

    mode: ClockMode
    stands_at: datetime | None = None
    remarks: tuple[str, ...] = ()


class Program(msgspec.Struct, frozen=True):
    """What runs on the servers.

    `serve` and `worker` are command lines; `begin(urls, wish)` makes the database ready for them
    and says which clock it runs on;
    `new_key()` makes an admin key; `fill(base_url, admin_key)` loads the sample data over HTTP; `let_in(urls, secret)`
    gives the token of a link that signs the first user in, or None.
    """

    serve: tuple[str, ...]
    worker: tuple[str, ...]
    begin: Callable[[Urls, "StackOptions"], Awaitable["Begun"]]
    new_key: Callable[[], str]
    fill: Callable[[str, str], Awaitable[None]]
    let_in: Callable[[Urls, str], Awaitable[str | None]]


class StackOptions(msgspec.Struct, frozen=True):
    """How the stack is to run; `port` 0 takes a free one and None the folder's own, `empty` leaves out the sample
    data, `arrival` is what the mail sink's 250 means (P1); the data of a run that is not `lasting` may be lost with the
    power."""

    data: Path
    port: int | None
    clock: Clock
    workers: int
    empty: bool
    arrival: SmtpArrival = "direct"
    lasting: bool = True


class Running(msgspec.Struct, frozen=True):
    """A stack that is ready; `stands_at` is where its clock stands, if that is a simulated one (UTC); `given_up` tells
    why, when a server cannot be kept running."""

    folder: DataFolder
    urls: Urls
    base_url: str
    admin_key: Secret
    stands_at: datetime | None
    board: str | None
    """Where the first user signs in, for a quarter of an hour."""
    given_up: asyncio.Future[str]


@contextlib.asynccontextmanager
async def running(program: Program, wish: StackOptions, tell: Tell) -> AsyncIterator[Running]:
    """Start everything, and stop everything at the end, also when starting is cancelled half-way.

    `tell` gets a line on what a person should know. Raises BadInput where the wish cannot be met (the
    folder or the port is in use), Unavailable where a part does not start. Call it on the main thread:
    the children end with the thread that starts them.
    """
    async with contextlib.AsyncExitStack() as closing:
        folder = DataFolder(wish.data)
        folder.create()
        closing.enter_context(held(folder))
        listening = closing.enter_context(_listening(folder, wish.port))
        port: int = listening.getsockname()[1]
        base_url = f"http://{HOST}:{port}"
        if not folder.postgres.exists() and not wish.empty:
            folder.sample_due.touch()
        servers = closing.enter_context(prepared(folder, settings=None if wish.lasting else FLEETING))
        kept = await _start_servers(servers, closing, tell)
        begun = await program.begin(servers.urls, wish)
        for remark in begun.remarks:
            tell(remark)
        sink = Sink(folder.mail, reader=servers.accounts.api)
        smtp_port = await sink.start()
        closing.push_async_callback(sink.stop)
        admin_key = _admin_key(folder, program.new_key)
        settings = _settings(servers, begun.mode, port, smtp_port, wish.arrival)
        api, *workers = _service(program, servers, settings, admin_key, wish.workers, listening.fileno(), tell)
        closing.push_async_callback(_stop_together, [api, *workers])
        for each in (api, *workers):
            await each.start()
        await api.ready(lambda _: _is_ready(port), API_TIMEOUT)
        folder.port.write_text(f"{port}\n", encoding="ascii")
        run = Run.of(servers.urls, pid=os.getpid(), base_url=base_url)
        closing.callback(folder.run.unlink, missing_ok=True)
        write_private(folder.run, msgspec.json.encode(run))
        if folder.sample_due.exists() and not wish.empty:
            folder.sample_due.unlink()
            await program.fill(base_url, admin_key)
        given_up = _first([each.given_up for each in (*kept, api, *workers)])
        token = await program.let_in(servers.urls, folder.read_secrets().secret_key)
        board = f"{base_url}/board/in/{token}" if token is not None else None
        yield Running(folder, servers.urls, base_url, admin_key, begun.stands_at, board, given_up)


async def _start_servers(servers: Servers, closing: contextlib.AsyncExitStack, tell: Tell) -> list[Keeper]:
    """PostgreSQL, then Redis; where there is none, what is due is found by sweeping PostgreSQL."""
    postgres = Keeper(servers.postgres, tell, essential=True)
    closing.push_async_callback(postgres.stop)
    await postgres.start()
    await postgres.ready(_asked(servers.postgres_ready), START_TIMEOUT)
    if servers.redis is None:
        tell("no redis-server was found: due work is picked up by the sweep in PostgreSQL alone")
        return [postgres]
    redis = Keeper(servers.redis, tell, essential=True)
    closing.push_async_callback(redis.stop, _HURRY)
    await redis.start()
    await redis.ready(_asked(servers.redis_ready), START_TIMEOUT)
    return [postgres, redis]


def _service(
    program: Program,
    servers: Servers,
    settings: dict[str, str],
    admin_key: Secret,
    workers: int,
    door: int,
    tell: Tell,
) -> list[Keeper]:
    """The API, then the workers; only the API is told the admin key and given the `door`, and each its own login."""
    urls, accounts = servers.urls, servers.accounts
    # Where they are others than we, neither our home nor the folder that we were started in need be open to them.
    elsewhere = {"HOME": "/"} if accounts.apart else {}

    def keeper(name: str, account: Account, argv: tuple[str, ...], own: Mapping[str, str], *keeps: int) -> Keeper:
        environ = surroundings({**settings, **own, **elsewhere})
        log = servers.folder.log(name)
        command = Command(
            name, argv, environ, log, stop=SIGTERM, orphan=SIGKILL, account=account.launch,
            folder=Path("/") if accounts.apart else None, keeps=keeps,
        )  # fmt: skip
        return Keeper(command, tell)

    serve = {
        "TERMIJN_DATABASE_URL": urls.api,
        "TERMIJN_ADMIN_KEY": admin_key,
        "TERMIJN_LISTEN_FD": str(door),
    }
    work = {"TERMIJN_DATABASE_URL": urls.worker}
    numbers = range(1, workers + 1)
    return [
        keeper("api", accounts.api, program.serve, serve, door),
        *(keeper(f"worker-{n}", accounts.worker, program.worker, work) for n in numbers),
    ]


def _settings(servers: Servers, mode: ClockMode, port: int, smtp_port: int, arrival: SmtpArrival) -> dict[str, str]:
    templates = servers.folder.templates
    return {
        **({"TERMIJN_TEMPLATES": str(templates)} if templates.is_dir() else {}),
        "TERMIJN_REDIS_URL": servers.urls.redis or "none",
        "TERMIJN_SMTP_URL": f"smtp://{HOST}:{smtp_port}",
        "TERMIJN_SMTP_ARRIVAL": arrival,
        "TERMIJN_BASE_URL": f"http://{HOST}:{port}",
        "TERMIJN_SECRET_KEY": servers.folder.read_secrets().secret_key,
        "TERMIJN_CLOCK": mode,
        "TERMIJN_HOST": HOST,
        "TERMIJN_PORT": str(port),
        "TERMIJN_MAIL_SINK": str(servers.folder.mail),
        # What of a trial its children do not get from us.
        **{name: text for name, text in os.environ.items() if name.startswith(_HANDED_ON)},
    }


def _admin_key(folder: DataFolder, new_key: Callable[[], str]) -> Secret:
    """The key in `admin.key`, made and written on first use."""
    try:
        return Secret(folder.admin_key.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        key = Secret(new_key())
        write_private(folder.admin_key, key.encode("ascii"))
        return key


@contextlib.contextmanager
def _listening(folder: DataFolder, wish: int | None) -> Iterator[socket.socket]:
    """A socket at the wished port, at the folder's own or the usual one, or with 0 at one that is free at this moment.

    It is taken before anything starts and held until everything stops, so two starts cannot both believe that they
    have it. Raises BadInput where it is taken.
    """
    port = (folder.read_port() or DEFAULT_PORT) if wish is None else wish
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
            door.listen(_BACKLOG)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            raise BadInput(f"port {port} cannot be used ({reason}): choose another with --port") from None
        yield door


async def _is_ready(port: int) -> bool:
    """Whether `GET /health/ready` answers 200."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        writer.write(f"GET /health/ready HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        status = await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
    return status.split()[1:2] == [b"200"]


def _asked(check: Callable[[int], bool]) -> Callable[[int], Awaitable[bool]]:
    """A check that needs no waiting, for a keeper, which awaits."""

    async def ask(pid: int) -> bool:
        return check(pid)

    return ask


async def _stop_together(keepers: list[Keeper]) -> None:
    await asyncio.gather(*(each.stop() for each in keepers))


def _first(futures: list[asyncio.Future[str]]) -> asyncio.Future[str]:
    """A future that has the result of whichever of these has one first."""
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def settle(future: asyncio.Future[str]) -> None:
        if not first.done() and not future.cancelled():
            first.set_result(future.result())

    for future in futures:
        future.add_done_callback(settle)
    return first
