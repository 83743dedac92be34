"""A processor with something of everything, for pages that show it."""

from datetime import date
from uuid import UUID

from db.session import transaction
from tests.world import World
from workflows.intake.audits import new_audit
from workflows.intake.breaches import BreachIn, new_breach
from workflows.intake.matters import new_matter
from workflows.intake.requests import new_request
from workflows.intake.upstream import UpstreamIn, new_upstream
from workflows.intake.watches import WatchIn, new_watch
from workflows.model.audit import AuditIn
from workflows.model.matter import MatterIn
from workflows.model.request import RequestIn
from workflows.words import Language

HARMFUL = "Müller & Söhne <b>"
"""A name that would do harm where it is not escaped."""


async def furnish(world: World, *, language: Language = "nl") -> dict[str, UUID]:
    """One subject of each kind by the list that it is in, and `drafts`: a change of which nobody was told."""
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer(HARMFUL, language=language))
    host = await world.make_subprocessor("Hosting Ø")
    change = await world.make_change(host, reason="more room", effective_on=date(2026, 5, 1))
    await world.announce(change)
    draft = await world.make_change(await world.make_subprocessor("Backup NV", country=None))
    acting = await world.acting()
    asked = RequestIn(agreement_id=agreement, kind="access", received_from="customer", channel="mail")
    matter = MatterIn(agreement_id=agreement, kind="instruction", subject="Delete the logs", channel="mail")
    upstream = UpstreamIn(subprocessor_id=host, kind="relocate", text="We move to Spain.")
    followed = WatchIn(subprocessor_id=host, url="https://hosting.example/subprocessors.json")
    found = BreachIn(discovered_at=acting.now, summary="A laptop is gone", agreements=(agreement,))
    async with transaction(world.pools.api, [world.processor]) as connection:
        told = connection, world.engine, acting
        breach, cases = await new_breach(*told, world.processor, found)
        await world.engine.create(connection, cases, acting)
        new = [
            await new_request(*told, asked),
            await new_audit(*told, AuditIn(agreement_id=agreement, auditor="Audit BV")),
            await new_matter(*told, matter),
            await new_upstream(*told, world.processor, "Europe/Amsterdam", upstream),
            await new_watch(connection, world.processor, followed, insecure=False),
        ]
        moved = await world.engine.create(connection, new, acting)
        request, audit, question, message, watch = (one.id for one in moved)
    await world.drain()
    rows = await world.rows("select t.id, a.customer_id from task t, agreement a where a.id = $1", agreement)
    return {
        "agreements": agreement, "customers": rows[0]["customer_id"], "subprocessors": host, "changes": change,
        "drafts": draft, "notices": (await world.notice(change, agreement))["id"], "breaches": breach,
        "requests": request, "audits": audit, "matters": question, "upstream-notices": message,
        "watches": watch,
        "tasks": rows[0]["id"],
    }  # fmt: skip
