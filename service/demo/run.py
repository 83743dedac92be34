"""`termijn demo`: the stack of `termijn up` on a simulated clock, and a whole year played on it."""

import asyncio
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console

from service.demo.cast import load_cast
from service.demo.model import Scene
from service.demo.outside import NotThere, Outside, client
from service.demo.play import play
from service.demo.scenes import SCENES
from service.demo.show import failures, table, watching
from service.up.folder import temporary_folder
from service.up.foreground import tell
from service.up.supervisor import stack
from workflows.errors import BadInput, TermijnError

CLOCK: Final = "simulated=2026-01-05T09:00:00Z"


async def demo(keep: Path | None, port: int, console: Console, scenes: Sequence[Scene] = SCENES) -> int:
    """Play the scenes in a folder of their own and show what happened; the exit status.

    0 when every check held, 1 when one did not or the stack failed, 2 where the folder or the port cannot
    be used. `keep` is the folder that stays, which must be new or empty; without it nothing is left behind.
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        tell(f"{keep} is not empty: the demo begins in a folder of its own")
        return 2
    folder = temporary_folder() if keep is None else keep
    work = asyncio.create_task(_demo(folder, port, console, scenes))
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        tell("stopped before the year was over")
        return 1
    except (NotThere, httpx.HTTPError) as error:
        tell(f"the demo cannot go on: {str(error) or type(error).__name__}")
        return 1
    except TermijnError as error:
        tell(error.detail)
        return 2 if isinstance(error, BadInput) else 1
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _demo(folder: Path, port: int, console: Console, scenes: Sequence[Scene]) -> int:
    cast = load_cast()
    async with stack(folder, port, CLOCK, 1, True) as running, client(running.base_url) as http:
        outside = Outside(http, running.admin_key)
        with watching(console, scenes, cast) as watcher:
            played = await play(outside, cast, scenes, watcher)
    console.print(table(played))
    checks = [check for one in played for check in one.checks]
    wrong = list(failures(played))
    for line in wrong:
        console.print(line, markup=False, highlight=False, soft_wrap=True, style="red")
    held = len(checks) - len(wrong)
    console.print(f"{held} of {len(checks)} checks held in {len(played)} acts.", highlight=False)
    return 1 if wrong else 0
