"""`termijn demo`: the stack of `termijn up` on a simulated clock, and a whole year played on it."""

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from rich.console import Console

from db import clock
from db.queries import sql
from service.demo.cast import load_cast
from service.demo.model import Scene
from service.demo.outside import NotThere, Outside, client
from service.demo.play import play
from service.demo.scenes import SCENES
from service.demo.show import failures, table, watching
from service.up.folder import Urls, temporary_folder
from service.up.foreground import tell
from service.up.supervisor import stack
from workflows.engine.history import History, look
from workflows.errors import BadInput, TermijnError

CLOCK: Final = "simulated=2026-01-05T09:00:00Z"


async def demo(
    keep: Path | None,
    port: int,
    console: Console,
    scenes: Sequence[Scene] = SCENES,
    *,
    afterwards: Callable[[Urls], Awaitable[None]] | None = None,
) -> int:
    """Play the scenes in a folder of their own and show what happened; the exit status.

    0 when every check held, 1 when one did not or the stack failed, 2 where the folder or the port cannot
    be used. `keep` is the folder that stays, which must be new or empty; without it nothing is left behind.
    `afterwards` is done once the year is over, while its servers still run.
    """
    if keep is not None and _in_use(keep):
        tell(f"{keep} is not empty: the demo begins in a folder of its own")
        return 2
    folder = temporary_folder() if keep is None else keep
    asked = _signals()
    work = asyncio.create_task(_demo(folder, port, console, scenes, afterwards, lasting=keep is not None))
    asking = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({work, asking}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()  # once and no more: a second signal does not cut short an orderly stop
        return await work
    except asyncio.CancelledError:
        tell("stopped before the year was over")
        return 1
    except (NotThere, httpx.HTTPError, OSError, asyncpg.PostgresError) as error:
        tell(f"the demo cannot go on: {str(error) or type(error).__name__}")
        return 1
    except TermijnError as error:
        tell(error.detail)
        return 2 if isinstance(error, BadInput) else 1
    finally:
        asking.cancel()
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _demo(
    folder: Path,
    port: int,
    console: Console,
    scenes: Sequence[Scene],
    afterwards: Callable[[Urls], Awaitable[None]] | None,
    *,
    lasting: bool,
) -> int:
    cast = load_cast()
    async with stack(folder, port, CLOCK, lasting=lasting) as running, client(running.base_url) as http:
        outside = Outside(http, running.admin_key)
        with watching(console, scenes, cast) as watcher:
            played = await play(outside, cast, scenes, watcher)
        history, told = await _looked_back(running.urls.worker)
        if afterwards is not None:
            await afterwards(running.urls)
    console.print(table(played))
    wrong = list(failures(played))
    wrong += [f"the history is broken: {one}" for one in history.broken]
    wrong += [f"overdue for a day, and nobody was told: {one}" for one in told["late"]]
    for line in wrong:
        console.print(line, markup=False, highlight=False, soft_wrap=True, style="red")
    checks = 2 + sum(len(one.checks) for one in played)
    said = f"{checks - len(wrong)} of {checks} checks held in {len(played)} acts"
    seen = history.verified
    looked = f"the ledger was computed anew over {seen.events} events of {seen.subjects} subjects"
    people = f"{told['people']} people of the processors were told of {told['lines']} things in {told['mails']} mails"
    console.print(f"{said}; {looked}; {people}.", highlight=False, soft_wrap=True)
    return 1 if wrong else 0


async def _looked_back(dsn: str) -> tuple[History, Any]:
    """What `termijn check` finds, and whether anything was overdue for a day before a person was told."""
    connection = await asyncpg.connect(dsn, server_settings={"role": "termijn_worker", "timezone": "UTC"})
    try:
        now = await clock.now(connection)
        return await look(connection, now), await connection.fetchrow(sql("told_too_late"), now)
    finally:
        await connection.close()


def _in_use(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir())


def _signals() -> asyncio.Event:
    """An event that is set when somebody asks us to stop."""
    asked = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, asked.set)
    return asked
