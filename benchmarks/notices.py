"""Notices announced a second: one change carried to every agreement of a processor, by one worker."""

from benchmarks import plain
from benchmarks.field import Field, tidy, until_done
from benchmarks.figures import Figure
from benchmarks.holding import holds
from benchmarks.stage import Stage
from workflows.engine.engine import Engine
from workflows.reach.relay import AT_ONCE, carry_on


async def measure(stage: Stage, template: str, field: Field, keep: str) -> Figure:
    """Announce in a clone of `template`, which is kept as `keep`."""
    database = await stage.clone(keep, template)
    since = await plain.mark(stage, database)
    engine = Engine(arrival="direct")
    async with stage.pool(database, "termijn_worker", size=AT_ONCE) as pool:
        await stage.settle()
        with stage.watch() as used:
            await until_done(lambda: carry_on(pool, engine))
    async with stage.connect(database) as connection:
        count: int = await connection.fetchval("select count(*) from notice")
        await tidy(connection)
    await holds(stage, database)
    if count != field.agreements:
        raise RuntimeError(f"{count} notices came of {field.agreements} agreements")
    bare = count / (await plain.rewrite(stage, since, database, template)).wall
    return Figure(what=f"notices announced to {count:,}", count=count, used=used, beside="PostgreSQL", bare=bare)
