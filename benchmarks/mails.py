"""Mails delivered a second by the real sender, and by bare aiosmtplib with the very same bytes."""

import asyncio
from collections import deque

import aiosmtplib

from benchmarks.crew import hear, process
from benchmarks.figures import Figure
from benchmarks.holding import holds
from benchmarks.serving import SECRET
from benchmarks.stage import Database, Stage
from service.mail.outgoing.config import MailConfig, mail_config
from service.mail.outgoing.deliver import deliver_round
from service.settings import Secret, Settings
from workflows.engine.engine import Engine

SENDER = "notices@benchmark.example"


async def measure(stage: Stage, template: str, count: int) -> Figure:
    """Deliver `count` of the announcements that wait in a clone of `template`: rendered, linked, sent, recorded."""
    database = await stage.clone("bench_mail", template)
    await keep(stage, database, count)
    async with process(stage.folder, "benchmarks.sink") as sink:
        port = int(await hear(sink))
        mailing = config(port)
        engine = Engine(arrival="direct")
        sent = 0
        async with stage.pool(database, "termijn_worker") as pool:
            await stage.settle()
            with stage.watch() as used:
                while more := await deliver_round(pool, engine, mailing):
                    sent += more
        async with stage.connect(database) as connection:
            rows = await connection.fetch(
                "select address, content from message where state = 'received' and content is not null"
            )
        letters = [(row["address"], row["content"]) for row in rows]
        if len(letters) != sent:
            raise RuntimeError(f"{sent} messages were taken on, {len(letters)} arrived")
        await holds(stage, database)
        with stage.watch() as bare:
            await _send(port, letters, mailing.connections)
    await stage.drop(database.name)
    return Figure(what="mails sent", count=sent, used=used, beside="aiosmtplib", bare=sent / bare.wall)


async def keep(stage: Stage, database: Database, count: int) -> None:
    """Leave so many messages waiting."""
    async with stage.connect(database) as connection:
        await connection.execute(
            "update message set next_at = null where next_at is not null and id not in ("
            "select id from message where next_at is not null order by id limit $1)",
            count,
        )
        await connection.execute("vacuum analyze message")


def config(port: int) -> MailConfig:
    """A sender's settings, with a mail server on this port."""
    return mail_config(
        Settings(
            smtp_url=Secret(f"smtp://127.0.0.1:{port}"),
            base_url="https://dpa.benchmark.example",
            secret_key=Secret(SECRET),
            smtp_arrival="direct",
            mail_from=SENDER,
        )
    )


async def _send(port: int, letters: list[tuple[str, bytes]], connections: int) -> None:
    left = deque(letters)

    async def line() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost")
        await client.connect()
        while left:
            address, content = left.popleft()
            await client.mail(SENDER)
            await client.rcpt(address)
            await client.data(content)
        await client.quit()

    await asyncio.gather(*(line() for _ in range(connections)))
