"""`termijn up`: the stack of `stack.py` with this program in it."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg

from db import clock as db_clock
from db.migrate import MigrationChangedError, migrate
from service.keys import new_key
from service.mail.texts.shelf import load_shelf
from service.mail.texts.texts import TextsError
from service.settings import ClockMode, SmtpArrival
from service.up import sample
from service.up.folder import DataFolder, Urls
from service.up.foreground import foreground, tell
from service.up.stack import Clock, Program, Running, StackOptions, read_clock, running
from workflows.errors import BadInput, Unavailable

DEFAULT_DATA: Final = Path("termijn-data")
DEFAULT_PORT: Final = 8400


async def up(
    data: Path | None, port: int, clock: str, workers: int, empty: bool, arrival: SmtpArrival = "direct"
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
async def stack(data: Path, port: int, clock: str, workers: int, empty: bool) -> AsyncIterator[Running]:
    """The whole stack, ready, for as long as the block lasts; `clock` as in `read_clock`.

    Raises as `service.up.stack.running`; what a person should know goes to standard error.
    """
    async with running(_PROGRAM, StackOptions(data, port, read_clock(clock), workers, empty), tell) as ready:
        yield ready


async def _begin(urls: Urls, clock: Clock) -> ClockMode:
    """Bring the database to this version, and set its clock; the mode it runs in.

    Raises BadInput where the folder's clock is a simulated one and the system's is asked for: time goes back
    for nobody.
    """
    try:
        await migrate(urls.owner)
        connection = await asyncpg.connect(urls.owner)
        try:
            kept = await db_clock.mode(connection)
            if kept == "simulated" and clock.mode == "system":
                raise BadInput(
                    "this folder runs on a simulated clock: leave out --clock, or choose another folder with --data"
                )
            mode = clock.mode or kept
            await db_clock.start(connection, mode, clock.starts_at)
            return mode
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, MigrationChangedError) as error:
        raise Unavailable(f"the database could not be brought to this version: {error}") from error


def _command(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "service.cli.main", name)


_PROGRAM: Final = Program(
    serve=_command("serve"),
    worker=_command("worker"),
    begin=_begin,
    new_key=new_key,
    fill=sample.load,
)
