"""How the owner of the database forges a ledger, triggers off, and makes it fit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from tests.mail.conftest import SECRET
from workflows.engine.roots import leaves_of, root_of
from workflows.engine.verify import Verified, verify
from workflows.ledger.chain import link
from workflows.ledger.merkle import GENESIS, Exported, Tree, chained, sign


@dataclass(frozen=True)
class Ledger:
    """Three days of an agreement whose customer objected, two of them under a root, and a forger at the database."""

    admin: asyncpg.Connection
    agreement: UUID
    notice: UUID
    other: UUID
    """A subprocessor that nobody ever said yes to."""
    exported: list[Exported]
    now: datetime

    async def verify(self, *, secret: str | None = SECRET, exported: bool = False) -> Verified:
        return await verify(self.admin, secret=secret, exported=self.exported if exported else (), now=self.now)

    async def do(self, statement: str, *values: Any) -> None:
        done = await self.admin.execute(statement, *values)
        assert done.split()[-1] != "0", f"{statement}: nothing was forged"


Forgery = Callable[[Ledger], Awaitable[None]]


def statement(text: str, *names: str) -> Forgery:
    """One statement; `names` are what its parameters are of the ledger."""

    async def forge(ledger: Ledger) -> None:
        await ledger.do(text, *(getattr(ledger, name) for name in names))

    return forge


async def rechain(ledger: Ledger, subject: UUID) -> None:
    """Numbers, links, hashes and the head of a subject made to fit what is left of its events."""
    previous, seq = GENESIS, 0
    for row in await ledger.admin.fetch("select id, seq, body from event where subject_id = $1 order by seq", subject):
        seq += 1
        body = row["body"].replace(f'"seq":{row["seq"]},', f'"seq":{seq},', 1)
        digest = link(previous, seq, body)
        await ledger.do(
            "update event set seq = $2, body = $3, previous = $4, hash = $5 where id = $1",
            row["id"], seq, body, previous, digest,
        )  # fmt: skip
        if seq != row["seq"]:
            move = "update personal set seq = $3 where subject_id = $1 and seq = $2"
            await ledger.admin.execute(move, subject, row["seq"], seq)
        previous = digest
    state = msgspec.json.decode(body)["after"]
    await ledger.do(
        "update subject set version = $2, head = $3, state = $4 where id = $1", subject, seq, previous, state
    )


async def reroot(ledger: Ledger, secret: str | None) -> None:
    """Every root made anew over what is left; without the secret their signatures are noise."""
    last = None
    for row in await ledger.admin.fetch("select * from ledger_root order by number"):
        async with ledger.admin.transaction():
            leaves = await leaves_of(ledger.admin, row["processor_id"], row["from_tx"], row["to_tx"])
        if not leaves:
            await ledger.do("delete from ledger_root where number = $1", row["number"])
            continue
        one = msgspec.structs.replace(
            root_of(row), events=len(leaves), root=Tree(leaves).root, previous=chained(last) if last else GENESIS
        )
        signature = sign(secret, one) if secret is not None else b"\x01" * 32
        await ledger.do(
            "update ledger_root set events = $2, root = $3, previous = $4, signature = $5 where number = $1",
            one.number, one.events, one.root, one.previous, signature,
        )  # fmt: skip
        last = one


async def cut(ledger: Ledger, events: int, *, row: bool = True) -> None:
    """The last events of the agreement gone, their personal parts with them, its `row` put back to fit."""
    last = "(select id, seq from event where subject_id = $1 order by seq desc limit $2)"
    await ledger.admin.execute(
        f"delete from personal where subject_id = $1 and seq in (select seq from {last} x)", ledger.agreement, events
    )
    await ledger.do(f"delete from event where id in (select id from {last} x)", ledger.agreement, events)
    if row:
        holds = "jsonb_path_query_array(holds, '$[0 to 0]')" if events == 1 else "'[]'"
        await ledger.do(f"update agreement set holds = {holds} where id = $1", ledger.agreement)
    await rechain(ledger, ledger.agreement)


async def reworded(ledger: Ledger) -> None:
    await ledger.do(
        "update event set body = replace(body, 'tax law', 'tea law') where subject_id = $1 and body like '%tax law%'",
        ledger.agreement,
    )


async def reworded_and_hashed(ledger: Ledger) -> None:
    await reworded(ledger)
    row = await ledger.admin.fetchrow("select * from event where body like '%tea law%'")
    await ledger.do(
        "update event set hash = $2 where id = $1", row["id"], link(row["previous"], row["seq"], row["body"])
    )


async def rechained(ledger: Ledger) -> None:
    await reworded(ledger)
    await rechain(ledger, ledger.agreement)


async def all_made_anew(ledger: Ledger) -> None:
    await rechained(ledger)
    await reroot(ledger, None)


async def all_made_anew_and_signed(ledger: Ledger) -> None:
    await rechained(ledger)
    await reroot(ledger, SECRET)


async def renumbered(ledger: Ledger) -> None:
    await ledger.admin.execute("delete from personal where subject_id = $1 and seq = 2", ledger.agreement)
    await ledger.do("delete from event where subject_id = $1 and seq = 2", ledger.agreement)
    await ledger.do("update event set seq = seq - 1 where subject_id = $1 and seq > 2", ledger.agreement)


async def swapped(ledger: Ledger) -> None:
    await ledger.do("update event set seq = seq + 1000 where subject_id = $1 and seq in (1, 2)", ledger.agreement)
    await ledger.do("update event set seq = 1003 - seq where subject_id = $1 and seq > 1000", ledger.agreement)


async def tail_cut_with_the_head(ledger: Ledger) -> None:
    await cut(ledger, 1, row=False)


async def tail_cut_under_a_root(ledger: Ledger) -> None:
    await cut(ledger, 2)


async def tail_cut_and_root_remade(ledger: Ledger) -> None:
    await cut(ledger, 2)
    await reroot(ledger, None)


async def tail_cut_and_root_signed(ledger: Ledger) -> None:
    await cut(ledger, 2)
    await reroot(ledger, SECRET)


async def objection_forgotten(ledger: Ledger) -> None:
    """The two statements of old: the objection goes, and a yes comes."""
    await ledger.do("update notice set answers = '[]', outcome = null where id = $1", ledger.notice)
    await yes_put_in(ledger)


async def yes_put_in(ledger: Ledger) -> None:
    await ledger.do(
        "insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id) "
        "select uuidv7(), processor_id, agreement_id, $2, 'NL', termijn_now(), 'notice', id from notice where id = $1",
        ledger.notice, ledger.other,
    )  # fmt: skip


async def terms_rewritten(ledger: Ledger) -> None:
    """Document and digest alike."""
    text = "(select terms_version_id from agreement where id = $1)"
    await ledger.do(
        f"update terms_version set document = jsonb_set(document, '{{title}}', '\"Other terms\"') where id = {text}",
        ledger.agreement,
    )
    row = await ledger.admin.fetchrow(f"select id, document from terms_version where id = {text}", ledger.agreement)
    document = msgspec.json.encode(msgspec.json.decode(row["document"]), order="deterministic")
    await ledger.do("update terms_version set digest = sha256($2) where id = $1", row["id"], document)


async def roots_of_the_last_day_and_its_events(ledger: Ledger) -> None:
    await cut(ledger, 2)
    await ledger.do("delete from ledger_root where number = 2")
    # What else happened since is cut off too.
    since = await ledger.admin.fetchval("select to_tx from ledger_root where number = 1")
    later = await ledger.admin.fetch("select distinct subject_id from event where tx::text::bigint >= $1", since)
    await ledger.admin.execute(
        "delete from personal p using event e where e.subject_id = p.subject_id and e.seq = p.seq "
        "and e.tx::text::bigint >= $1", since,
    )  # fmt: skip
    await ledger.admin.execute("delete from event where tx::text::bigint >= $1", since)
    for row in later:
        left = await ledger.admin.fetchval("select count(*) from event where subject_id = $1", row["subject_id"])
        if left:
            await rechain(ledger, row["subject_id"])
        else:
            await ledger.admin.execute("delete from task where id = $1", row["subject_id"])
            await ledger.admin.execute("delete from subject where id = $1", row["subject_id"])
