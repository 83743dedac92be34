"""`termijn import`: customers, contacts and agreements from a CSV file or a workbook, all of it or none.

Exit status: 0 done, 1 the database cannot be reached, 2 wrong use or bad input, each line named.
"""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import asyncpg
import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from db.queries import sql
from db.session import Pooler, PoolerError, PoolExhaustedError, connect_pool, transaction
from service.importing.headings import Mapping
from service.importing.load import Done, ImportOptions, load_file
from service.importing.mapping_file import read_mapping
from service.importing.sheet import SEPARATORS
from service.importing.writing import Progress as Shown
from service.settings import Settings
from service.up.embedded import servers_of
from workflows.engine.engine import Engine
from workflows.errors import BadInput, TermijnError, Unavailable

SHOWN: Final = 100
"""Lines that are told one by one; of more, the number."""
_ROLE: Final = "termijn_worker"
_LEFT: Final = {
    "told": " (left: the customer was told of it)",
    "merged": " (left: the customer was merged into another)",
}
"""Why a row stayed that an update does not change either."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv|FILE.xlsx")
@click.option("--terms", required=True, metavar="ID", help="The terms of its agreements.")
@click.option("--processor", metavar="ID", help="Whose customers they are: an id or a slug; needed with several.")
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.toml",
              help="What other headings and words mean.")  # fmt: skip
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A heading to leave out; may be given again.")
@click.option("--encoding", metavar="NAME", help="Such as mac_roman, where it is not UTF-8, UTF-16 or Windows-1252.")
@click.option("--separator", type=click.Choice(list(SEPARATORS)), help="Where the heading leaves it open.")
@click.option("--sheet", metavar="NAME", help="Which sheet of a workbook, where several hold something.")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR",
              help="A folder of `termijn up`; else TERMIJN_DATABASE_URL.")  # fmt: skip
@click.option("--update", is_flag=True, help="Change what has its number on record where the file says otherwise.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
def import_command(
    file: Path,
    terms: str,
    processor: str | None,
    mapping: Path | None,
    ignore: tuple[str, ...],
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
    data: Path | None,
    update: bool,
    dry_run: bool,
) -> None:
    """Load customers, contacts and agreements from CSV or a workbook: all of it, or nothing where a line is wrong."""
    try:
        wish = ImportOptions(
            raw=_read(file),
            terms=terms,
            mapping=Mapping() if mapping is None else read_mapping(_read(mapping), mapping.name),
            ignore=ignore,
            encoding=encoding,
            separator=None if separator is None else SEPARATORS[separator],
            sheet=sheet,
            update=update,
            dry_run=dry_run,
        )
        done = asyncio.run(_import(wish, processor, data))
    except TermijnError as error:
        _tell(file.name, error)
        sys.exit(1 if isinstance(error, Unavailable) else 2)
    except (OSError, asyncpg.PostgresError, PoolExhaustedError, PoolerError) as error:
        click.echo(f"termijn: the database cannot be used: {error}; nothing was loaded", err=True)
        sys.exit(1)
    for line in (*_summary(done, dry_run), *_changed(done, update=update)):
        click.echo(line)


async def _import(wish: ImportOptions, processor: str | None, data: Path | None) -> Done:
    async with database(data) as (url, pooler):
        try:
            pool = await connect_pool(url, _ROLE, size=1, pooler=pooler)
        except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError) as error:
            raise BadInput(
                f"The login of TERMIJN_DATABASE_URL may not act as {_ROLE}: name the one that the worker uses."
            ) from error
        try:
            with _progress() as progress:
                return await load_file(pool, Engine(), await one_processor(pool, processor), wish, progress)
        finally:
            await pool.close()


@contextlib.asynccontextmanager
async def database(data: Path | None) -> AsyncIterator[tuple[str, Pooler]]:
    """The worker's database address and what stands before it: of a data folder, running or not, or of the settings."""
    if data is None:
        if not os.environ.get("TERMIJN_DATABASE_URL") and not os.environ.get("TERMIJN_DATABASE_URL_FILE"):
            raise BadInput("Name the database: --data DIR for a folder of `termijn up`, or TERMIJN_DATABASE_URL.")
        settings = Settings.load(os.environ, ("database_url",))
        yield settings.database_url, settings.database_pooler
        return
    async with servers_of(data) as urls:
        yield urls.worker, "none"


async def one_processor(pool: asyncpg.Pool, wanted: str | None) -> UUID:
    """The processor that was named, or the only one.

    Raises BadInput with the list of them where there is a choice to make.
    """
    async with transaction(pool, readonly=True) as connection:
        ids = await connection.fetchval(sql("all_processors"))
        found = [row for one in ids for row in await connection.fetch(sql("read_processor"), ids, one)]
    if wanted is None and len(found) == 1:
        only: UUID = found[0]["id"]
        return only
    for row in found:
        if wanted is not None and wanted.casefold() in (str(row["id"]), row["slug"].casefold()):
            named: UUID = row["id"]
            return named
    if not found:
        raise BadInput("There is no processor yet whose customers these could be: make one first (POST /processors).")
    listed = "; ".join(f"{row['id']} ({row['slug']})" for row in found)
    said = "There are several processors" if wanted is None else f"There is no processor {wanted[:60]!r}"
    raise BadInput(f"{said}; name one with --processor: {listed}.")


@contextlib.contextmanager
def _progress() -> Iterator[Shown]:
    """A bar for each step, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: Literal["check", "load"], done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(_STEPS[step], total=total)
            bars.update(tasks[step], completed=done)

        yield show


_STEPS: Final[dict[Literal["check", "load"], str]] = {"check": "checking", "load": "loading"}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None


_OPTION: Final = re.compile(r"`(terms|sheet|encoding|separator|mapping|ignore)`")
_AS_OPTION: Final = r"--\1"
"""What is asked for beside the file has the name of its option here."""


def _tell(name: str, error: TermijnError) -> None:
    """Every place that is wrong, one a line, and what came of it."""
    problems = error.problems if isinstance(error, BadInput) else ()
    for problem in problems[:SHOWN]:
        click.echo(f"{name}: {problem.path}: {_OPTION.sub(_AS_OPTION, problem.message)}", err=True)
    if len(problems) > SHOWN:
        click.echo(f"{name}: … and {len(problems) - SHOWN:,} more places", err=True)
    click.echo(f"termijn: {_OPTION.sub(_AS_OPTION, error.detail)}", err=True)


def _summary(done: Done, dry_run: bool) -> Iterator[str]:
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(done.agreements.items()))
    agreements = sum(done.agreements.values())
    verb = "would load" if dry_run else "loaded"
    yield (
        f"{verb} {_count(done.customers, 'customer')} and {_count(agreements, 'agreement')}"
        + (f" ({states})" if states else "")
        + ("; nothing was written" if dry_run else "")
    )
    if done.there_already:
        yield f"{_count(done.there_already, 'agreement')} on record already, as the file has it: left as it is"
    if done.repeated:
        yield f"{_count(done.repeated, 'row')} repeated an earlier one word for word"
    if done.sample:
        yield f"read as Windows-1252, such as {done.sample!r}: if that is wrong, name the file's --encoding"
    for written, times in sorted(done.endless.items()):
        yield f"{written!r} was read as no end, {times:,} {'time' if times == 1 else 'times'}"
    if ended := done.agreements.get("terminated"):
        yield (
            f"{_count(ended, 'agreement')} ended before today: once a worker runs, contacts are told of the end and "
            "the plan for the data waits for approval"
        )
    if done.unbound:
        yield (
            "no date on which they were bound to the same duties, so the gate says no to them until it is entered "
            f"(bound_on): {', '.join(done.unbound)}"
        )


def _changed(done: Done, *, update: bool) -> Iterator[str]:
    """What the file says otherwise than records that it names by number."""
    if not done.changed:
        return
    said = "changed where they may still be" if update else "left as they are (--update changes them)"
    yield f"{_count(done.changed, 'row')} otherwise than on record: {said}"
    rows = [one for one in done.rows if one.fields]
    for row in rows[:SHOWN]:
        for one in row.fields:
            why = _LEFT.get(one.left or "", "")
            yield f"  line {row.line}, {one.field}: {one.was or 'nothing'} -> {one.now or 'nothing'}{why}"
    if len(rows) > SHOWN:
        yield f"  … and {len(rows) - SHOWN:,} more rows"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
