"""What the health checks of compose.yaml ask, from inside the container of the process they are about.

    python healthy.py api       its own `/health/ready` says yes
    python healthy.py worker    a worker of this machine spoke with PostgreSQL within the last minute

Ends with status 0 where all is well, else with 1 and a line of why. A worker has no port; but it looks for
work every second, and PostgreSQL knows when it last did. A login may see its own sessions.
"""

import asyncio
import os
import sys
import urllib.error
import urllib.request

import asyncpg

from db.session import called
from service.settings import Settings

SEEN = """
select exists (
    select from pg_stat_activity
    where usename = session_user and application_name = $1
        and state_change > clock_timestamp() - interval '1 minute')
"""


def api(settings: Settings) -> str:
    """Why the API is not ready; empty where it is."""
    url = f"http://127.0.0.1:{settings.port}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=4):
            return ""
    except urllib.error.HTTPError as error:
        return error.read(2000).decode("utf-8", "replace")
    except OSError as error:
        return f"no answer: {error}"


async def worker(settings: Settings) -> str:
    """Why the worker does not seem to work; empty where it does."""
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=4, command_timeout=4)
        try:
            seen = await connection.fetchval(SEEN, called("termijn_worker"))
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return f"the database cannot be asked: {type(error).__name__}"
    return "" if seen else "no worker of this machine has spoken with the database for a minute"


def main() -> None:
    """Check the part that the command line names."""
    match sys.argv[1:]:
        case ["api"]:
            wrong = api(Settings.load(os.environ, ()))
        case ["worker"]:
            wrong = asyncio.run(worker(Settings.load(os.environ, ("database_url",))))
        case _:
            wrong = "say which: api or worker"
    if wrong:
        sys.exit(wrong)


if __name__ == "__main__":
    main()
