"""Up to which event every transaction has ended: readers of the ledger stop there, so that none is skipped."""

from db.queries import sql
from db.session import Connection


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
