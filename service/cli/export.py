"""`termijn export`: a list as a file, all of it, read from the database.

Exit status: 0 done, 2 wrong use, or the database cannot be used.
"""

import asyncio
import contextlib
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, BinaryIO, Final
from uuid import UUID, uuid4

import asyncpg
import click
from litestar.handlers import HTTPRouteHandler

from db.session import PoolerError, PoolExhaustedError, connect_pool
from service.cli.import_ import database, one_processor
from service.http.auth import Caller
from service.http.cursors import Cursors
from service.http.list_files import FORMATS, listed, parts_of_list, pieces_of
from service.http.lists import LARGEST_LIMIT, read_query
from service.http.request_context import RequestContext
from service.http.routes import ROUTES
from service.http.routes.dev import TAGS as DEV_TAGS
from service.ledger_watermark import EverythingCommitted
from service.sheets.columns import columns_of
from workflows.engine.engine import Engine
from workflows.errors import BadInput, TermijnError

_ROLE: Final = "termijn_worker"


@click.command("export")
@click.argument("listing", metavar="LIST")
@click.option("--format", "format", type=click.Choice(list(FORMATS)), default="csv", show_default=True)
@click.option(
    "--filter", "filters", multiple=True, metavar="NAME=VALUE", help="As the API's list takes it; again for more."
)
@click.option("--processor", metavar="ID", help="Whose list it is: an id or a slug; needed with several.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Else standard output.")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR",
              help="A folder of `termijn up`; else TERMIJN_DATABASE_URL.")  # fmt: skip
def export_command(
    listing: str, format: str, filters: tuple[str, ...], processor: str | None, output: Path | None, data: Path | None
) -> None:
    """Write a list (agreements, customers, deadlines, …) as a file, as the API gives it to an auditor."""
    if output is None and format == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("A workbook is nothing for a terminal: name a file with --output.")
    try:
        with contextlib.ExitStack() as closing:
            into: BinaryIO = sys.stdout.buffer if output is None else closing.enter_context(_beside(output))
            asyncio.run(_export(listing, format, filters, processor, data, into))
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
        sys.exit(2)
    except (OSError, asyncpg.PostgresError, PoolExhaustedError, PoolerError) as error:
        click.echo(f"termijn: the list cannot be read or written: {error}", err=True)
        sys.exit(2)


@contextlib.contextmanager
def _beside(output: Path) -> Iterator[BinaryIO]:
    """A file that takes its name once it is whole; of a failure nothing is left."""
    made = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        with made.open("xb") as into:
            yield into
        made.replace(output)
    finally:
        made.unlink(missing_ok=True)


async def _export(
    listing: str, format: str, filters: Sequence[str], processor: str | None, data: Path | None, into: BinaryIO
) -> None:
    routes = _lists()
    if listing not in routes:
        raise BadInput(f"There is no list {listing[:60]!r}: known are {', '.join(sorted(routes))}.")
    known = {name: one for name, one in routes[listing].opt["query"].items() if name not in ("limit", "cursor")}
    asked = read_query("&".join(filters).encode(), known)
    async with database(data) as (url, pooler):
        try:
            pool = await connect_pool(url, _ROLE, size=1, pooler=pooler)
        except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError) as error:
            raise BadInput(
                f"The login of TERMIJN_DATABASE_URL may not act as {_ROLE}: name the one that the worker uses."
            ) from error
        try:
            await write_list(pool, await one_processor(pool, processor), listing, into, format=format, asked=asked)
        finally:
            await pool.close()


async def write_list(
    pool: asyncpg.Pool,
    processor: UUID,
    listing: str,
    into: BinaryIO,
    *,
    format: str,
    asked: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write all of a list of a processor, as its auditor is given it, into a file; `asked` are its filters."""
    handler = _lists()[listing]
    parts = SimpleNamespace(
        pool=pool, engine=Engine(), cursors=Cursors(secrets.token_hex()), watermark=EverythingCommitted()
    )

    async def part(cursor: str | None) -> bytes:
        wanted = {**asked, "limit": LARGEST_LIMIT, **({"cursor": cursor} if cursor is not None else {})}
        raw: bytes = (await handler.fn(call=_AuditorCall(parts, processor, wanted))).content
        return raw

    async for piece in pieces_of(parts_of_list(part), columns_of(listed(handler)), format, listing):
        into.write(piece)
    into.flush()


def _lists() -> dict[str, HTTPRouteHandler]:
    """Every list of the API by its address below it, but what is in no database."""
    found = [
        one
        for one in ROUTES
        if isinstance(one, HTTPRouteHandler) and "GET" in one.http_methods and one.tags != DEV_TAGS
    ]
    paths = {path.strip("/"): one for one in found for path in one.paths if "{" not in path}
    return {path: one for path, one in paths.items() if listed(one) is not None}


class _AuditorCall(RequestContext):
    """A list asked for without a request, by an auditor of one processor."""

    def __init__(self, parts: Any, processor: UUID, asked: Mapping[str, Any]) -> None:
        self.parts = parts
        caller = Caller(
            id=uuid4(), name="export", role="auditor", processor=processor, processors=(processor,), own=processor
        )
        self._state = {"caller": caller, "asked": asked}

    def _joined(self, name: str) -> str | None:
        del name
        return None
