"""Whether the service lives, whether it can take work, and what it has in hand."""

import math
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.connection import Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError

from db.migrate import migrations
from db.queries import sql
from db.session import UNANSWERED, transaction
from service.certificate.sealing import real_now
from service.http.problems import problem
from service.http.services import Services, parts_of

DEPTHS: Final = {
    "due_timers": "Timers that are due and not fired",
    "unsent_messages": "Messages that wait to be sent",
    "open_fan_outs": "Changes under way to their agreements",
    "parked_subjects": "Subjects set apart after a failure",
    "parked_fan_outs": "Changes set apart on their way to their agreements after a failure",
    "clock_alarms": "1 while the clock is held for wrong, and what cannot be undone waits",
    "unread_mailboxes": "Mailboxes that could not be read for a while",
    "mails_set_apart": "Messages in mailboxes that could not be taken in",
    "failing_webhooks": "Webhooks whose receivers have not taken a message for several attempts",
    "failing_lists": "Followed lists that could not be read for several attempts",
    "altered_files": "Files in a store that are not what was handed in, or are gone",
    "unremoved_files": "Files whose bytes had to go from a store ten minutes ago and are still there",
    "waiting_applications": "Forms of new customers that wait for their signature, on the page where most do",
    "oldest_due_timer_seconds": "How long the oldest timer that is due has waited to be fired",
    "oldest_unsent_message_seconds": "How long the message that waits longest has been due to be sent",
}


SEALS: Final = {
    "seal_seconds_left": "How long the certificate of the seal is valid; without a seal, without end",
    "unsealed_records": "Agreements that both parties signed, while a seal is set and their record is not sealed",
}


class ReadyShown(msgspec.Struct, frozen=True):
    """All that is needed is there."""

    ready: bool
    """True."""
    checks: dict[str, str]
    """What was looked at, with how it was found."""


@get("/health/live", opt={"public": True}, tags=["health"])
async def check_live() -> dict[str, bool]:
    """The process answers; this says nothing of what it needs."""
    return {"live": True}


@get("/health/ready", opt={"public": True, "also": (503,)}, tags=["health"])
async def check_ready(request: Request[Any, Any, Any]) -> Response[ReadyShown]:
    """All that is needed is there; 503 names what is not."""
    parts = parts_of(request)
    checks = {**await _database(parts)}
    if parts.redis is not None:
        checks["redis"] = await _redis(parts)
    checks |= {one.what: "overdue" for one in parts.periodic if one.overdue}
    down = [name for name, state in checks.items() if state != "ok"]
    if down:
        raise problem("unavailable", 503, f"Down: {', '.join(down)}.", headers={"Retry-After": "2"}, checks=checks)
    return Response(ReadyShown(ready=True, checks=checks))


@get("/metrics", opt={"public": True}, tags=["health"], media_type="text/plain")
async def read_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counters and depths for Prometheus; no ids, nobody's data."""
    depths = CollectorRegistry()
    age = Gauge("termijn_periodic_age_seconds", "Since this work last succeeded", ["work"], registry=depths)
    for one in parts_of(request).periodic:
        age.labels(one.what).set(one.age)
    up = Gauge("termijn_database_up", "Whether the database answers", registry=depths)
    try:
        found, ages, late = await _depths(parts_of(request))
        for name, depth in found.items():
            Gauge(f"termijn_{name}", DEPTHS[name], registry=depths).set(depth)
        overdue = Gauge("termijn_overdue_deadlines", "Deadlines that are over", ["rule", "party"], registry=depths)
        for (rule, party), count in late.items():
            overdue.labels(rule, party).set(count)
        for work, seconds in ages.items():
            age.labels(work).set(seconds)
        for name, figure in (await _seal(parts_of(request))).items():
            Gauge(f"termijn_{name}", SEALS[name], registry=depths).set(figure)
        up.set(1)
    except UNANSWERED:
        up.set(0)
    registries = (request.app.state.metrics.registry, parts_of(request).old_reads.registry, depths)
    counted = b"".join(generate_latest(one) for one in registries)
    return Response(counted, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _seal(parts: Services) -> dict[str, float]:
    if parts.seal is None:
        return {"seal_seconds_left": math.inf, "unsealed_records": 0}
    left = (parts.seal.until - real_now()).total_seconds()
    async with transaction(parts.pool, readonly=True) as connection:
        everyone = await connection.fetchval(sql("all_processors"))
    async with transaction(parts.pool, everyone, readonly=True) as connection:
        waiting = await connection.fetchval(sql("count_unrecorded"), everyone)
    return {"seal_seconds_left": left, "unsealed_records": waiting}


async def _database(parts: Services) -> dict[str, str]:
    try:
        async with transaction(parts.pool, readonly=True) as connection:
            rows = await connection.fetch(sql("applied_migrations"))
    except UNANSWERED:
        return {"database": "down"}
    missing = {name for name, _ in migrations()} - {row["name"] for row in rows}
    return {"database": "ok", "migrations": "missing" if missing else "ok"}


async def _redis(parts: Services) -> str:
    assert parts.redis is not None
    try:
        await parts.redis.ping()
    except (RedisError, OSError, TimeoutError):
        return "down"
    return "ok"


async def _depths(parts: Services) -> tuple[dict[str, float], dict[str, float], dict[tuple[str, str], int]]:
    """What waits, how long ago each piece of the workers' work last succeeded, and what is late by rule and party."""
    async with transaction(parts.pool, readonly=True) as connection:
        everyone = await connection.fetchval(sql("all_processors"))
    async with transaction(parts.pool, everyone, readonly=True) as connection:
        row = await connection.fetchrow(sql("depths"), everyone)
        ages = await connection.fetch(sql("ages_of_work"))
        late = await connection.fetch(sql("overdue_by_rule"), everyone)
    assert row is not None
    return (
        {name: row[name] for name in DEPTHS},
        {one["work"]: one["age"] for one in ages},
        {(one["rule"], one["party"]): one["late"] for one in late},
    )
