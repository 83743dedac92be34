"""A breach that was found now, with its cases, as the API records it."""

from typing import Any
from uuid import UUID

from db.session import transaction
from tests.world import World
from workflows.intake.breaches import BreachIn, new_breach


async def found(world: World, *agreements: UUID, **more: Any) -> UUID:
    """Put a breach of these agreements on record, discovered now where nothing else is said."""
    acting = await world.acting()
    given = {"discovered_at": acting.now, "summary": "A laptop is gone", **more}
    async with transaction(world.pools.api, [world.processor]) as connection:
        breach, cases = await new_breach(
            connection, world.engine, acting, world.processor, BreachIn(**given, agreements=agreements)
        )
        await world.engine.create(connection, cases, acting)
    await world.drain()
    return breach
