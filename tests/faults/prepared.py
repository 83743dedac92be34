"""What processes of the last release have prepared, and whether it still holds once today's migrations are applied.
Part of `make last`:

    python -m tests.faults.prepared FOLDER      where the last release lies

A statement that was prepared for columns of before fails where it would answer others now, and whoever read is undone.
Exit 1 where there is one that `KNOWN` does not name.
"""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import asyncpg

from db.migrate import migrate
from service.up.embedded import start_servers
from service.up.folder import temporary_folder
from tests.databases import HASTY, MEMORY

KNOWN: Final = frozenset(("list_processors", "read_processor"))
"""Those that answer the whole row of a processor, which got columns: only a table of its own would have spared them."""

_BLOCKS: Final = "import json; from db.queries import blocks; print(json.dumps(dict(blocks())))"


async def described(dsn: str, blocks: dict[str, str]) -> dict[str, Any]:
    """What each statement answers, by the names and types of its columns."""
    connection = await asyncpg.connect(dsn, server_settings={"role": "termijn_worker"}, statement_cache_size=0)
    found: dict[str, Any] = {}
    for name, text in blocks.items():
        try:
            statement = await connection.prepare(text)
            found[name] = [(column.name, column.type.oid) for column in statement.get_attributes()]
        except asyncpg.PostgresError as error:
            found[name] = str(error)
    await connection.close()
    return found


async def altered(owner: str, worker: str, last: Path) -> list[str]:
    """What does not hold, each in a line."""
    environ = {**os.environ, "PYTHONPATH": str(last), "TERMIJN_DATABASE_URL": owner}
    for words in (["-m", "service.cli.main", "migrate"], ["-c", _BLOCKS]):
        ran = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=last, env=environ, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await ran.communicate()
        assert ran.returncode == 0, words
    blocks = json.loads(said)
    before = await described(worker, blocks)
    await migrate(owner)
    after = await described(worker, blocks)
    assert before, "there are statements"
    return [
        f"{name}: answers {after[name]} where it answered {before[name]}"
        for name in blocks
        if before[name] != after[name] and name not in KNOWN
    ]


def main() -> None:
    folder = temporary_folder(MEMORY)
    servers = start_servers(folder / "data", settings=HASTY)
    try:
        wrong = asyncio.run(altered(servers.urls.owner, servers.urls.worker, Path(sys.argv[1]).resolve()))
    finally:
        servers.stop()
        shutil.rmtree(folder)
    for one in wrong:
        print(f"what the last release prepared fails: {one}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
