"""The app factory: the API and the pages, wired to their database, clock and doorbell. And `termijn serve`."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import uvicorn
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsPlugin
from redis.asyncio import Redis

from db.queries import sql
from db.session import connect_pool, transaction
from service import logs
from service.beside import Beside
from service.board.door import astray
from service.board.routes import BOARD
from service.certificate.sealing import seal_of
from service.collector import leave_alone
from service.doorbell import Doorbell
from service.files.objects import Objects
from service.files.store import Files
from service.http import docs, health
from service.http.auth import authenticate, in_order
from service.http.cursors import Cursors
from service.http.decode import LARGEST_BODY, Strict, StrictRequest
from service.http.door import Door
from service.http.external_ids import resolve
from service.http.hosts import Hosts
from service.http.hours import Hours
from service.http.limits import Limiter
from service.http.list_files import as_file
from service.http.middleware import Arrival, Edge, Metrics, note_undone
from service.http.problems import as_problem
from service.http.reads import record_reads
from service.http.request_context import check_query, make_call
from service.http.routes import ROUTES, dev, feed, imports
from service.http.services import Arrivals, Periodic, Services
from service.keys import KeyBook, insert_admin_key
from service.ledger_watermark import LedgerWatermark
from service.library import load_library
from service.pages.published import as_published
from service.pages.routes import routes as pages
from service.people.oidc import Provider
from service.settings import Settings
from service.standby import old_reads
from service.tracing import collected
from service.webhooks.sending import SendConfig, Sender
from workflows.engine.engine import Engine

log = logging.getLogger(__name__)

API = "/api/v1"
BEAT_SECONDS = 5.0
CALIBRATE_SECONDS = 30.0
FINISH_SECONDS = 20
"""How long requests under way have to finish when the service is told to stop."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(settings: Settings) -> Litestar:
    """The whole service for one deployment; its parts are made when it starts and let go when it stops."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with running(settings) as parts:
            app.state.parts = parts
            yield

    return at_the_edge(routed_app(lifespan), settings)


def routed_app(lifespan: Lifespan) -> Litestar:
    """All routes, of no deployment yet: `lifespan` leaves the parts of one in the app's state."""
    return Litestar(
        route_handlers=[
            Router(
                API,
                route_handlers=list(ROUTES),
                guards=[in_order(check_query, resolve, record_reads)],
                before_request=as_file,
                dto=Strict,
                return_dto=None,
            ),
            health.check_live,
            health.check_ready,
            health.read_metrics,
            *docs.ROUTES,
            *dev.PAGES,
            *feed.PUBLIC,
            *pages,
            BOARD,
        ],
        guards=[authenticate],
        middleware=[Arrival()],
        after_exception=[note_undone],
        dependencies={"call": Provide(make_call)},
        request_class=StrictRequest,
        request_max_body_size=LARGEST_BODY,
        lifespan=[lifespan],
        openapi_config=None,
        exception_handlers={NotFoundException: astray, MethodNotAllowedException: astray},
        plugins=[ProblemDetailsPlugin(ProblemDetailsConfig(exception_to_problem_detail_map={Exception: as_problem}))],
        logging_config=None,
        debug=False,
    )


def at_the_edge(app: Litestar, settings: Settings) -> Litestar:
    """The app behind what happens to every request, with counters of its own."""
    app.state.metrics = Metrics()
    hosts = Hosts(settings.base_url, settings.hosts)
    https = settings.base_url.startswith("https:")
    app.asgi_handler = Edge(app.asgi_handler, app.state.metrics, hosts, https=https)
    return app


class Readers:
    """The processes beside the event loop: one for what strangers send, one for imports."""

    def __init__(self) -> None:
        self.beside = Beside()
        self.importing = Beside(seconds=imports.SECONDS, memory=imports.MEMORY)

    async def close(self) -> None:
        await self.beside.close()
        await self.importing.close()


@contextlib.asynccontextmanager
async def running(
    settings: Settings, connected: asyncpg.Pool | None = None, readers: Readers | None = None
) -> AsyncIterator[Services]:
    """Everything that requests share, with the heartbeat that says so; `connected` and `readers` stay at the end."""
    async with contextlib.AsyncExitStack() as closing:
        pool = connected or await connect_pool(settings.database_url, "termijn_api", pooler=settings.database_pooler)
        if pool is not connected:
            closing.push_async_callback(pool.close)
        doorbell = Doorbell(settings.redis_url)
        closing.push_async_callback(doorbell.close)
        redis = _redis(settings, closing)
        await load_library(pool)
        if settings.admin_key:
            await insert_admin_key(pool, settings.admin_key)
        readers_here = readers or Readers()
        if readers is None:
            closing.push_async_callback(readers_here.close)
        replica = str(settings.database_replica_url)
        reads = await closing.enter_async_context(old_reads(pool, replica, settings.database_replica_lag))
        arrivals = Arrivals(pool)
        await arrivals.calibrate()
        periodic = (
            Periodic("heartbeat", BEAT_SECONDS, lambda: _beat(pool)),
            Periodic("clock", CALIBRATE_SECONDS, arrivals.calibrate, done=True),
        )
        parts = Services(
            settings=settings,
            pool=pool,
            engine=Engine(arrival=settings.smtp_arrival),
            doorbell=doorbell,
            arrivals=arrivals,
            old_reads=reads,
            keys=KeyBook(pool),
            cursors=Cursors(settings.secret_key),
            redis=redis,
            watermark=LedgerWatermark(),
            periodic=periodic,
            files=Files(pool, Objects.of(settings)),
            reads=Hours(),
            limiter=Limiter(settings, redis),
            beside=readers_here.beside,
            importing=readers_here.importing,
            provider=Provider.of(settings),
            sender=Sender(SendConfig.of(settings)),
            public_page=as_published,
            seal=seal_of(settings),
        )
        for one in periodic:
            closing.push_async_callback(_end, asyncio.create_task(one.keep()))
        yield parts


def serve(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C; requests under way are answered first."""
    logs.configure(settings.logs)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=Door,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Nothing here depends on the caller's address, so nobody's word for it is taken.
        proxy_headers=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    door = None if settings.listen_fd is None else [socket.socket(fileno=settings.listen_fd)]
    leave_alone()
    with collected(settings, "termijn-api"), contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(door)


async def _beat(pool: asyncpg.Pool) -> None:
    async with transaction(pool) as connection:
        await connection.execute(sql("heartbeat"))


def _redis(settings: Settings, closing: contextlib.AsyncExitStack) -> Redis | None:
    if settings.redis_url is None:
        return None
    client: Redis = Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1)
    closing.push_async_callback(client.aclose)
    return client


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
