"""What tests of pages begin with: a notice that was received; its answers, and all that an answer may change."""

from typing import Any
from uuid import UUID

from tests.pages.conftest import Site

EVERYTHING = """
    select (select count(*) from event) as events, (select max(id) from event) as last,
        (select md5(string_agg(n::text, ',' order by n.id)) from notice n) as notices,
        (select md5(string_agg(l::text, ',' order by l.id)) from link l) as links,
        (select md5(string_agg(s::text, ',' order by s.id)) from subject s) as subjects,
        (select count(*) from message) as messages, (select count(*) from timer) as timers,
        (select count(*) from idempotency) as kept"""


async def told(
    site: Site, terms: str, *, lang: str = "nl", customer: Any = None, **change: Any
) -> tuple[UUID, UUID, UUID]:
    """A notice that was received: agreement, change, notice."""
    world = site.world
    await world.make_processor(reply_to="privacy@acme.example")
    host = await world.make_subprocessor(**change.pop("subprocessor", {}))
    customer = customer or await world.make_customer("Bakery", language=lang)
    agreement = await world.make_agreement(terms, customer)
    made = await world.make_change(host, **change)
    await world.announce(made)
    return agreement, made, (await world.notice(made, agreement))["id"]


async def state(site: Site, notice: UUID) -> str:
    return await site.world.state(notice)


async def answers(site: Site, notice: UUID) -> list[Any]:
    return await site.world.rows(
        "select a ->> 'answer' as answer, a ->> 'by' as by, a ->> 'channel' as channel, a ->> 'grounds' as grounds, "
        "(a ->> 'late')::boolean as late, a ->> 'recorded_by' as recorded_by, (a ->> 'received_at')::timestamptz as at "
        "from notice n, jsonb_array_elements(n.answers) a where n.id = $1",
        notice,
    )
