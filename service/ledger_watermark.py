"""Up to which event every transaction has ended: readers of the ledger stop there, so that none is skipped."""

import asyncio
import time

from db.queries import sql
from db.session import Connection
from workflows.errors import Unavailable

_AGAIN = 0.02
_PATIENCE = 2.0
"""How long a reader waits, in seconds, where nothing was ever settled in this process; commands end sooner."""


class LedgerWatermark:
    """Remembers, in one process, up to which event all is settled.

    Places in the ledger are given out before their transactions commit, and not in the order of those
    transactions' numbers: one that had its number first may write its event last. So the last event seen is
    settled only once every transaction has ended that had begun by then; forgetting this costs a look more.
    """

    def __init__(self) -> None:
        self.settled = 0
        self._asked: tuple[int, int] | None = None
        """The last event at an earlier look, and a transaction that is younger than all that had begun by then."""

    async def look(self, connection: Connection) -> int:
        """Look again, in two statements of a transaction that reads what is committed; the last settled event."""
        last: int = await connection.fetchval(sql("last_event"))
        if last <= self.settled:
            return self.settled
        row = await connection.fetchrow(sql("settling"))
        assert row is not None
        if self._asked is not None and row["oldest"] >= self._asked[1]:
            self.settled, self._asked = max(self.settled, self._asked[0]), None
        if row["oldest"] >= row["mine"]:
            self.settled, self._asked = last, None
        elif self._asked is None:
            self._asked = (last, row["mine"])
        return self.settled

    async def shown(self, connection: Connection) -> int:
        """`look` for somebody who asks once, and to whom nothing would mean that nothing happened.

        A process that has just begun knows of no earlier look, so it waits for what is under way; raises Unavailable
        where that takes longer than two seconds.
        """
        patience = time.monotonic() + _PATIENCE
        while not (settled := await self.look(connection)) and await connection.fetchval(sql("last_event")):
            if time.monotonic() > patience:
                raise Unavailable(
                    "What happened is not shown while it is being written down; ask again.", retry_after=5
                )
            await asyncio.sleep(_AGAIN)
        return settled


class EverythingCommitted:
    """For one reader who comes back to no place: all that was committed at the first look."""

    def __init__(self) -> None:
        self._last: int | None = None

    async def shown(self, connection: Connection) -> int:
        """The last event that was there when this was asked first."""
        if self._last is None:
            self._last = await connection.fetchval(sql("last_event"))
        return self._last
