"""`termijn up`: the stack of `stack.py` with this program in it."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg

from db import clock as db_clock
from db.migrate import MigrationError, migrate
from db.queries import sql
from service.keys import new_key
from service.mail.texts.shelf import load_shelf
from service.mail.texts.texts import TextsError
from service.people.sign_in import make_link, sign_in_token
from service.people.users import NewUser, create_user
from service.settings import SmtpArrival
from service.up import sample
from service.up.folder import DataFolder, Urls
from service.up.foreground import foreground, tell
from service.up.stack import Begun, Program, Running, StackOptions, read_clock, running
from workflows.errors import BadInput, Unavailable
from workflows.words import SOURCE

DEFAULT_DATA: Final = Path("termijn-data")
_FIRST: Final = NewUser(name="Admin", email="admin@localhost", role="admin", language=SOURCE)
"""Whom a folder without users lets in. The mail sink is where links to that address arrive."""


async def up(
    data: Path | None, port: int | None, clock: str, workers: int, empty: bool, arrival: SmtpArrival = "direct"
) -> int:
    """Run the stack until a signal ends it; the exit status of `termijn up`, as `foreground` gives it."""
    try:
        wish = StackOptions(data or DEFAULT_DATA, port, read_clock(clock), workers, empty, arrival)
    except BadInput as error:
        tell(error.detail)
        return 2
    templates = DataFolder(wish.data).templates
    try:
        load_shelf(templates if templates.is_dir() else None)
    except TextsError as error:
        tell(str(error))
        return 2
    return await foreground(_PROGRAM, wish)


@contextlib.asynccontextmanager
async def stack(data: Path, port: int, clock: str, *, lasting: bool) -> AsyncIterator[Running]:
    """The whole stack without sample data, ready, for as long as the block lasts; `clock` as in `read_clock`, `lasting`
    as in `StackOptions`.

    Raises as `service.up.stack.running`; what a person should know goes to standard error.
    """
    wish = StackOptions(data, port, read_clock(clock), 1, empty=True, lasting=lasting)
    async with running(_PROGRAM, wish, tell) as ready:
        yield ready


async def _begin(urls: Urls, wish: StackOptions) -> Begun:
    """Bring the database to this version, and set its clock."""
    try:
        await migrate(urls.owner)
        connection = await asyncpg.connect(urls.owner)
        try:
            return await set_clock(connection, wish)
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, MigrationError) as error:
        raise Unavailable(f"the database could not be brought to this version: {error}") from error


async def _let_in(urls: Urls, secret: str) -> str | None:
    """A sign-in link for the admin that a folder without users is given; None where its users have no admin."""
    async with contextlib.AsyncExitStack() as closing:
        connection = await asyncpg.connect(urls.worker, server_settings={"role": "termijn_worker", "timezone": "UTC"})
        closing.push_async_callback(connection.close)
        await closing.enter_async_context(connection.transaction())
        if not await connection.fetchval(sql("any_user")):
            await create_user(connection, _FIRST, await db_clock.now(connection))
        admin = await connection.fetchval(sql("first_admin"))
        return sign_in_token(secret, await make_link(connection, admin, None)) if admin is not None else None


async def set_clock(connection: asyncpg.Connection, wish: StackOptions) -> Begun:
    """Set the clock of a folder as it is wished, and say what of the wish it does not do.

    Raises BadInput where a folder that is in use runs on the other clock: time goes back for nobody.
    """
    kept, used = await db_clock.mode(connection), await connection.fetchval(sql("any_processor"))
    mode = wish.clock.mode or kept
    if kept != mode and (used or kept == "simulated"):
        whose = "a simulated clock" if kept == "simulated" else "the system's clock"
        raise BadInput(f"this folder runs on {whose}: leave out --clock, or choose another folder with --data")
    at = await db_clock.start(connection, mode, wish.clock.starts_at)
    remarks = []
    if at is not None and wish.clock.starts_at is not None and wish.clock.starts_at < at:
        stands = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        remarks.append(f"this folder's clock stands at {stands} and goes on from there: it never goes back")
    if wish.empty and used:
        remarks.append("this folder is in use: --empty takes nothing out of it")
    return Begun(mode, at, tuple(remarks))


def _command(name: str) -> tuple[str, ...]:
    """Without the folder that we are in on the path of imports: it may hold modules of the same names."""
    return (sys.executable, "-P", "-m", "service.cli.main", name)


_PROGRAM: Final = Program(
    serve=_command("serve"),
    worker=_command("worker"),
    begin=_begin,
    new_key=new_key,
    fill=sample.load,
    let_in=_let_in,
)
