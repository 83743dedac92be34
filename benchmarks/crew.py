"""Processes of a run besides this one: started, spoken to through their standard streams, and ended with it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def process(
    folder: Path,
    module: str,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    python: Path = Path(sys.executable),
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m module arguments`, its log below `folder`; told to stop, or killed, on leaving.

    Where the work inside fails, the last lines of the log are shown.
    """
    log = folder / f"{module}.log"
    with log.open("ab") as errors:
        child = await asyncio.create_subprocess_exec(
            str(python), "-m", module, *arguments, cwd=ROOT, env={**os.environ, **(environ or {})},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    try:
        yield child
    except BaseException:
        print(*log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
        raise
    finally:
        if child.returncode is None:
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), 15)
            except TimeoutError:
                child.kill()
                await child.wait()


async def hear(child: asyncio.subprocess.Process) -> str:
    """The next line that it says. Raises RuntimeError where it ended instead."""
    assert child.stdout is not None
    line = (await child.stdout.readline()).decode().strip()
    if not line:
        raise RuntimeError(f"a process of the benchmark ended early, with status {await child.wait()}")
    return line


async def tell(child: asyncio.subprocess.Process, line: str) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{line}\n".encode())
    await child.stdin.drain()
