"""Timers fired a second, by one worker process and by two: notices received, and windows closed in silence."""

from contextlib import AsyncExitStack

from benchmarks import plain
from benchmarks.crew import hear, process, tell
from benchmarks.field import tidy
from benchmarks.figures import Figure
from benchmarks.holding import holds
from benchmarks.stage import Database, Stage, Used


async def measure(stage: Stage, template: str, what: str, keep: str | None) -> list[Figure]:
    """Fire all that is due in a clone of `template`; the database after one process is kept as `keep`."""
    figures: list[Figure] = []
    bare = 0.0
    for workers in (1, 2):
        database = await stage.clone(f"bench_{workers}", template)
        since = await plain.mark(stage, database)
        fired, used = await fire(stage, database, workers)
        await holds(stage, database)
        if workers == 1:
            bare = fired / (await plain.rewrite(stage, since, database, template)).wall
            if keep:
                await stage.clone(keep, database.name)
                async with stage.connect(stage.database(keep)) as connection:
                    await tidy(connection)
        await stage.drop(database.name)
        say = f"{what}, {workers} worker{'s' if workers > 1 else ''}"
        figures.append(Figure(what=say, count=fired, used=used, beside="PostgreSQL", bare=bare))
    return figures


async def fire(stage: Stage, database: Database, workers: int) -> tuple[int, Used]:
    """Let so many processes sweep until nothing is due: how many timers fired, and what it took."""
    return await together(stage, workers, "benchmarks.sweeper", database.worker)


async def together(stage: Stage, several: int, module: str, *arguments: str) -> tuple[int, Used]:
    """Let so many processes of a module, each of which begins when told to, do all that there is: how much, and what it
    took."""
    async with AsyncExitStack() as closing:
        crew = [await closing.enter_async_context(process(stage.folder, module, *arguments)) for _ in range(several)]
        for child in crew:
            await hear(child)
        await stage.settle()
        with stage.watch(*(child.pid for child in crew)) as used:
            for child in crew:
                await tell(child, "go")
            done = sum([int(await hear(child)) for child in crew])
    return done, used
