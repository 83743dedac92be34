"""A sixth agreement, unlike all five, runs without code: seven working days, consent from some places, 45 days."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from db import clock
from db.queries import sql
from db.session import transaction
from tests.world import FACTS, World, local
from workflows.ids import new_id
from workflows.terms.load import document_digest, parse_toml, to_document

SIXTH = Path(__file__).parent / "terms" / "sixth.toml"


@pytest.fixture
async def sixth(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that knows the sixth terms, as a POST to /terms stores them."""
    terms = parse_toml(SIXTH.read_text("utf-8"), SIXTH.name)
    document = msgspec.json.encode(to_document(terms)).decode()
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            sql("insert_terms_version"), new_id(), None, terms.id, terms.version, terms.title, document,
            document_digest(to_document(terms)),
            await clock.now(connection),
        )  # fmt: skip
    monkeypatch.setitem(FACTS, "harbour-cloud", {"logs.retention": "P90D"})
    await world.make_processor()
    return world


async def test_its_own_period_before_entry_and_seven_working_days(sixth: World) -> None:
    world = sixth
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("harbour-cloud", active=False)
    await world.do(agreement, "send")
    await world.drain()
    assert await world.state(agreement) == "objection_window"
    await world.do(agreement, "sign", party="controller")
    await world.do(agreement, "sign", party="processor")
    await world.go(local("2026-03-16T23:59:59+00:00"))
    assert await world.state(agreement) == "objection_window"
    # Received on Monday 2 March, a period of 14 days before it enters into force, in Lisbon.
    await world.go(local("2026-03-17T00:00:00+00:00"))
    assert await world.state(agreement) == "active"
    await world.go(local("2026-03-31T12:00:00+01:00"))
    change = await world.make_change(host)
    await world.announce(change)
    # Seven working days from Tuesday 31 March, Easter Monday 6 April being none (Belgian list).
    row = await world.notice(change, agreement)
    assert row["closes_at"] == local("2026-04-11T00:00:00+01:00")
    await world.go(row["closes_at"])
    assert await world.engaged(agreement, host)


async def test_consent_for_some_places_and_erasure_after_45_days(sixth: World) -> None:
    world = sixth
    swiss = await world.make_subprocessor("Swiss", country="CH")
    indian = await world.make_subprocessor("Indian", country="IN")
    agreement = await world.make_agreement("harbour-cloud", active=False)
    await world.do(agreement, "sign", party="controller")
    await world.do(agreement, "sign", party="processor")
    await world.do(agreement, "send")
    await world.days(15)
    assert await world.state(agreement) == "active"
    near, far = await world.make_change(swiss), await world.make_change(indian)
    await world.announce(near)
    await world.announce(far)
    assert (await world.notice(near, agreement))["rule"] == "objection"
    assert (await world.notice(far, agreement))["rule"] == "consent"
    await world.do(agreement, "end-main-contract", on=date(2026, 5, 31))
    await world.go(local("2026-06-01T00:00:00+01:00"))
    assert await world.state(agreement) == "terminated"
    rows = await world.rows("select due_at from deadline where rule = 'end.erasure' and subject_id = $1", agreement)
    # 31 May + 45 days = Wednesday 15 July, the literal end of a processor's period.
    assert rows[0]["due_at"] == local("2026-07-16T00:00:00+01:00")
    await world.days(30)
    assert await world.state(agreement) == "deletion_pending"
    assert await world.now() > local("2026-06-30T00:00:00+01:00") - timedelta(days=1)
