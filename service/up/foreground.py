"""A stack in the foreground of a terminal: one line when it is ready, signals, and an exit status."""

import asyncio
import signal
import sys

from service.up.stack import Program, StackOptions, running
from workflows.errors import BadInput, TermijnError


async def foreground(program: Program, wish: StackOptions) -> int:
    """Run the stack until SIGINT, SIGTERM or SIGHUP, and give the exit status.

    0 when it was asked to stop, 1 when a part does not start or cannot be kept running, 2 when the
    folder or the port cannot be used. Standard output gets the line `ready …`, standard error the reason.
    """
    asked = _signals()
    work = asyncio.create_task(_run(program, wish))
    asking = asyncio.create_task(asked.wait())
    await asyncio.wait({work, asking}, return_when=asyncio.FIRST_COMPLETED)
    work.cancel()  # once and no more: a second signal does not cut short an orderly stop
    asking.cancel()
    try:
        return await work
    except asyncio.CancelledError:
        return 0
    except TermijnError as error:
        tell(error.detail)
        return 2 if isinstance(error, BadInput) else 1


def tell(line: str) -> None:
    """Say something to the person at the terminal."""
    print(f"termijn: {line}", file=sys.stderr, flush=True)


async def _run(program: Program, wish: StackOptions) -> int:
    async with running(program, wish, tell) as ready:
        clock = f"  simulated clock at {ready.stands_at:%Y-%m-%dT%H:%M:%SZ}" if ready.stands_at is not None else ""
        print(f"ready {ready.base_url}  admin key {ready.admin_key}{clock}", flush=True)
        if ready.board is not None:
            print(f"board {ready.board}", flush=True)
        tell(await ready.given_up)
    return 1


def _signals() -> asyncio.Event:
    """An event that is set when somebody asks us to stop."""
    asked = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each is signal.SIGHUP and signal.getsignal(each) is signal.SIG_IGN:
            continue  # started by nohup, to outlive its terminal
        asyncio.get_running_loop().add_signal_handler(each, asked.set)
    return asked
